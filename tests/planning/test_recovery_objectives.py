"""Which of the source's five recovery objectives an environment meets, and which setting decides."""

import math

import pytest
from hypothesis import given, settings

from modules.planning.recovery.faults import Circumstances, predictions
from modules.planning.recovery.objectives import Judgement, judgements, table, verdict
from modules.planning.recovery.prediction import Fault, Prediction, Term
from modules.settings import Environment

from .conftest import BENCHMARK, PRODUCTION, changed, environments

INTERVAL = "load_balancer.health_check.interval_seconds"


def judged(environment: Environment) -> dict[str, Judgement]:
    return {one.objective: one for one in judgements(environment)}


def test_the_five_are_those_of_the_sources_recovery_table() -> None:
    assert list(judged(PRODUCTION)) == [
        "Single task failure",
        "AZ failure",
        "Database failure (Multi-AZ)",
        "Database failure (Single-AZ)",
        "Complete region failure",
    ]


def test_the_sources_health_check_cannot_meet_its_own_objective_for_a_zone() -> None:
    """30 x 2 + 10 = 70 s at best, and 60 are allowed."""
    zone = judged(BENCHMARK)["AZ failure"]
    assert zone.verdict == "never"
    assert str(zone) == f"AZ failure: never met: 70 s at best, and 60 s are allowed ({INTERVAL} decides)"


def test_productions_health_check_meets_it() -> None:
    """10 x 2 + 5 = 25 s at most."""
    zone = judged(PRODUCTION)["AZ failure"]
    assert (zone.verdict, zone.deciding) == ("always", INTERVAL)
    assert str(zone) == f"AZ failure: always met: at most 25 s, and 60 s are allowed ({INTERVAL} decides)"


def test_with_too_few_tasks_the_quickest_checks_do_not_meet_the_objective_for_a_zone() -> None:
    """1000 / (1 task x 4 workers x 129) = 194 %: the number of tasks decides then."""
    zone = judged(changed(PRODUCTION, {"service.desired_tasks": 2}))["AZ failure"]
    assert (zone.verdict, zone.deciding) == ("sometimes", "service.desired_tasks")


def test_luck_decides_where_the_objective_is_between_the_bounds() -> None:
    """Three failed checks 15 s apart: 15 x 2 + 5 = 35 to 15 x 3 + 5 = 50 s, and 40 are allowed."""
    environment = changed(
        PRODUCTION,
        {
            "load_balancer.algorithm": "round_robin",
            "load_balancer.health_check.interval_seconds": 15,
            "load_balancer.health_check.unhealthy_threshold": 3,
            "objectives.zone_failure_seconds": 40,
        },
    )
    zone = judged(environment)["AZ failure"]
    assert zone.verdict == "sometimes"
    assert "35 s at best, but up to 50 s, and 40 s are allowed" in str(zone)


def test_a_failover_of_the_database_takes_longer_than_its_objective_when_connections_come_back_late() -> None:
    """60 to 175 s against 120; no setting decides."""
    failover = judged(PRODUCTION)["Database failure (Multi-AZ)"]
    assert (failover.verdict, failover.deciding) == ("sometimes", "")


def test_the_objective_of_the_other_kind_of_database_does_not_apply() -> None:
    assert str(judged(PRODUCTION)["Database failure (Single-AZ)"]) == "Database failure (Single-AZ): does not apply"
    assert judged(BENCHMARK)["Database failure (Multi-AZ)"].verdict is None
    assert judged(BENCHMARK)["Database failure (Single-AZ)"].verdict == "sometimes"


def test_copies_in_a_second_region_are_what_meets_the_regions_objective() -> None:
    assert judged(PRODUCTION)["Complete region failure"].verdict == "always"
    without = judged(changed(PRODUCTION, {"second_region": None}))["Complete region failure"]
    assert (without.verdict, without.deciding) == ("never", "second_region")
    assert "not by its own means" in str(without)


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [(10, 60, "always"), (10, 61, "sometimes"), (60, 90, "sometimes"), (61, 90, "never"), (61, math.inf, "never")],
)
def test_the_bounds_decide_whether_60_seconds_are_met(lower: float, upper: float, expected: str) -> None:
    term = Term(name="all of it", lower=lower, upper=upper)
    assert verdict(Prediction(fault=Fault.ZONE_LOST, measure="degraded", parts=(term,)), 60) == expected


def test_the_table_has_a_row_for_every_prediction() -> None:
    rows = {(row.fault, row.measure): row for row in table(PRODUCTION)}
    assert len(rows) == len(predictions(PRODUCTION))
    zone = rows["zone lost", "degraded"]
    assert zone.predicted == "0 s to 25 s"
    assert (zone.objective_seconds, zone.verdict, zone.deciding) == (60, "always", INTERVAL)
    assert rows["zone lost", "full"].predicted == "38 s to no limit"
    assert rows["zone lost", "full"].verdict is None
    assert rows["task killed", "full"].objective_seconds == 120


def test_the_table_of_an_environment_without_copies_says_so() -> None:
    rows = {(row.fault, row.measure): row for row in table(BENCHMARK)}
    assert rows["region lost", "degraded"].predicted == "not by its own means"
    assert ("database failover", "degraded") not in rows


def test_a_drills_small_load_is_judged_as_such() -> None:
    rows = table(BENCHMARK, Circumstances(requests_per_second=5))
    (zone,) = (row for row in rows if (row.fault, row.measure) == ("zone lost", "degraded"))
    assert zone.predicted == "70 s to 100 s"


@settings(max_examples=60)
@given(environment=environments())
def test_table_and_judgements_agree(environment: Environment) -> None:
    verdicts = {(row.fault, row.measure): row.verdict for row in table(environment)}
    for one in judgements(environment):
        if one.prediction:
            assert verdicts[one.prediction.fault, "degraded"] == one.verdict
