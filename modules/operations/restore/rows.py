"""How many rows each table has, in the restored database and in the old one."""

from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

COUNTED_UP_TO = 1_000_000
"""Rows, by PostgreSQL's estimate; of a larger table the estimate is taken, as counting it would take minutes."""
_TABLES = """
SELECT n.nspname, c.relname, c.reltuples
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema|restore_|drill_)'
ORDER BY 1, 2
"""


def rows(connection: "psycopg.Connection[Any]") -> dict[str, int]:
    counted: dict[str, int] = {}
    for schema, table, estimate in connection.execute(_TABLES).fetchall():
        count = int(estimate)
        if estimate <= COUNTED_UP_TO:
            found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table)))
            ((count,),) = found.fetchall()
        counted[f"{schema}.{table}"] = count
    return counted
