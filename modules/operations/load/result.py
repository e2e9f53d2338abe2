"""What a run of load says: throughput, latency, errors, and whether to believe it."""

import math
from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from modules.operations.load.generator import LoadError
from modules.operations.load.law import Law, arrivals_law, response_time_law
from modules.operations.load.requests import Request
from modules.operations.load.wish import Wish
from modules.planning.capacity.closed_loop import Users
from modules.planning.percentile import percentile


class Spread(BaseModel):
    """Seconds."""

    model_config = ConfigDict(frozen=True)

    mean: float
    p25: float
    p50: float
    p75: float
    p95: float
    p99: float

    @staticmethod
    def of(seconds: Sequence[float]) -> "Spread":
        ranks = {f"p{percent}": percentile(seconds, percent) for percent in (25, 50, 75, 95, 99)}
        return Spread(mean=math.fsum(seconds) / len(seconds), **ranks)


class Result(BaseModel):
    """Of the requests that were due after the warm-up.

    Attributes:
        users: None in an open loop.
        stated_requests_per_second: None in a closed loop.
        requests_per_second: answered in full.
        errors: by reason.
        latency: from when a request was due, of those answered in full; None without any.
        overhead: as LiteLLM states it in its answers; None where it states nothing.
    """

    model_config = ConfigDict(frozen=True)

    users: int | None
    stated_requests_per_second: float | None
    seconds: float
    requests: int
    answered: int
    requests_per_second: float
    errors: dict[str, int]
    latency: Spread | None
    overhead: Spread | None
    law: Law

    @property
    def failed_share(self) -> float:
        return 1 - self.answered / self.requests

    @property
    def failures(self) -> str:
        """For a person, the most frequent reason first."""
        return "; ".join(f"{reason}: {count:,}" for reason, count in self.errors.items())


def measured(requests: Sequence[Request], wish: Wish, began: float) -> list[Request]:
    """Those that count: due after the warm-up."""
    first = began + wish.warm_up_seconds
    return [request for request in requests if first <= request.due < first + wish.seconds]


def evaluate(wish: Wish, counted: Sequence[Request]) -> Result:
    """
    Args:
        counted: as of `measured`.

    Raises:
        LoadError: there is none.
    """
    if not counted:
        raise LoadError(f"nothing was asked in the {wish.seconds:g} s after the warm-up: measure longer, or more load")
    load, answered = wish.load, [request for request in counted if request.succeeded]
    overheads = [request.overhead_seconds for request in answered if request.overhead_seconds is not None]
    return Result(
        users=load.number if isinstance(load, Users) else None,
        stated_requests_per_second=None if isinstance(load, Users) else load,
        seconds=wish.seconds,
        requests=len(counted),
        answered=len(answered),
        requests_per_second=len(answered) / wish.seconds,
        errors=dict(Counter(request.error for request in counted if request.error).most_common()),
        latency=Spread.of([request.latency_seconds for request in answered]) if answered else None,
        overhead=Spread.of(overheads) if overheads else None,
        law=response_time_law(load, counted, wish.seconds)
        if isinstance(load, Users)
        else arrivals_law(load, counted, wish.seconds),
    )
