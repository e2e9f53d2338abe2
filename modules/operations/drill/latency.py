"""Latency percentiles."""

import math
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from modules.operations.drill.requests import Request


class Latency(BaseModel):
    """Of the requests that were answered in full; seconds, None without any."""

    model_config = ConfigDict(frozen=True)

    answered: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    longest_seconds: float | None


def latency(requests: Iterable[Request]) -> Latency:
    ordered = sorted(request.latency_seconds for request in requests if request.succeeded)
    return Latency(
        answered=len(ordered),
        p50_seconds=percentile(ordered, 50),
        p95_seconds=percentile(ordered, 95),
        p99_seconds=percentile(ordered, 99),
        longest_seconds=percentile(ordered, 100),
    )


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """By the nearest-rank method: a value that was really measured."""
    return ordered[max(1, math.ceil(len(ordered) * percent / 100)) - 1] if ordered else None
