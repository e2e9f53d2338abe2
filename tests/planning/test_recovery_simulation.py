"""Simulated recovery times stay inside the predicted bounds, and a seed brings them back."""

import pytest
from hypothesis import given, settings, strategies as st

from modules.planning.percentile import percentile
from modules.planning.recovery.faults import Circumstances, predict
from modules.planning.recovery.prediction import Fault
from modules.planning.recovery.simulation import simulate
from modules.settings import Environment

from .conftest import BENCHMARK, PRODUCTION, changed, environments

FAULTS = (
    Fault.TASK_STOPPED,
    Fault.TASK_KILLED,
    Fault.TASK_HUNG,
    Fault.ZONE_LOST,
    Fault.HOME_ZONE_LOST,
    Fault.DATABASE_FAILOVER,
    Fault.DATABASE_LOST,
)
PROBE = Circumstances(requests_per_second=5)


@settings(max_examples=150)
@given(
    environment=environments(),
    fault=st.sampled_from(FAULTS),
    load=st.sampled_from([None, 5.0]),
    age=st.sampled_from([0.0, 60.0, 1e9]),
    seed=st.integers(0, 2**32),
)
def test_every_simulated_time_is_inside_the_bounds(
    environment: Environment, fault: Fault, load: float | None, age: float, seed: int
) -> None:
    if fault in (Fault.HOME_ZONE_LOST, Fault.DATABASE_FAILOVER):
        environment = changed(environment, {"database.multi_az": True})
    circumstances = Circumstances(requests_per_second=load, task_age_seconds=age)
    simulated = simulate(environment, fault, runs=20, seed=seed, circumstances=circumstances)
    for measure, times in (("degraded", simulated.degraded), ("full", simulated.full)):
        prediction = predict(environment, fault, measure, circumstances)
        assert prediction.lower - 1e-6 <= min(times)
        assert max(times) <= prediction.upper + 1e-6
    assert all(degraded <= full for degraded, full in zip(simulated.degraded, simulated.full, strict=True))


def test_the_random_moment_of_a_hang_fills_the_bounds_evenly() -> None:
    """The first failing check comes anywhere in an interval: uniform from 15 to 25 s, a tenth of the runs below 16."""
    degraded = simulate(PRODUCTION, Fault.TASK_HUNG, runs=2000, seed=1).degraded
    assert min(degraded) == pytest.approx(15, abs=0.1)
    assert max(degraded) == pytest.approx(25, abs=0.1)
    assert percentile(degraded, 10) == pytest.approx(16, abs=0.3)
    assert percentile(degraded, 50) == pytest.approx(20, abs=0.5)


def test_the_last_of_a_zones_tasks_is_noticed_later_than_one_alone() -> None:
    """Of 4 tasks, each uniform between 15 and 25 s: the last one at 15 + 10 x 4/5 = 23 s on average."""
    degraded = simulate(PRODUCTION, Fault.ZONE_LOST, runs=2000, seed=1, circumstances=PROBE).degraded
    assert sum(degraded) / len(degraded) == pytest.approx(23, abs=0.2)


def test_tasks_that_may_not_run_beside_the_hung_ones_take_turns() -> None:
    """Four of eight tasks hang: all four are replaced at once, or, with room for one, in turns of at least 23 s."""
    in_turns = changed(PRODUCTION, {"service.deployment.maximum_percent": 113})
    at_once = simulate(PRODUCTION, Fault.ZONE_LOST, runs=200, seed=1).full
    one_by_one = simulate(in_turns, Fault.ZONE_LOST, runs=200, seed=1).full
    assert min(one_by_one) >= 15 + 4 * 23
    assert percentile(one_by_one, 50) > 2 * percentile(at_once, 50)


def test_readiness_makes_a_failover_replace_tasks_and_liveliness_does_not() -> None:
    ready = changed(PRODUCTION, {"load_balancer.health_check.path": "/health/readiness"})
    killing = simulate(ready, Fault.DATABASE_FAILOVER, runs=200, seed=1)
    sparing = simulate(PRODUCTION, Fault.DATABASE_FAILOVER, runs=200, seed=1)
    assert sparing.full == sparing.degraded
    assert percentile(killing.full, 50) > percentile(sparing.full, 50)


def test_the_same_seed_gives_the_same_times_and_another_one_others() -> None:
    first = simulate(BENCHMARK, Fault.ZONE_LOST, runs=50, seed=7)
    assert simulate(BENCHMARK, Fault.ZONE_LOST, runs=50, seed=7) == first
    assert simulate(BENCHMARK, Fault.ZONE_LOST, runs=50, seed=8) != first


@pytest.mark.parametrize("fault", [Fault.DATABASE_FAILOVER, Fault.HOME_ZONE_LOST, Fault.REGION_LOST])
def test_what_has_no_random_moment_is_refused(fault: Fault) -> None:
    with pytest.raises(ValueError, match=f"{fault} cannot be simulated for benchmark"):
        simulate(BENCHMARK, fault, runs=1, seed=1)
