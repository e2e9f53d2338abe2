"""The accounts that RDS makes in a new PostgreSQL."""

from psycopg import sql


def statements(master_user: str, verifier: str, database: str | None) -> list[str]:
    """RDS's roles, the master user, who is no superuser, and the first database (RDS User Guide, "Master user account
    privileges" and "Understanding the rds_superuser role")."""
    user, kept = sql.Identifier(master_user), sql.Literal(verifier)
    made = [
        *(sql.SQL(f"CREATE ROLE {role} NOLOGIN") for role in ("rds_superuser", "rds_iam", "rds_replication")),
        sql.SQL("GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION"),
        sql.SQL("GRANT rds_iam, rds_replication TO rds_superuser WITH ADMIN OPTION"),
        sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD {}").format(user, kept),
        sql.SQL("GRANT rds_superuser TO {}").format(user),
    ]
    if database and database != "postgres":
        made.append(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), user))
    return [statement.as_string(None) for statement in made]


def new_password(master_user: str, verifier: str) -> str:
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(master_user), sql.Literal(verifier))
    return statement.as_string(None)
