"""Bounds of the recovery times: worked examples of two environments, and what holds for all."""

import math
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.planning.recovery.facts import SHORTEST_COMPRESSED_SECONDS
from modules.planning.recovery.faults import USUAL, Circumstances, predict, predictions
from modules.planning.recovery.prediction import Fault, Measure, Prediction, Term, Two, paced
from modules.rehearsal.balancer.wanted import LOWEST_TIMEOUT_SECONDS
from modules.rehearsal.tasks import health_check
from modules.settings import Environment

from .conftest import BENCHMARK, LIVELINESS, PRODUCTION, READINESS, changed, environments

PROBE = Circumstances(requests_per_second=5)
"""A drill's: so little that whoever is left carries it."""


def bounds(
    environment: Environment, fault: Fault, measure: Measure, circumstances: Circumstances = PROBE
) -> tuple[float, float]:
    prediction = predict(environment, fault, measure, circumstances)
    return prediction.lower, prediction.upper


def names(prediction: Prediction) -> str:
    return "; ".join(term.name for term in prediction.terms)


@pytest.mark.parametrize(
    ("environment", "fault", "degraded", "full"),
    [
        pytest.param(BENCHMARK, Fault.TASK_STOPPED, (0, 5), (23, 200), id="benchmark, stopped"),
        pytest.param(BENCHMARK, Fault.TASK_KILLED, (0, 10), (23, 200), id="benchmark, killed"),
        pytest.param(BENCHMARK, Fault.TASK_HUNG, (70, 100), (93, 300), id="benchmark, hung"),
        pytest.param(BENCHMARK, Fault.ZONE_LOST, (70, 100), (93, math.inf), id="benchmark, zone"),
        pytest.param(BENCHMARK, Fault.DATABASE_LOST, (1823, 4000), (1823, 4000), id="benchmark, database"),
        pytest.param(PRODUCTION, Fault.TASK_STOPPED, (0, 5), (23, 195), id="production, stopped"),
        pytest.param(PRODUCTION, Fault.TASK_KILLED, (0, 10), (23, 195), id="production, killed"),
        pytest.param(PRODUCTION, Fault.TASK_HUNG, (0, 25), (38, 220), id="production, hung"),
        pytest.param(PRODUCTION, Fault.ZONE_LOST, (0, 25), (38, math.inf), id="production, zone"),
        pytest.param(PRODUCTION, Fault.HOME_ZONE_LOST, (60, 175), (60, math.inf), id="production, database's zone"),
        pytest.param(PRODUCTION, Fault.DATABASE_FAILOVER, (60, 175), (60, 175), id="production, failover"),
        pytest.param(PRODUCTION, Fault.DATABASE_LOST, (1823, 3990), (1823, 3990), id="production, database"),
        pytest.param(PRODUCTION, Fault.REGION_LOST, (3623, 10350), (3623, 10350), id="production, region"),
    ],
)
def test_the_bounds_are_what_a_person_works_out_by_hand(
    environment: Environment, fault: Fault, degraded: tuple[float, float], full: tuple[float, float]
) -> None:
    """
    Noticing a hang, benchmark: the load balancer 30 x 2 + 10 = 70 to 30 x 3 + 10 = 100; the container's check
    30 x 2 + 3 x 4 = 72 to 30 x 3 + 3 x 5 + ECS 10 = 115; the sooner of both: 70 to 100.
    Production: 10 x 1 + 5 = 15 to 10 x 2 + 5 = 25; until then the requests that hang keep others away, since its load
    balancer prefers the target with the fewest outstanding ones: 0 to 25.
    A new task: ECS 0 to 10, Fargate 15 to 90, LiteLLM 8 to 60, first check 0 to the larger of the load balancer's
    30 + 10 = 40 (production: 10 + 5 = 15) and the container's 30 + 5 = 35: 23 to 200, or 23 to 195.
    Full after a hang: 70 + 23 = 93 to 100 + 200 = 300; 15 + 23 = 38 to 25 + 195 = 220. In a lost zone new tasks may
    end up in it again, until nobody knows when.
    Killed: ECS after 0 to 10, sooner than 60 to 90, or 10 to 20, of refused checks.
    Failover: 60 + 0 + 0 to 120 + address 5 + connections 50 = 175.
    Database lost: restore 1800 to 3600, then tasks in waves: benchmark may have 4 x 150 % = 6, 2 more than 4, so
    2 waves; production 8 x 150 % = 12, 4 more than 8, so 2 waves: 1800 + 23 to 3600 + 2 x 200, or 3600 + 2 x 195.
    Region: decision 900, rebuild 900, restore 1800, tasks 23 to 3600, 2700, 3600, 390, and the old address 60.
    """
    assert bounds(environment, fault, "degraded") == degraded
    assert bounds(environment, fault, "full") == full


