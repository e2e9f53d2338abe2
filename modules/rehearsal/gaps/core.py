"""Gaps that every service shares."""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores

from modules.rehearsal.gaps.patching import Method, wrap


class InvalidActionError(ServiceException):
    code = "InvalidAction"


def install() -> None:
    wrap(BaseResponse, "call_action", refuse_unknown_operations)


def refuse_unknown_operations(original: Method, response: Any) -> Any:
    """AWS refuses an operation that it does not know with a 400 and says which; no client tries that again.

    moto fails with a 500 and a traceback, which Terraform's provider retries for minutes before it reports anything.
    """
    operation = response._get_action()
    if not operation or hasattr(response, camelcase_to_underscores(operation)):
        return original(response)
    refusal = InvalidActionError(f"the rehearsal does not know {response.service_name} {operation}")
    _, headers, body = response.serialized(ActionResult(refusal))
    return 400, headers, body
