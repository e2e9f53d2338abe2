"""A request that is sent again because its answer was lost is not carried out again."""

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]

KEPT_ANSWERS = 256
"""A client sends a request again within seconds; a deployment changes a few things per second."""


def carried_out_once(application: WsgiApplication) -> WsgiApplication:
    """AWS's SDKs name every operation, and send the same name with each attempt at it (amz-sdk-invocation-id, in the
    retry headers of the AWS SDKs' reference guide). An attempt at what has been carried out gets the first one's
    answer: moto would revoke a rule that is gone, or create a second balancer, and fail a deployment for it.

    Not for use by two threads at once.
    """
    answers: OrderedDict[str, tuple[str, list[tuple[str, str]], bytes]] = OrderedDict()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if invocation is None or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return application(environ, start_response)
        if invocation in answers:
            status, headers, body = answers[invocation]
            attempt = environ.get("HTTP_AMZ_SDK_REQUEST", "")
            sys.stderr.write(f"answered as before: {environ['REQUEST_METHOD']} {environ['PATH_INFO']} ({attempt})\n")
            start_response(status, headers)
            return [body]
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            started[:] = [(status, headers)]
            return start_response(status, headers, *more)

        body = b"".join(application(environ, start))
        for status, headers in started:
            if status.startswith("2"):
                answers[invocation] = (status, headers, body)
        while len(answers) > KEPT_ANSWERS:
            answers.popitem(last=False)
        return [body]

    return answer