@pytest.mark.parametrize(
    ("environment", "fault", "loss"),
    [
        pytest.param(PRODUCTION, Fault.TASK_STOPPED, (0, 0), id="a task that stops finishes its writes"),
        pytest.param(PRODUCTION, Fault.TASK_KILLED, (0, 60), id="spend that is collected for a minute"),
        pytest.param(PRODUCTION, Fault.DATABASE_FAILOVER, (0, 0), id="synchronous standby"),
        pytest.param(PRODUCTION, Fault.HOME_ZONE_LOST, (0, 60), id="standby, and spend"),
        pytest.param(BENCHMARK, Fault.DATABASE_LOST, (0, 300), id="logs every five minutes"),
        pytest.param(PRODUCTION, Fault.REGION_LOST, (0, 3900), id="logs, and their way to the second region"),
        pytest.param(BENCHMARK, Fault.REGION_LOST, (math.inf, math.inf), id="no copy outside the region"),
    ],
)
def test_data_loss_is_what_the_newest_copy_lacks(
    environment: Environment, fault: Fault, loss: tuple[float, float]
) -> None:
    assert bounds(environment, fault, "data_loss") == loss


def test_without_a_second_region_nothing_brings_the_service_back() -> None:
    prediction = predict(BENCHMARK, Fault.REGION_LOST, "degraded")
    assert prediction.lower == math.inf
    assert prediction.deciding() == "second_region"


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        pytest.param({"database.multi_az": False}, "database.multi_az", id="the only database"),
        pytest.param({"network.nat_gateways": "single"}, "network.nat_gateways", id="the only NAT gateway"),
    ],
)
def test_what_only_the_lost_zone_has_ends_service_until_it_is_back(changes: dict[str, Any], setting: str) -> None:
    prediction = predict(changed(PRODUCTION, changes), Fault.HOME_ZONE_LOST, "degraded", PROBE)
    assert prediction.upper == math.inf
    assert prediction.deciding() == setting
    assert setting in " ".join(prediction.remarks)
    # The zone that lacks them is lost without that.
    assert predict(changed(PRODUCTION, changes), Fault.ZONE_LOST, "degraded", PROBE).upper == 25


def test_a_database_without_a_standby_has_no_failover() -> None:
    with pytest.raises(ValueError, match="no standby to fail over to"):
        predict(BENCHMARK, Fault.DATABASE_FAILOVER, "degraded")


def test_readiness_at_the_load_balancer_may_replace_every_task_during_a_failover() -> None:
    """Checks of 30 s: five in a row cover 4 x 30 = 120 of up to 175 s, seven 6 x 30 = 180, which no failover lasts.

    With five: 175 + 2 waves x (10 + 90 + 60 + 30 + 5) = 565, and 2 x 30 until the others pass again.
    """
    check = "load_balancer.health_check"
    impatient = changed(
        PRODUCTION, {f"{check}.path": READINESS, f"{check}.interval_seconds": 30, f"{check}.unhealthy_threshold": 5}
    )
    patient = changed(impatient, {f"{check}.unhealthy_threshold": 7})
    assert bounds(impatient, Fault.DATABASE_FAILOVER, "degraded") == (60, 565)
    assert bounds(impatient, Fault.DATABASE_FAILOVER, "full") == (60, 625)
    assert bounds(patient, Fault.DATABASE_FAILOVER, "full") == (60, 175)
    assert "replace every task" in " ".join(predict(impatient, Fault.DATABASE_FAILOVER, "full").remarks)


def test_zonal_shift_takes_as_long_as_clients_remember_the_zone_and_needs_its_setting() -> None:
    """60 s of DNS, then connections that stay for up to 300 s."""
    assert bounds(PRODUCTION, Fault.ZONE_SHIFTED, "degraded") == (0, 360)
    off = changed(PRODUCTION, {"load_balancer.zonal_shift": False})
    assert bounds(off, Fault.ZONE_SHIFTED, "degraded") == (math.inf, math.inf)


