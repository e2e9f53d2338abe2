"""Latency percentiles."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from modules.operations.drill.requests import Request
from modules.planning.percentile import percentile


class Latency(BaseModel):
    """Of the requests that were answered in full; seconds, None without any."""

    model_config = ConfigDict(frozen=True)

    answered: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    longest_seconds: float | None


def latency(requests: Iterable[Request]) -> Latency:
    seconds = [request.latency_seconds for request in requests if request.succeeded]
    p50, p95, p99, longest = (percentile(seconds, percent) if seconds else None for percent in (50, 95, 99, 100))
    return Latency(answered=len(seconds), p50_seconds=p50, p95_seconds=p95, p99_seconds=p99, longest_seconds=longest)
