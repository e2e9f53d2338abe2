"""Whether a run measured what it was to measure: the load generator kept up, and its numbers belong together."""

import math
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from modules.operations.load.requests import Request
from modules.planning.capacity.closed_loop import Users
from modules.planning.percentile import percentile

ALLOWED_SHARE = 0.05
"""operations.md, section 5: off by more, and the ramp-up was measured along or the load generator was saturated."""
_STANDARD_ERRORS = 3.0
_LATE_SECONDS = 0.01


class Law(BaseModel):
    """
    Attributes:
        arithmetic: for a person.
        deviation: of what was measured from what it should be, as a share.
        allowed: by so much, chance included: a short run of few users is off by some per cent by chance alone.
        wrong: why the run says nothing of the gateway; empty when the law holds.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    arithmetic: str
    deviation: float
    allowed: float
    wrong: str = ""

    @property
    def holds(self) -> bool:
        return not self.wrong


def response_time_law(users: Users, requests: Sequence[Request], seconds: float) -> Law:
    """Users = throughput x (latency + think time), in which failed requests count: whoever asked them thinks, too.

    Args:
        requests: that were due within these seconds, at least one.
    """
    rate, mean = len(requests) / seconds, _mean_latency(requests)
    cycle_seconds = mean + users.mean_think_seconds
    accounted = rate * cycle_seconds
    deviation = accounted / users.number - 1
    allowed = max(ALLOWED_SHARE, _STANDARD_ERRORS * _standard_error(users, requests, cycle_seconds))
    wrong = ""
    if abs(deviation) > allowed:
        wrong = (
            "users asked less often than they should: the load generator is saturated, or they had not all begun"
            if deviation < 0
            else "more was asked than so many users can: the load was not steady; measure longer"
        )
    return Law(
        name="response-time law",
        arithmetic=(
            f"{rate:.1f} requests/s x ({mean:.3f} s + {users.mean_think_seconds:g} s think time) = {accounted:.1f} "
            f"of {users.number:,} users"
        ),
        deviation=deviation,
        allowed=allowed,
        wrong=wrong,
    )


def arrivals_law(requests_per_second: float, requests: Sequence[Request], seconds: float) -> Law:
    """As many arrivals as were stated, each sent when it was due."""
    rate, unsent = len(requests) / seconds, sum(request.sent is None for request in requests)
    delays = [request.sent - request.due for request in requests if request.sent is not None]
    late = percentile(delays, 99) if delays else math.inf
    # Of a Poisson process.
    allowed = max(ALLOWED_SHARE, _STANDARD_ERRORS / math.sqrt(requests_per_second * seconds))
    deviation = rate / requests_per_second - 1
    wrong = ""
    if unsent or late > max(_LATE_SECONDS, ALLOWED_SHARE * _mean_latency(requests)):
        wrong = (
            f"{unsent:,} requests were not sent at all, and one of a hundred {late:.3f} s or more too late: the "
            "gateway is overloaded, or the load generator saturated"
        )
    elif abs(deviation) > allowed:
        wrong = "arrivals came at another rate: the load generator is saturated"
    return Law(
        name="schedule of arrivals",
        arithmetic=(
            f"{rate:.1f} requests/s came of {requests_per_second:g}; 99 % were sent within {1000 * late:.1f} ms of "
            "their time"
        ),
        deviation=deviation,
        allowed=allowed,
        wrong=wrong,
    )


def _mean_latency(requests: Sequence[Request]) -> float:
    return math.fsum(request.latency_seconds for request in requests) / len(requests)


def _standard_error(users: Users, requests: Sequence[Request], cycle_seconds: float) -> float:
    """Of the count of requests, as a share: each user's questions are a renewal process (Cox, "Renewal theory",
    1962, section 4.2: t / mean x squared variation, and a sixth for where it happens to begin)."""
    shortest, longest = users.think_seconds
    mean = _mean_latency(requests)
    spread = math.fsum((request.latency_seconds - mean) ** 2 for request in requests) / len(requests)
    variation = (spread + (longest - shortest) ** 2 / 12) / cycle_seconds**2
    return math.sqrt(variation * len(requests) + users.number / 6) / len(requests)