def test_survivors_that_the_load_saturates_do_not_end_the_errors() -> None:
    """1170 / (2 tasks x 4 workers x 129) = 113 %: errors may last as long as full recovery does."""
    at_its_load = predict(BENCHMARK, Fault.ZONE_LOST, "degraded")
    assert (at_its_load.lower, at_its_load.upper) == (70, math.inf)
    assert "saturates the 2 tasks" in " ".join(at_its_load.remarks)
    with_an_end = Circumstances(outage_seconds=600)
    assert bounds(BENCHMARK, Fault.ZONE_LOST, "degraded", with_an_end) == (70, 900)


def test_without_survivors_errors_end_with_the_replacement() -> None:
    alone = changed(PRODUCTION, {"service.desired_tasks": 1})
    assert bounds(alone, Fault.TASK_KILLED, "degraded") == bounds(alone, Fault.TASK_KILLED, "full")


def test_a_zone_that_is_back_sooner_than_it_is_noticed_recovers_by_that() -> None:
    """15 to 25 s to notice, in which errors may end sooner; 38 to 220 s to replace, and 600 s more if ECS places tasks
    in the zone until then."""
    assert bounds(PRODUCTION, Fault.ZONE_LOST, "degraded", Circumstances(outage_seconds=10)) == (0, 10)
    in_turn = changed(PRODUCTION, {"load_balancer.algorithm": "round_robin"})
    assert bounds(in_turn, Fault.ZONE_LOST, "degraded", Circumstances(outage_seconds=10)) == (10, 10)
    assert bounds(PRODUCTION, Fault.ZONE_LOST, "full", Circumstances(outage_seconds=10))[0] == 10
    assert bounds(PRODUCTION, Fault.ZONE_LOST, "full", Circumstances(outage_seconds=600)) == (38, 820)


def test_a_young_task_hangs_on_until_its_grace_period_is_over() -> None:
    """120 s of grace, 20 s old: not replaced for up to 100 s, instead of the 25 s that noticing takes."""
    young = Circumstances(requests_per_second=5, task_age_seconds=20)
    assert bounds(PRODUCTION, Fault.TASK_HUNG, "full", young) == (38, 100 + 195)
    assert bounds(PRODUCTION, Fault.TASK_HUNG, "degraded", young) == (0, 25)


def test_without_room_beside_it_a_hung_task_has_to_stop_first() -> None:
    """8 x 101 % is 8: 25 + 10 + drain 120 + kill 120 + 90 + 60 + 35 = 460."""
    tight = changed(PRODUCTION, {"service.deployment.maximum_percent": 101})
    assert bounds(tight, Fault.TASK_HUNG, "full") == (38, 460)
    assert "drains first" in names(predict(tight, Fault.TASK_HUNG, "full"))
    assert "drains first" not in names(predict(PRODUCTION, Fault.TASK_HUNG, "full"))


@settings(max_examples=60)
@given(environment=environments(), outage=st.sampled_from([30.0, 600.0, math.inf]))
def test_terms_add_up_to_bounds_that_are_in_order(environment: Environment, outage: float) -> None:
    for prediction in predictions(environment, Circumstances(outage_seconds=outage)):
        assert 0 <= prediction.lower <= prediction.upper
        assert sum(term.lower for term in prediction.terms) == prediction.lower
        assert sum(term.upper for term in prediction.terms) == prediction.upper
        for term in prediction.terms:
            assert term.name
            assert term.setting or term.source or term.lower == term.upper == 0, term.name


COURSES = st.lists(
    st.tuples(st.integers(0, 100), st.integers(0, 100)).map(
        lambda two: Term(name="wait", lower=min(two), upper=max(two), setting="a.setting")
    ),
    min_size=1,
    max_size=3,
).map(tuple)


@given(first=COURSES, second=COURSES)
def test_of_two_courses_at_once_the_sooner_or_the_later_bounds_count(
    first: tuple[Term, ...], second: tuple[Term, ...]
) -> None:
    lowers = [sum(term.lower for term in course) for course in (first, second)]
    uppers = [sum(term.upper for term in course) for course in (first, second)]
    for counts, expected in (
        ("sooner", (min(lowers), min(uppers))),
        ("later", (max(lowers), max(uppers))),
        ("either", (min(lowers), max(uppers))),
    ):
        terms = Two(counts=counts, first=first, second=second).terms
        assert (sum(term.lower for term in terms), sum(term.upper for term in terms)) == expected


