"""Who asked AWS's API for what: the evidence from which policies of least privilege are made."""

import re
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.routing import get_service_router
from moto.s3.responses import S3Response
from werkzeug.exceptions import NotFound

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.gaps.patching import Method, wrap

_CALLER = re.compile(r"\bapp/([\w-]+)")
"""AWS SDKs and Tools Reference Guide, "Application ID": AWS_SDK_UA_APP_ID in the user agent."""
_ROLE = re.compile(r"arn:aws:iam::\d+:role/([\w+=,.@/-]+)")
_OPERATIONS, _ROLES = "operations", "roles"

_calls: dict[str, dict[str, set[str]]] = {}


def install() -> None:
    wrap(BaseResponse, "call_action", note)
    wrap(S3Response, "setup_class", note_of_s3)


def note(original: Method, response: Any) -> Any:
    """Keeps the operation and the roles that its request names, for a caller that says who it is."""
    # In the body, or where moto keeps a form's fields.
    _keep(response, response._get_action(), f"{response.querystring} {response.body!r}")
    return original(response)


def note_of_s3(original: Method, response: Any, request: Any, *arguments: Any) -> None:
    """moto finds out by ways of its own what is asked of S3."""
    original(response, request, *arguments)
    try:
        operation, _ = get_service_router("s3").match(request)
    except (NotFound, NotImplementedError):
        return
    # Of all that is sent to S3, only this hands a role over; a state is full of roles' names.
    _keep(response, operation.name, repr(request.data) if operation.name == "PutBucketReplication" else "")


def calls() -> dict[str, dict[str, list[str]]]:
    """By caller: `operations`, such as `ecs:RunTask`, and `roles`, each an operation and a role that it named."""
    with LOCK:
        return {
            caller: {kind: sorted(found) for kind, found in kept.items()} for caller, kept in sorted(_calls.items())
        }


def _keep(response: Any, name: str | None, request: str) -> None:
    caller = _CALLER.search(response.headers.get("User-Agent", ""))
    if caller is None or name is None:
        return
    operation = f"{response.boto3_service_name}:{name}"
    kept = _calls.setdefault(caller.group(1), {_OPERATIONS: set(), _ROLES: set()})
    kept[_OPERATIONS].add(operation)
    kept[_ROLES].update(f"{operation} {role}" for role in _ROLE.findall(request))
