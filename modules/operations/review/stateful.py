"""What a plan destroys that no deployment brings back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modules.operations.review.plan_json import Json, Planned


@dataclass(frozen=True, kw_only=True)
class Loss:
    """
    Attributes:
        what: is lost, for a person.
        way_back: what is left to return to; or what stops the apply midway.
    """

    address: str
    action: str
    what: str
    way_back: str
    because: tuple[str, ...]


def losses(planned: Planned) -> Iterator[Loss]:
    """Resources with a memory that are destroyed or replaced, the database first."""
    order = list(KEPT)
    gone = [change for change in planned.changes if change.gone and change.type in KEPT]
    for change in sorted(gone, key=lambda change: order.index(change.type)):
        what, way_back = KEPT[change.type]
        yield Loss(
            address=change.address,
            action=change.action,
            what=what + (", and the new one starts empty" if change.action == "replace" else ""),
            way_back=way_back(change.before),
            because=change.replaced_for,
        )


def _database(values: Json) -> str:
    if values.get("deletion_protection"):
        return "deletion_protection is on: AWS refuses, and the apply stops midway"
    last = "no last snapshot is taken" if values.get("skip_final_snapshot") else "a last snapshot is taken"
    days = values.get("backup_retention_period")
    if values.get("delete_automated_backups") is False:
        return f"{last}; automated backups stay for {days} days"
    return f"{last}; automated backups go with it: take a snapshot first"


def _bucket(values: Json) -> str:
    if values.get("force_destroy"):
        return "none: force_destroy takes its objects along"
    return "AWS refuses while it holds objects, and the apply stops midway"


def _key(values: Json) -> str:
    return f"the deletion can be cancelled for {values.get('deletion_window_in_days') or 30} days"


def _secret(values: Json) -> str:
    days = values.get("recovery_window_in_days")
    return f"it can be restored for {days} days" if days else "none: it is deleted at once"


def _cache(values: Json) -> str:
    days = values.get("snapshot_retention_limit")
    return f"snapshots of {days} days" if days else "none; LiteLLM fills it again, limits and spend in it start anew"


def _none(_: Json) -> str:
    return "none"


KEPT: dict[str, tuple[str, Callable[[Json], str]]] = {
    "aws_db_instance": ("the database: virtual keys, users, budgets and spend", _database),
    "aws_kms_key": ("an encryption key: what it encrypted cannot be read without it", _key),
    "aws_secretsmanager_secret": ("a secret with all its versions", _secret),
    "aws_s3_bucket": ("a bucket with its objects", _bucket),
    "aws_cloudwatch_log_group": ("all log lines of the group", _none),
    "aws_elasticache_replication_group": ("the cache's contents", _cache),
    "aws_db_instance_automated_backups_replication": ("the backups in the second region", _none),
}
"""Types of resources with a memory, the worst loss first: what is lost, and what their settings leave to return to."""
