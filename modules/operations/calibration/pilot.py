"""A quick look at a fleet: how long an answer takes when nobody queues, and how many users saturate it."""

from collections.abc import Callable
from dataclasses import dataclass

from modules.operations.load.result import Result, Spread
from modules.planning.capacity.closed_loop import Users

Measure = Callable[[Users, float], Result]
"""Puts so many users on the fleet for so many seconds, warm-up aside."""

MOST_FAILED_SHARE = 0.01
_FIRST_USERS = 4
_FLATTENED = 0.75
"""Of what users could ask if nobody queued: below it they queue so much that more of them bring nothing."""
_MOST_USERS = 20_000


class CalibrationError(Exception):
    """This fleet cannot be measured so; the message says why, for a person."""


@dataclass(frozen=True, kw_only=True)
class Pilot:
    """
    Attributes:
        unloaded_seconds: that an answer takes when hardly anybody queues.
        requests_per_second: that saturate the fleet.
    """

    unloaded_seconds: float
    requests_per_second: float

    @property
    def saturating_users(self) -> float:
        """Who would ask that much if nobody queued: where both asymptotes of the throughput meet."""
        return self.requests_per_second * (self.unloaded_seconds + Users(number=1).mean_think_seconds)


def pilot(measure: Measure, seconds: float, *, say: Callable[[str], None] = print) -> Pilot:
    """Doubles the users until the throughput does not follow any more.

    Raises:
        CalibrationError: the load broke the fleet, or nothing saturates it.
    """
    users, unloaded, most = _FIRST_USERS, 0.0, 0.0
    while users <= _MOST_USERS:
        result = measure(Users(number=users), seconds)
        latency = refuse_failures(result)
        unloaded = unloaded or latency.mean
        most = max(most, result.requests_per_second)
        say(f"Pilot, {users} users: {result.requests_per_second:.1f} requests/s, mean {1000 * latency.mean:.0f} ms")
        if result.requests_per_second < _FLATTENED * Users(number=users).requests_per_second(unloaded):
            return Pilot(unloaded_seconds=unloaded, requests_per_second=most)
        users *= 2
    raise CalibrationError(f"{_MOST_USERS:,} users did not saturate the fleet; one load generator has no more")


def refuse_failures(result: Result) -> Spread:
    """The latency of a run that failed at hardly any request.

    Raises:
        CalibrationError: more than one of a hundred failed, and more than one at all.
    """
    failed = result.requests - result.answered
    if result.latency is None or failed > max(1, MOST_FAILED_SHARE * result.requests):
        raise CalibrationError(
            f"{result.users} users: {100 * result.failed_share:.1f} % of {result.requests:,} requests failed "
            f"({result.failures}), and what is broken cannot be calibrated. At REHEARSAL_PACE above 1 health checks "
            "are so much less patient that a busy task is taken for a dead one: deploy at pace 1. Otherwise: "
            "'make status', and the service's events"
        )
    return result.latency
