"""IAM: conditions of policies."""

from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.policy_conditions import CONDITION_OPERATIONS

from modules.rehearsal.gaps.patching import Method, wrap


def install() -> None:
    wrap(IAMPolicyStatement, "is_action_permitted", leave_out_denials_under_unknown_conditions)


def leave_out_denials_under_unknown_conditions(original: Method, statement: Any, *request: Any, **more: Any) -> Any:
    """AWS applies a statement when its conditions hold; moto takes every condition but StringEquals for fulfilled.

    So the usual denial of plain HTTP (`Bool`, `aws:SecureTransport`) locks a bucket's owner out of it. The rehearsal
    stands for an endpoint with TLS, and cannot tell of other conditions: such a denial is left out.
    """
    document = statement._statement
    conditions = document.get("Condition", {})
    if document["Effect"] == "Deny" and not conditions.keys() <= CONDITION_OPERATIONS.keys():
        return PermissionResult.NEUTRAL
    return original(statement, *request, **more)
