"""Settings whose change takes protection away: what is kept for less time, not encrypted, or not guarded any more."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from modules.operations.review.concern import Concern, Kind
from modules.operations.review.differences import leaves, unknown
from modules.operations.review.plan_json import UNKNOWN, Change, Json, Planned

Weaker = Callable[[Any, Any], bool]
UNSET = "not set"


def lower(before: Any, after: Any) -> bool:
    return isinstance(before, int | float) and (after or 0) < before


def shorter(before: Any, after: Any) -> bool:
    """Days, of which 0 or none are for ever."""
    return bool(after) and isinstance(after, int | float) and (not before or after < before)


def off(before: Any, after: Any) -> bool:
    return before is True and after is not True


def on(before: Any, after: Any) -> bool:
    return after is True and before is not True


def lost(before: Any, after: Any) -> bool:
    return before is not None and after is None


def no_longer(*values: str) -> Weaker:
    return lambda before, after: before in values and after not in values


@dataclass(frozen=True)
class Watched:
    """Patterns of types and of attributes' paths (`differences.leaves`), with what makes a value the weaker."""

    types: str
    path: str
    weaker: Weaker
    kind: Kind
    what: str
    dangerous: bool = True


WATCHED = (
    Watched("aws_cloudwatch_log_group", "retention_in_days", shorter, Kind.RETENTION, "logs are kept for less time"),
    Watched("aws_db_instance", "backup_retention_period", lower, Kind.RETENTION, "backups are kept for less time"),
    Watched(
        "aws_db_instance_automated_backups_replication",
        "retention_period",
        lower,
        Kind.RETENTION,
        "backups in the second region are kept for less time",
    ),
    Watched(
        "aws_db_instance",
        "performance_insights_retention_period",
        lower,
        Kind.RETENTION,
        "what the database spent its time on is kept for less time",
        dangerous=False,
    ),
    Watched(
        "aws_elasticache_replication_group",
        "snapshot_retention_limit",
        lower,
        Kind.RETENTION,
        "the cache's snapshots are kept for less time",
    ),
    Watched(
        "aws_s3_bucket_lifecycle_configuration",
        r"rule\[\d+]\.(noncurrent_version_)?expiration\[\d+]\.(noncurrent_)?days",
        shorter,
        Kind.RETENTION,
        "objects are deleted earlier",
    ),
    Watched(
        "aws_(kms_key|secretsmanager_secret)",
        "(deletion|recovery)_window_in_days",
        lower,
        Kind.RETENTION,
        "less time to take a deletion back",
    ),
    Watched(".*", "(storage_encrypted|encrypted|(transit|at_rest)_encryption_enabled)", off, Kind.PLAINTEXT, "off"),
    Watched(
        ".*",
        r"(.*\.)?(kms_key_id|kms_master_key_id|kms_key_arn|kms_key)",
        lost,
        Kind.PLAINTEXT,
        "AWS's shared key instead of one of our own",
    ),
    Watched(".*", r".*\.sse_algorithm", no_longer("aws:kms", "aws:kms:dsse"), Kind.PLAINTEXT, "no KMS key any more"),
    Watched("aws_lb_listener", "protocol", no_longer("HTTPS", "TLS"), Kind.PLAINTEXT, "not encrypted any more"),
    Watched(
        "aws_lb_listener",
        "ssl_policy",
        lambda before, after: before is not None and after is not None and before != after,
        Kind.PLAINTEXT,
        "other versions and ciphers of TLS",
        dangerous=False,
    ),
    Watched(".*", "(enable_)?deletion_protection", off, Kind.PROTECTION, "can be deleted by mistake"),
    Watched(".*", "skip_final_snapshot", on, Kind.PROTECTION, "no last snapshot when it is destroyed"),
    Watched(".*", "delete_automated_backups", on, Kind.PROTECTION, "its backups go when it is destroyed"),
    Watched(".*", "force_destroy", on, Kind.PROTECTION, "is destroyed with all that it holds"),
    Watched(
        ".*",
        "(multi_az|multi_az_enabled|automatic_failover_enabled)",
        off,
        Kind.PROTECTION,
        "no copy in a second zone that takes over",
    ),
    Watched(".*", "(publicly_accessible|map_public_ip_on_launch)", on, Kind.PROTECTION, "gets a public address"),
    Watched(".*", r"network_configuration\[0]\.assign_public_ip", on, Kind.PROTECTION, "tasks get public addresses"),
    Watched("aws_lb", "internal", off, Kind.PROTECTION, "is reached from the internet"),
    Watched("aws_lb", "drop_invalid_header_fields", off, Kind.PROTECTION, "lets invalid headers through"),
    Watched("aws_lb", r"(access|connection)_logs\[0]\.enabled", off, Kind.PROTECTION, "does not log any more"),
    Watched(
        "aws_lb",
        "desync_mitigation_mode",
        no_longer("defensive", "strictest"),
        Kind.PROTECTION,
        "lets ambiguous requests through",
    ),
    Watched("aws_kms_key", "enable_key_rotation", off, Kind.PROTECTION, "the key is not rotated any more"),
    Watched("aws_kms_key", "is_enabled", off, Kind.PROTECTION, "what it encrypts cannot be read any more"),
    Watched(
        "aws_s3_bucket_public_access_block",
        "(block|ignore|restrict)_public_.*",
        off,
        Kind.PROTECTION,
        "the bucket can be made public",
    ),
    Watched(
        "aws_s3_bucket_versioning",
        r"versioning_configuration\[0]\.status",
        no_longer("Enabled"),
        Kind.PROTECTION,
        "overwritten and deleted objects are gone",
    ),
    Watched(
        "aws_cloudtrail",
        "(enable_logging|enable_log_file_validation|is_multi_region_trail|include_global_service_events)",
        off,
        Kind.PROTECTION,
        "the audit trail sees or proves less",
    ),
    Watched(
        "aws_ecs_service",
        r"deployment_circuit_breaker\[0]\.(enable|rollback)",
        off,
        Kind.PROTECTION,
        "a deployment that fails is not taken back",
    ),
    Watched(
        "aws_ecs_service",
        "enable_execute_command",
        on,
        Kind.PROTECTION,
        "who may, gets a shell in running tasks",
        dangerous=False,
    ),
    Watched(
        "aws_ecs_task_definition",
        r"container_definitions\[\d+]\.readonlyRootFilesystem",
        off,
        Kind.PROTECTION,
        "the container can write to its root file system",
        dangerous=False,
    ),
    Watched(
        "aws_ecs_task_definition",
        r"container_definitions\[\d+]\.privileged",
        on,
        Kind.PROTECTION,
        "the container has the machine's privileges",
    ),
    Watched(".*", "actions_enabled", off, Kind.PROTECTION, "the alarm tells nobody"),
)
GUARDS = {
    "aws_wafv2_web_acl_association": "no firewall in front of the load balancer",
    "aws_s3_bucket_public_access_block": "the bucket can be made public",
    "aws_s3_bucket_server_side_encryption_configuration": "AWS's own encryption alone",
    "aws_s3_bucket_versioning": "overwritten and deleted objects are gone",
    "aws_s3_bucket_policy": "no policy of the bucket's own, its refusals included",
    "aws_s3_bucket_replication_configuration": "no copies in the second region",
    "aws_db_instance_automated_backups_replication": "no backups in the second region",
    "aws_secretsmanager_secret_policy": "no policy of the secret's own",
    "aws_cloudtrail": "nobody records who did what to the account",
    "aws_flow_log": "nobody records who talks to whom",
    "aws_cloudwatch_metric_alarm": "nobody hears of it any more",
    "aws_cloudwatch_composite_alarm": "nobody hears of it any more",
    "aws_budgets_budget": "nobody hears of what is spent",
}
"""Resources that are a protection themselves, with what is so once they are gone."""
ONLY_TOLD = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm", "aws_budgets_budget")
"""Guards that come and go with what they watch."""


