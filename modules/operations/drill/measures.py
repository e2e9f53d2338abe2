"""What a drill measured, computed from what it saw; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from modules.operations.drill.degradation import degraded_until
from modules.operations.drill.effects import effects_on_writes, effects_told
from modules.operations.drill.facts import Fact, in_order
from modules.operations.drill.fleet import incomplete_periods
from modules.operations.drill.latency import Latency, latency
from modules.operations.drill.requests import Request
from modules.operations.drill.written import Writes


class Limits(BaseModel):
    """When the service counts as degraded.

    Attributes:
        error_rate: share of failed requests, from 0 to 1, above which it is.
        window_seconds: over which that share is taken: long enough that one failed request alone is below it, short
            against the recovery that is measured.
        settle_seconds: how long it has to stay below for a recovery.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    error_rate: float = 0.01
    window_seconds: float = 5
    settle_seconds: float = 30


class Fault(BaseModel):
    """Attributes:
    ended: None while it lasts.
    """

    model_config = ConfigDict(frozen=True)

    began: float
    ended: float | None = None


class Second(BaseModel):
    """Requests that were due in one second, counted from the fault."""

    model_config = ConfigDict(frozen=True)

    second: int
    due: int
    succeeded: int

    @property
    def success_rate(self) -> float:
        return self.succeeded / self.due


class Measures(BaseModel):
    """
    Attributes:
        rto_degraded_seconds: from the fault until the error rate stays under its limit; 0 when it never was above it,
            None when it has not come back.
        rto_full_seconds: from the fault until, beyond that, every wanted task runs and is healthy again.
        failed_requests: that the fault hit: due after it, or in flight when it came.
        errors: their reasons, the most frequent first.
        alarms: from the fault until each alarm was raised; None for those that were not.
        effects: by what the fault was seen at all.
        longest_send_delay_seconds: how late the probe itself was; the measurement is no finer than that.
    """

    model_config = ConfigDict(frozen=True)

    fault: Fault
    observed_until: float
    rto_degraded_seconds: float | None
    rto_full_seconds: float | None
    requests: int
    failed_requests: int
    failed_in_baseline: int
    errors: dict[str, int]
    seconds: tuple[Second, ...]
    latency_before: Latency
    latency_during: Latency
    latency_after: Latency
    alarms: dict[str, float | None]
    writes: Writes | None
    effects: tuple[str, ...]
    longest_send_delay_seconds: float


def measure(
    requests: Iterable[Request],
    facts: Sequence[Fact],
    fault: Fault,
    *,
    observed_until: float,
    limits: Limits,
    alarms: Sequence[str] = (),
    writes: Writes | None = None,
) -> Measures:
    """
    Args:
        alarms: names of those whose time is asked for.
        observed_until: from then on nothing is known.
    """
    ordered = sorted(requests, key=lambda request: request.scheduled)
    degraded = degraded_until(
        ordered,
        begins=fault.began,
        ends=observed_until,
        limit=limits.error_rate,
        window_seconds=limits.window_seconds,
        settle_seconds=limits.settle_seconds,
    )
    incomplete = incomplete_periods(facts, begins=fault.began, ends=observed_until)
    full = _full_recovery(degraded, incomplete, observed_until)
    over = max(full if full is not None else observed_until, fault.ended or fault.began)
    before = [request for request in ordered if request.finished < fault.began]
    hit = [request for request in ordered if request.finished >= fault.began and not request.succeeded]
    failed_before = sum(not request.succeeded for request in before)
    sent_late = [request.sent - request.scheduled for request in ordered if request.sent is not None]
    return Measures(
        fault=fault,
        observed_until=observed_until,
        rto_degraded_seconds=None if degraded is None else degraded - fault.began,
        rto_full_seconds=None if full is None else full - fault.began,
        requests=len(ordered),
        failed_requests=len(hit),
        failed_in_baseline=failed_before,
        errors=dict(Counter(request.error or "" for request in hit).most_common()),
        seconds=tuple(_seconds(ordered, fault.began)),
        latency_before=latency(before),
        latency_during=latency(one for one in ordered if one.finished >= fault.began and one.scheduled < over),
        latency_after=latency(one for one in ordered if one.scheduled >= over),
        alarms={name: _raised_after(name, facts, fault.began) for name in alarms},
        writes=writes,
        effects=(
            *([f"{len(hit)} requests failed"] if len(hit) > failed_before else []),
            *([f"fewer tasks than wanted from {incomplete[0][0] - fault.began:.1f} s on"] if incomplete else []),
            *effects_on_writes(writes),
            *effects_told(facts, fault.began),
        ),
        longest_send_delay_seconds=max(sent_late, default=0.0),
    )


def _full_recovery(
    degraded: float | None, incomplete: Sequence[tuple[float, float]], observed_until: float
) -> float | None:
    last = incomplete[-1][1] if incomplete else degraded
    if degraded is None or last is None or (incomplete and last >= observed_until):
        return None
    return max(degraded, last)


def _seconds(requests: Iterable[Request], began: float) -> Iterator[Second]:
    due: Counter[int] = Counter()
    succeeded: Counter[int] = Counter()
    for request in requests:
        second = int((request.scheduled - began) // 1)
        due[second] += 1
        succeeded[second] += request.succeeded
    for second in sorted(due):
        yield Second(second=second, due=due[second], succeeded=succeeded[second])


def _raised_after(alarm: str, facts: Iterable[Fact], began: float) -> float | None:
    raised = (
        fact.time - began
        for fact in in_order(facts)
        if fact.source == "alarm" and fact.about == alarm and fact.values.get("state") == "ALARM" and fact.time >= began
    )
    return next(raised, None)
