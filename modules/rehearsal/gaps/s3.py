"""S3: who may be the target of server access logs, and whether EventBridge hears of a bucket."""

import json
from fnmatch import fnmatchcase
from typing import Any

from moto.s3.exceptions import CrossLocationLoggingProhibited, InvalidTargetBucketForLogging
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from modules.rehearsal.gaps.patching import Method, wrap

LOGGING_SERVICE = "logging.s3.amazonaws.com"


def install() -> None:
    wrap(FakeBucket, "set_logging", read_the_targets_policy_as_s3_does)
    wrap(S3Response, "get_bucket_notification", tell_that_eventbridge_hears)


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
