"""S3: writes under a condition."""

from threading import Lock
from typing import Any

from moto.s3.responses import S3Response

from modules.rehearsal.gaps.patching import Method, wrap

_condition_holds_while_writing = Lock()


def install() -> None:
    wrap(S3Response, "put_object", write_in_one_step_with_the_condition)


def write_in_one_step_with_the_condition(original: Method, response: Any) -> Any:
    """AWS decides a conditional write and writes in one step, which is what Terraform's state lock stands on.

    moto looks first and writes later, so that two requests at the same time can both find no lock.
    """
    if not (response.headers.get("If-None-Match") or response.headers.get("If-Match")):
        return original(response)
    with _condition_holds_while_writing:
        return original(response)
