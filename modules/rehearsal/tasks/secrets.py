"""A container's secrets, as the agent fetches them before the container starts."""

import json
from typing import Any

from moto.secretsmanager.models import secretsmanager_backends

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.lifecycle import ACCOUNT_ID

_ARN_PARTS = 7
"""arn:aws:secretsmanager:<region>:<account>:secret:<name>; behind it json-key, version-stage and version-id (Amazon ECS
Developer Guide, "Pass Secrets Manager secrets")."""


class ResourceInitializationError(Exception):
    """A secret cannot be had; the message is worded as the task's stopped reason."""


def fetch(value_from: str) -> str:
    """The value that a container's `valueFrom` refers to.

    Raises:
        ResourceInitializationError: there is no such secret, version or key.
    """
    parts = value_from.split(":")
    arn = ":".join(parts[:_ARN_PARTS])
    json_key, stage, version = ([*parts[_ARN_PARTS:], "", "", ""])[:3]
    if len(parts) < _ARN_PARTS or parts[2] != "secretsmanager":
        raise ResourceInitializationError(_worded(value_from, "the rehearsal resolves ARNs of Secrets Manager only"))
    try:
        with LOCK:
            # Typed by moto as text, but None when they are not asked for.
            backend: Any = secretsmanager_backends[ACCOUNT_ID][parts[3]]
            answer: dict[str, Any] = backend.get_secret_value(arn, version or None, stage or "AWSCURRENT")
    except Exception as error:
        kind = getattr(error, "error_type", None) or type(error).__name__
        raise ResourceInitializationError(
            _worded(arn, f"{kind}: {getattr(error, 'message', None) or error}")
        ) from error
    value = answer.get("SecretString")
    if value is None:
        raise ResourceInitializationError(_worded(arn, "the secret has no string"))
    return _field(arn, value, json_key) if json_key else str(value)


def _field(arn: str, value: str, key: str) -> str:
    try:
        fields = json.loads(value)
        found = fields[key]
    except (ValueError, KeyError, TypeError) as error:
        raise ResourceInitializationError(
            _worded(arn, f"retrieved secret from Secrets Manager did not contain json key {key}")
        ) from error
    return found if isinstance(found, str) else json.dumps(found)


def _worded(arn: str, problem: str) -> str:
    return (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
        f"{arn} from secrets manager: {problem}"
    )
