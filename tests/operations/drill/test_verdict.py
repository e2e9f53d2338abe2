"""Passed, failed, or nothing learnt: by the objectives alone, with the predictions beside them."""

import pytest

from modules.operations.drill.measures import Fault, Limits, Measures, measure
from modules.operations.drill.verdict import Bounds, Verdict, judge
from modules.operations.drill.written import Writes

from .timelines import NOON, healthy, requests, service

OBJECTIVES = {"rto_degraded_seconds": 60.0, "rto_full_seconds": 120.0}


def measures(*, degraded: float = 20, full: float = 90, writes: Writes | None = None, lasted: float = 0) -> Measures:
    facts = [service(-10, 4, 4), healthy(-10, 4)]
    if full:
        facts += [healthy(1, 3), healthy(full, 4)]
    return measure(
        requests(last=300, rate=4, fails=lambda time: 0 <= time < degraded),
        facts,
        Fault(began=NOON, ended=NOON + lasted),
        observed_until=NOON + 300,
        limits=Limits(),
        writes=writes,
    )


def verdict(
    found: Measures,
    *,
    state: str = "completed",
    reason: str = "",
    objectives: dict[str, float] = OBJECTIVES,
    predictions: dict[str, Bounds] | None = None,
) -> Verdict:
    return judge(
        found,
        experiment_state=state,
        experiment_reason=reason,
        objectives=objectives,
        predictions=predictions or {},
    )


def test_a_drill_within_its_objectives_passes() -> None:
    said = verdict(measures())
    assert (said.outcome, said.reasons) == ("pass", ("every objective is met",))


def test_one_objective_that_is_missed_fails_it_with_the_numbers() -> None:
    said = verdict(measures(full=150))
    assert (said.outcome, said.reasons) == ("fail", ("rto_full_seconds is 150, the objective 120",))


def test_no_recovery_fails_it_also_without_an_objective() -> None:
    said = verdict(measures(degraded=300), objectives={})
    assert said.outcome == "fail"
    assert "rto_degraded_seconds: not recovered while it was observed" in said.reasons


@pytest.mark.parametrize("state", ["stopped", "failed", "cancelled", "stopping"])
def test_an_experiment_that_was_broken_off_proves_nothing(state: str) -> None:
    said = verdict(measures(), state=state, reason="an alarm of its stop conditions was raised")
    assert said.outcome == "inconclusive"
    assert said.reasons == (
        f"the experiment did not run to its end, it is {state}: an alarm of its stop conditions was raised",
    )


def test_users_who_had_recovered_before_an_alarm_ended_the_experiment_are_a_result() -> None:
    said = verdict(measures(lasted=50), state="stopped", reason="Experiment halted by stop condition.")
    assert said.outcome == "pass"
    assert said.reasons == (
        "every objective is met",
        "the experiment did not run to its end, it is stopped: Experiment halted by stop condition.",
    )
    assert verdict(measures(lasted=10), state="stopped").outcome == "inconclusive", "its end may have healed them"
    assert verdict(measures(degraded=0, lasted=50), state="stopped").outcome == "inconclusive", "it hurt nobody yet"


def test_what_an_experiment_made_fail_before_an_alarm_ended_it_has_failed() -> None:
    said = verdict(measures(degraded=80), state="stopped", reason="Experiment halted by stop condition.")
    assert said.outcome == "fail"
    assert said.reasons == (
        "rto_degraded_seconds is 80, the objective 60",
        "the experiment did not run to its end, it is stopped: Experiment halted by stop condition.",
    )


def test_a_fault_without_any_effect_proves_nothing() -> None:
    said = verdict(measures(degraded=0, full=0))
    assert (said.outcome, said.reasons) == (
        "inconclusive",
        ("the fault had no effect on anything that was observed",),
    )


def test_prediction_measurement_and_objective_stand_side_by_side() -> None:
    predictions = {"rto_degraded_seconds": Bounds(least=10, most=25), "rto_full_seconds": Bounds(least=95, most=140)}
    said = verdict(measures(), predictions=predictions)
    rows = {one.name: one for one in said.comparisons}
    degraded, full = rows["rto_degraded_seconds"], rows["rto_full_seconds"]
    assert (degraded.measured, degraded.objective, degraded.meets_objective) == (20, 60, True)
    assert (degraded.predicted, degraded.as_predicted) == (predictions["rto_degraded_seconds"], True)
    assert (full.measured, full.meets_objective, full.as_predicted) == (90, True, False)
    assert said.outcome == "pass", "a missed prediction is the model's fault, not the service's"
    assert "prediction missed: rto_full_seconds is 90, expected 95 to 140" in said.reasons
    assert rows["failed_requests"].meets_objective is None


def test_a_lost_write_fails_an_objective_of_none() -> None:
    lost = verdict(
        measures(writes=Writes(acknowledged=10, lost=(3,), refused_seconds=1)), objectives={"lost_writes": 0}
    )
    assert (lost.outcome, lost.reasons) == ("fail", ("lost_writes is 1, the objective 0",))
    none = verdict(measures(writes=Writes(acknowledged=10, lost=(), refused_seconds=1)), objectives={"lost_writes": 0})
    assert none.outcome == "pass"


def test_an_objective_that_was_not_measured_proves_nothing() -> None:
    said = verdict(measures(), objectives={"lost_writes": 0})
    assert said.outcome == "inconclusive"
    assert said.reasons == ("lost_writes has an objective, and was not measured",)


def test_an_objective_that_no_drill_measures_is_refused() -> None:
    with pytest.raises(ValueError, match="no drill measures rto_seconds; it measures rto_degraded_seconds"):
        verdict(measures(), objectives={"rto_seconds": 60})