@settings(max_examples=60)
@given(environment=environments())
def test_full_recovery_is_never_sooner_than_the_end_of_the_errors(environment: Environment) -> None:
    found = {(one.fault, one.measure): one for one in predictions(environment)}
    for (fault, measure), full in found.items():
        if measure == "full":
            degraded = found[fault, "degraded"]
            assert degraded.lower <= full.lower
            assert degraded.upper <= full.upper


@settings(max_examples=60)
@given(
    environment=environments(paths=(LIVELINESS,)),
    setting=st.sampled_from(
        [
            "load_balancer.health_check.interval_seconds",
            "load_balancer.health_check.unhealthy_threshold",
            "service.health_check.interval_seconds",
            "service.health_check.retries",
            "load_balancer.deregistration_delay_seconds",
        ]
    ),
    more=st.integers(1, 50),
)
def test_patience_never_shortens_a_recovery(environment: Environment, setting: str, more: int) -> None:
    """With readiness at the load balancer it may: patience is what keeps tasks alive during a failover."""
    section, field = setting.rsplit(".", 1)
    value = environment
    for name in section.split("."):
        value = getattr(value, name)
    limit = {"unhealthy_threshold": 10, "retries": 10, "interval_seconds": 300}.get(field, 3600)
    slower = changed(environment, {setting: min(limit, getattr(value, field) + more)})
    for before, after in zip(predictions(environment), predictions(slower), strict=True):
        assert after.lower >= before.lower
        assert after.upper >= before.upper


@settings(max_examples=60)
@given(environment=environments(), pace=st.floats(1, 100))
def test_a_rehearsals_pace_shortens_what_is_aws_own_and_nothing_else(environment: Environment, pace: float) -> None:
    for prediction in predictions(environment, Circumstances(outage_seconds=600)):
        quick = paced(prediction, pace)
        assert quick.lower <= prediction.lower + 1e-9
        assert quick.lower <= quick.upper + 1e-9
        delays = 0 if prediction.measure == "data_loss" else 3
        assert quick.upper <= prediction.upper + delays + 1e-9
        assert quick.upper >= prediction.upper / pace


def test_a_compressed_failover_and_start_take_what_a_hand_works_out() -> None:
    """At pace 10 a failover takes 6 to 12 s; address 5, connections 50 and the rehearsal's own 3 s stay: 6 to 70.

    A killed task: Fargate 1.5 to 9, ECS 1 (its floor), LiteLLM 8 to 60, twice that where two wait for one core, the
    container's next check 3 + 5, and 3: 9.5 to 81, or 141.
    """
    failover = paced(predict(PRODUCTION, Fault.DATABASE_FAILOVER, "degraded"), 10)
    assert (failover.lower, failover.upper) == pytest.approx((6, 70))
    killed = predict(PRODUCTION, Fault.TASK_KILLED, "full")
    assert (paced(killed, 10).lower, paced(killed, 10).upper) == pytest.approx((9.5, 81))
    assert paced(killed, 10, starts_in_a_row=2).upper == pytest.approx(141)


def test_at_pace_1_a_rehearsal_adds_its_own_delays_alone() -> None:
    prediction = predict(BENCHMARK, Fault.ZONE_LOST, "degraded", PROBE)
    assert (paced(prediction, 1).lower, paced(prediction, 1).upper) == (70, 103)


def test_the_rehearsal_compresses_no_check_below_what_is_predicted_for_it() -> None:
    assert SHORTEST_COMPRESSED_SECONDS >= LOWEST_TIMEOUT_SECONDS
    assert SHORTEST_COMPRESSED_SECONDS >= health_check._SHORTEST_INTERVAL_SECONDS


def test_usual_circumstances_are_the_environments_own_load_without_end_of_an_outage() -> None:
    assert predict(BENCHMARK, Fault.ZONE_LOST, "degraded") == predict(
        BENCHMARK, Fault.ZONE_LOST, "degraded", Circumstances(requests_per_second=1170)
    )
    assert USUAL.outage_seconds == math.inf