def weakened(planned: Planned) -> Iterator[Concern]:
    for change in planned.changes:
        if change.action == "delete" and change.type in GUARDS:
            yield Concern(
                kind=Kind.PROTECTION,
                address=change.address,
                what=GUARDS[change.type],
                before="there",
                after="destroyed",
                dangerous=change.type not in ONLY_TOLD,
            )
        if change.before and change.after:
            yield from _settings(change)
        yield from _plain_listener(change)
        yield from _plain_database(change)


def _settings(change: Change) -> Iterator[Concern]:
    before, after = leaves(change.before), leaves(change.after)
    rows = [row for row in WATCHED if re.fullmatch(row.types, change.type)]
    for path in dict.fromkeys((*before, *after)):
        old, new = before.get(path), after.get(path)
        for row in rows:
            if re.fullmatch(row.path, path) and row.weaker(old, new) and not unknown(path, after):
                yield Concern(
                    kind=row.kind,
                    address=change.address,
                    what=f"{path}: {row.what}",
                    before=_said(old),
                    after=_said(new),
                    dangerous=row.dangerous,
                )


def _plain_listener(change: Change) -> Iterator[Concern]:
    """A listener that serves over HTTP instead of sending its clients to HTTPS."""
    if change.type == "aws_lb_listener" and _serves_plain(change.after) and not _serves_plain(change.before):
        yield Concern(
            kind=Kind.PLAINTEXT,
            address=change.address,
            what="keys and prompts cross the network unencrypted",
            before="redirects to HTTPS" if change.before.get("protocol") == "HTTP" else "no such listener",
            after=f"serves HTTP on port {change.after.get('port')}",
            dangerous=change.after.get("load_balancer_arn") != UNKNOWN,
        )


def _serves_plain(values: Json) -> bool:
    actions = values.get("default_action") or []
    return values.get("protocol") == "HTTP" and any(action.get("type") == "forward" for action in actions)


def _plain_database(change: Change) -> Iterator[Concern]:
    """The parameter by which PostgreSQL refuses connections without TLS."""
    if change.type != "aws_db_parameter_group" or not change.before or not change.after:
        return
    before, after = _forces_tls(change.before), _forces_tls(change.after)
    if before == "1" and after != "1":
        yield Concern(
            kind=Kind.PLAINTEXT,
            address=change.address,
            what="rds.force_ssl: the database takes connections without TLS",
            before=before,
            after=after or UNSET,
        )


def _forces_tls(values: Json) -> str | None:
    parameters = {one.get("name"): one.get("value") for one in values.get("parameter") or []}
    return parameters.get("rds.force_ssl")


def _said(value: Any) -> str:
    return UNSET if value is None else str(value).lower() if isinstance(value, bool) else str(value)
