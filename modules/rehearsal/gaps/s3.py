"""S3: who may be the target of server access logs and under which names, whether EventBridge hears of a bucket, what
a replication copies."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from moto.core.responses import ActionResult
from moto.s3.exceptions import CrossLocationLoggingProhibited, InvalidTargetBucketForLogging
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from modules.rehearsal.gaps.patching import Method, wrap

_SHOWN_OF_A_RULE = (
    "DeleteMarkerReplication",
    "ExistingObjectReplication",
    "SourceSelectionCriteria",
)
LOGGING_SERVICE = "logging.s3.amazonaws.com"


def install() -> None:
    wrap(FakeBucket, "set_logging", read_the_targets_policy_as_s3_does)
    wrap(S3Response, "get_bucket_notification", tell_that_eventbridge_hears)
    wrap(S3Response, "get_bucket_replication", show_all_that_a_replication_does)
    wrap(S3Response, "get_bucket_logging", show_the_names_of_access_logs)


def read_the_targets_policy_as_s3_does(original: Method, bucket: Any, configuration: Any, backend: Any) -> Any:
    """S3 evaluates the policy; moto fails at a statement for everybody (`"Principal": "*"`), and at a resource with a
    wildcard that is wider than the prefix."""
    target = backend.buckets.get(configuration["TargetBucket"]) if configuration else None
    if target is None or not target.policy:
        return original(bucket, configuration, backend)
    objects = f"{target.arn}/{configuration.get('TargetPrefix') or ''}"
    if not any(_lets_write(statement, objects) for statement in json.loads(target.policy)["Statement"]):
        raise InvalidTargetBucketForLogging(f"The policy of {target.name} does not let {LOGGING_SERVICE} write")
    if target.region_name != bucket.region_name:
        raise CrossLocationLoggingProhibited()
    bucket.logging = configuration
    return None


def _lets_write(statement: dict[str, Any], objects: str) -> bool:
    principal = statement.get("Principal")
    return (
        statement.get("Effect") == "Allow"
        and isinstance(principal, dict)
        and LOGGING_SERVICE in _listed(principal.get("Service"))
        and "s3:PutObject" in _listed(statement.get("Action"))
        and any(fnmatchcase(f"{objects}log", resource) for resource in _listed(statement.get("Resource")))
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def tell_that_eventbridge_hears(original: Method, response: Any) -> Any:
    """moto takes the configuration and forgets to tell of it."""
    status, headers, body = original(response)
    configuration = response.backend.get_bucket_notification_configuration(response.bucket_name)
    if configuration is None or configuration.event_bridge is None:
        return status, headers, body
    text = body.decode() if isinstance(body, bytes) else body
    opening, _, rest = text.partition("<NotificationConfiguration")
    attributes, _, inside = rest.partition(">")
    inside = inside or "</NotificationConfiguration>"
    element = f"<NotificationConfiguration{attributes.rstrip('/')}><EventBridgeConfiguration/>"
    return status, headers, f"{opening}{element}{inside}"


def show_all_that_a_replication_does(original: Method, response: Any) -> Any:
    """AWS shows each rule as it was made; moto leaves out what it copies beside plain objects, and which ones."""
    made = response.backend.get_bucket_replication(response.bucket_name)

    def complete(result: dict[str, Any]) -> None:
        for shown, rule in zip(result["ReplicationConfiguration"]["Rules"], made["Rule"], strict=True):
            shown.update({name: rule[name] for name in _SHOWN_OF_A_RULE if rule.get(name) is not None})
            shown["Filter"] = {"Prefix": (rule.get("Filter") or {}).get("Prefix") or ""}

    return _extended(original, response, complete)


def show_the_names_of_access_logs(original: Method, response: Any) -> Any:
    """AWS shows the format of the log files' names if one was chosen; moto drops it."""
    logging = response.backend.get_bucket_logging(response.bucket_name) or {}

    def complete(result: dict[str, Any]) -> None:
        if "TargetObjectKeyFormat" in logging:
            result["LoggingEnabled"]["TargetObjectKeyFormat"] = logging["TargetObjectKeyFormat"]

    return _extended(original, response, complete)


def _extended(original: Method, response: Any, complete: Callable[[Any], None]) -> Any:
    """moto's answer, completed before it becomes XML."""
    serialize = response.serialized

    def serialized(answer: ActionResult) -> Any:
        complete(answer.result)
        return serialize(answer)

    response.serialized = serialized
    try:
        return original(response)
    finally:
        del response.serialized
