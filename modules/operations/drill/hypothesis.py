"""What steady state is, in numbers, and whether it holds."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict, Field

from modules.operations.drill.latency import latency
from modules.operations.drill.requests import Request


class Hypothesis(BaseModel):
    """What the requests before the fault have to show, so that what comes after it can be blamed on the fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    success_rate: float = Field(0.99, ge=0, le=1)
    """At least this share of the requests is answered."""
    p95_seconds: float = Field(gt=0)
    """Nineteen of twenty answers take at most this long."""
    least_requests: int = Field(20, ge=1)
    """Fewer say nothing about one in twenty."""


def contradictions(hypothesis: Hypothesis, requests: Sequence[Request]) -> Iterator[str]:
    """What speaks against the steady state; nothing when it holds."""
    if len(requests) < hypothesis.least_requests:
        yield f"only {len(requests)} requests in the baseline; {hypothesis.least_requests} are needed"
        return
    succeeded = sum(request.succeeded for request in requests)
    if succeeded < hypothesis.success_rate * len(requests):
        errors = sorted({request.error for request in requests if request.error})
        yield (
            f"{succeeded} of {len(requests)} requests are answered ({succeeded / len(requests):.1%}), at least "
            f"{hypothesis.success_rate:.1%} should be; errors: {', '.join(errors[:3])}"
        )
    p95 = latency(requests).p95_seconds
    if p95 is not None and p95 > hypothesis.p95_seconds:
        yield f"one answer in twenty takes longer than {p95:.3g} s, at most {hypothesis.p95_seconds:g} s is steady"
