"""Who asked AWS's API for what: the evidence from which policies of least privilege are made."""

import re
from typing import Any

from moto.core.responses import BaseResponse

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.gaps.patching import Method, wrap

_CALLER = re.compile(r"\bapp/([\w-]+)")
"""AWS SDKs and Tools Reference Guide, "Application ID": AWS_SDK_UA_APP_ID in the user agent."""
_ROLE = re.compile(r"arn:aws:iam::\d+:role/([\w+=,.@/-]+)")
_NAMED, _PASSED = "operations", "roles"

_calls: dict[str, dict[str, set[str]]] = {}


def install() -> None:
    wrap(BaseResponse, "call_action", note)


def note(original: Method, response: Any) -> Any:
    """Keeps the operation and the roles that its request names, for a caller that says who it is."""
    if caller := _CALLER.search(response.headers.get("User-Agent", "")):
        kept = _calls.setdefault(caller.group(1), {_NAMED: set(), _PASSED: set()})
        operation = f"{response.boto3_service_name}:{response._get_action()}"
        kept[_NAMED].add(operation)
        # In the body, or where moto keeps a form's fields.
        request = f"{response.querystring} {response.body!r}"
        kept[_PASSED].update(f"{operation} {role}" for role in _ROLE.findall(request))
    return original(response)


def calls() -> dict[str, dict[str, list[str]]]:
    """By caller: `operations`, such as `ecs:RunTask`, and `roles`, each an operation and a role that it named."""
    with LOCK:
        return {
            caller: {kind: sorted(found) for kind, found in kept.items()} for caller, kept in sorted(_calls.items())
        }
