"""What a drill says in the end: measurement, prediction and objective side by side."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from modules.operations.drill.measures import Measures

Outcome = Literal["pass", "fail", "inconclusive"]

RTO_DEGRADED = "rto_degraded_seconds"
RTO_FULL = "rto_full_seconds"
LOST_WRITES = "lost_writes"
REFUSED_WRITES = "writes_refused_seconds"
FAILED_REQUESTS = "failed_requests"
MEASURED = (RTO_DEGRADED, RTO_FULL, LOST_WRITES, REFUSED_WRITES, FAILED_REQUESTS)
"""What an objective or a prediction can be about."""

FINISHED = "completed"
"""AWS FIS's word for an experiment that did all it was to do."""
STOPPED = ("stopping", "stopped")
BROKEN_OFF = (*STOPPED, "failed", "cancelled")


class Bounds(BaseModel):
    """Within which a prediction expects a measurement."""

    model_config = ConfigDict(frozen=True)

    least: float
    most: float


class Comparison(BaseModel):
    """
    Attributes:
        measured: None when it did not come about, or was not measured.
        meets_objective, as_predicted: None where there is no objective, or no prediction.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    predicted: Bounds | None
    measured: float | None
    objective: float | None
    meets_objective: bool | None
    as_predicted: bool | None


class Verdict(BaseModel):
    """
    Attributes:
        reasons: why, for a person; a prediction that was missed is among them, but decides nothing.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...]


def judge(
    measures: Measures,
    *,
    experiment_state: str,
    experiment_reason: str = "",
    objectives: Mapping[str, float],
    predictions: Mapping[str, Bounds],
) -> Verdict:
    """
    Args:
        experiment_state: AWS FIS's word, as it was before the drill itself ended the experiment.
        objectives: at most; by the names in MEASURED.

    Raises:
        ValueError: an objective or a prediction is about something that no drill measures.
    """
    if unknown := {*objectives, *predictions} - set(MEASURED):
        raise ValueError(f"no drill measures {', '.join(sorted(unknown))}; it measures {', '.join(MEASURED)}")
    comparisons = tuple(_compare(name, measures, objectives, predictions) for name in MEASURED)
    missed = [_missed(one) for one in comparisons if one.as_predicted is False]
    failures = list(_failures(comparisons))
    doubts = list(_doubts(measures, experiment_state, experiment_reason, objectives))
    # A fault that was cut short has hurt less than the whole of it would have: what it made fail stays a failure.
    outcome: Outcome = "fail" if failures else "inconclusive" if doubts else "pass"
    reasons = [*failures, *doubts] or ["every objective is met"]
    remarks = [] if doubts or experiment_state == FINISHED else [_broken_off(experiment_state, experiment_reason)]
    return Verdict(outcome=outcome, reasons=(*reasons, *remarks, *missed), comparisons=comparisons)


def _doubts(measures: Measures, state: str, reason: str, objectives: Mapping[str, float]) -> Iterator[str]:
    if state in BROKEN_OFF and not (state in STOPPED and _recovered_under_the_fault(measures)):
        yield _broken_off(state, reason)
    if not measures.effects:
        yield "the fault had no effect on anything that was observed"
    if measures.writes is None:
        for name in (LOST_WRITES, REFUSED_WRITES):
            if name in objectives:
                yield f"{name} has an objective, and was not measured"


def _broken_off(state: str, reason: str) -> str:
    return f"the experiment did not run to its end, it is {state}{f': {reason}' if reason else ''}"


def _recovered_under_the_fault(measures: Measures) -> bool:
    """Whether users were hurt and had recovered before the fault was over, so that its end is not what healed them."""
    fault, degraded = measures.fault, measures.rto_degraded_seconds
    if not degraded or fault.ended is None:
        return False
    return fault.began + degraded <= fault.ended


def _failures(comparisons: tuple[Comparison, ...]) -> Iterator[str]:
    for one in comparisons:
        if one.name in (RTO_DEGRADED, RTO_FULL) and one.measured is None:
            yield f"{one.name}: not recovered while it was observed"
        elif one.meets_objective is False and one.measured is not None:
            yield f"{one.name} is {one.measured:.4g}, the objective {one.objective:g}"


def _missed(one: Comparison) -> str:
    assert one.predicted
    measured = "not measured" if one.measured is None else f"{one.measured:.4g}"
    return f"prediction missed: {one.name} is {measured}, expected {one.predicted.least:g} to {one.predicted.most:g}"


def _compare(
    name: str, measures: Measures, objectives: Mapping[str, float], predictions: Mapping[str, Bounds]
) -> Comparison:
    measured, objective, predicted = _measured(name, measures), objectives.get(name), predictions.get(name)
    return Comparison(
        name=name,
        predicted=predicted,
        measured=measured,
        objective=objective,
        meets_objective=None if objective is None else measured is not None and measured <= objective,
        as_predicted=None
        if predicted is None
        else measured is not None and predicted.least <= measured <= predicted.most,
    )


def _measured(name: str, measures: Measures) -> float | None:
    writes = measures.writes
    return {
        RTO_DEGRADED: measures.rto_degraded_seconds,
        RTO_FULL: measures.rto_full_seconds,
        LOST_WRITES: len(writes.lost) if writes else None,
        REFUSED_WRITES: writes.refused_seconds if writes else None,
        FAILED_REQUESTS: measures.failed_requests,
    }[name]
