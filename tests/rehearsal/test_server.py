"""Requests meet one at a time in moto, whose backends have no locks."""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from modules.rehearsal.server import one_at_a_time


def test_two_requests_at_once_are_answered_one_after_the_other() -> None:
    inside: list[int] = []
    most_inside = 0
    both_are_sent = threading.Barrier(2)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        nonlocal most_inside
        inside.append(1)
        most_inside = max(most_inside, len(inside))
        time.sleep(0.1)
        inside.pop()
        return [b"done"]

    served = one_at_a_time(application)

    def request(_: int) -> list[bytes]:
        both_are_sent.wait()
        return list(served({}, None))

    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = list(pool.map(request, range(2)))

    assert answers == [[b"done"], [b"done"]]
    assert most_inside == 1
