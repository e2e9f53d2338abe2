"""KMS: how often a key is rotated."""

import json
from typing import Any

from moto.kms.responses import KmsResponse

from modules.rehearsal.gaps.patching import Method, wrap

DEFAULT_PERIOD_DAYS = 365
"""AWS KMS API Reference, EnableKeyRotation: RotationPeriodInDays."""


def install() -> None:
    wrap(KmsResponse, "enable_key_rotation", keep_the_period_of_rotation)
    wrap(KmsResponse, "get_key_rotation_status", show_the_period_of_rotation)


def keep_the_period_of_rotation(original: Method, response: Any) -> Any:
    """AWS rotates a key as often as it is asked to, every year unless told otherwise; moto drops the period."""
    answer = original(response)
    _key(response).rotation_period_days = response._get_param("RotationPeriodInDays") or DEFAULT_PERIOD_DAYS
    return answer


def show_the_period_of_rotation(original: Method, response: Any) -> Any:
    """AWS shows the period of a key that is rotated; moto does not."""
    status = json.loads(original(response))
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = getattr(_key(response), "rotation_period_days", DEFAULT_PERIOD_DAYS)
    return json.dumps(status)


def _key(response: Any) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]
