"""What a destruction takes and what it leaves, as the settings have it."""

from modules.operations.table import Table
from modules.settings import Environment
from modules.target import Target


def promise(environment: Environment, target: Target) -> Table:
    """Kept, kept for a while, and gone for good; in this order."""
    rows: list[tuple[str, ...]] = [
        (
            "Terraform's states",
            "kept",
            f"the bucket {target.state_bucket} with every version, for all environments of the region; remove it by "
            "hand when none is left",
        ),
        _snapshot(environment),
        *([_key(environment)] if environment.encryption.customer_keys else []),
        _secrets(environment),
        *([_elsewhere(environment)] if environment.second_region else []),
        ("automated backups", "gone", "deleted with the database, the point-in-time recovery with them"),
        *_logs(environment),
        ("everything else", "gone", "network, load balancer, tasks, cache, roles, alarms, dashboards, definitions"),
    ]
    return Table(title=f"What becomes of {environment.name}-litellm", columns=("", "is", "how"), rows=rows)


def _snapshot(environment: Environment) -> tuple[str, str, str]:
    if not environment.database.final_snapshot:
        return "the database", "gone", "without a last snapshot: database.final_snapshot is false"
    if environment.encryption.customer_keys:
        return (
            "the database",
            "kept",
            "as a last snapshot, which is encrypted with a key that goes: copy it under another key before that "
            "(aws rds copy-db-snapshot --kms-key-id), or nobody can restore it",
        )
    return "the database", "kept", "as a last snapshot, until somebody deletes it"


def _key(environment: Environment) -> tuple[str, str, str]:
    days = environment.encryption.deletion_window_days
    return "KMS keys", "kept for a while", f"{days} days, in which the deletion can be cancelled; nothing is charged"


def _secrets(environment: Environment) -> tuple[str, str, str]:
    days = environment.secrets.recovery_window_days
    if not days:
        return "secrets", "gone", "at once, the salt key too: secrets.recovery_window_days is 0"
    return (
        "secrets",
        "kept for a while",
        f"{days} days, in which they can be restored and their names are taken; nothing is charged. Without the salt "
        "key nobody can read the providers' keys in a restored database",
    )


def _elsewhere(environment: Environment) -> tuple[str, str, str]:
    second = environment.second_region
    assert second
    return (
        f"copies in {second.region}",
        "kept for a while",
        f"backups for up to {second.backup_retention_days} days; their keys and the secrets' copies as those here",
    )


def _logs(environment: Environment) -> list[tuple[str, str, str]]:
    archived = [
        name
        for name, on in {
            "the archive of logs": environment.logs.archive,
            "the audit trail's files": environment.audit_trail,
            "the load balancer's access logs": environment.load_balancer.access_logs,
        }.items()
        if on
    ]
    rows = [("log groups", "gone", "with their lines")]
    if archived:
        what = ", ".join(archived)
        rows.append((what, "gone", f"the bucket {environment.name}-litellm-logs-... with its content: copy it before"))
    return rows
