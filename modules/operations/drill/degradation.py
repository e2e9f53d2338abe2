"""When the service hurt its users: the error rate over its limit."""

from bisect import bisect_right
from collections.abc import Sequence

from modules.operations.drill.requests import Request


def degraded_until(
    requests: Sequence[Request],
    *,
    begins: float,
    ends: float,
    limit: float,
    window_seconds: float,
    settle_seconds: float,
) -> float | None:
    """The moment from which the error rate stays under its limit for the rest of the observation.

    A failed request counts as degradation when, among the requests that were due in the `window_seconds` up to it, more
    than `limit` failed; the service has recovered with the first request after the last such one. A request belongs to
    the moment at which it was due, whenever it failed: that is when its user was let down.

    Args:
        requests: in the order in which they were due.
        begins: the fault; requests before it are not counted.
        ends: of the observation.
        limit: a share from 0 to 1.
        settle_seconds: how long the observation has to go on after the recovery for it to count as one.

    Returns:
        `begins` when it never was degraded; None when it still was, or has not settled yet.
    """
    counted = [request for request in requests if begins <= request.scheduled]
    times = [request.scheduled for request in counted]
    failed_before = [0]
    for request in counted:
        failed_before.append(failed_before[-1] + (not request.succeeded))
    recovered: float | None = begins
    for request in counted:
        if request.succeeded:
            continue
        first = bisect_right(times, request.scheduled - window_seconds)
        last = bisect_right(times, request.scheduled)
        if failed_before[last] - failed_before[first] > limit * (last - first):
            recovered = times[last] if last < len(times) else None
    if recovered is None or ends - recovered < settle_seconds:
        return None
    return recovered
