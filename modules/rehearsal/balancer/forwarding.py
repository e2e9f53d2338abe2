"""What a load balancer changes in the headers of requests and answers that it passes on."""

import random
import re
import time
from collections.abc import Iterable
from functools import lru_cache

from multidict import CIMultiDict

from modules.rehearsal.balancer.configuration import LoadBalancer

_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
}
_VALID_NAME = re.compile(r"[-A-Za-z0-9]+")


@lru_cache(maxsize=10_000)
def passes(name: str, drop_invalid: bool) -> bool:
    """Whether a header of this name goes on; `routing.http.drop_invalid_header_fields` drops those with other
    characters than letters, digits and hyphens."""
    return name.lower() not in _HOP_BY_HOP and (not drop_invalid or _VALID_NAME.fullmatch(name) is not None)


def request_headers(
    sent: Iterable[tuple[str, str]], balancer: LoadBalancer, *, client: str, protocol: str, port: str
) -> "CIMultiDict[str]":
    """Headers for the target: without those between two hops, with where the request came from."""
    drop = balancer.drop_invalid_header_fields
    headers = CIMultiDict([header for header in sent if passes(header[0], drop)])
    if balancer.forwarded_for == "append":
        earlier = headers.get("X-Forwarded-For")
        headers["X-Forwarded-For"] = f"{earlier}, {client}" if earlier else client
    elif balancer.forwarded_for == "remove":
        headers.popall("X-Forwarded-For", None)
    headers["X-Forwarded-Proto"] = protocol
    headers["X-Forwarded-Port"] = port
    earlier_trace = headers.get("X-Amzn-Trace-Id")
    trace = f"1-{int(time.time()):08x}-{random.getrandbits(96):024x}"
    headers["X-Amzn-Trace-Id"] = f"Self={trace};{earlier_trace}" if earlier_trace else f"Root={trace}"
    return headers


def answer_headers(
    sent: Iterable[tuple[str, str]], added: Iterable[tuple[str, str]], *, names_server: bool
) -> "CIMultiDict[str]":
    """Headers for the client; those that the listener is told to add replace the target's."""
    headers = CIMultiDict([header for header in sent if passes(header[0], False)])
    for name, value in added:
        headers[name] = value
    if not names_server:
        headers.popall("Server", None)
    return headers
