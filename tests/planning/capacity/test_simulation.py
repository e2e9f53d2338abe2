"""Simulated runs: two laws that hold in any system, the formulas, and a seed that brings a run back."""

import pytest
from hypothesis import given, settings, strategies as st

from modules.planning.capacity.closed_loop import Users, closed_loop
from modules.planning.capacity.open_loop import CONSTANT, open_loop
from modules.planning.capacity.published import USERS
from modules.planning.capacity.simulation import Run, simulate_closed, simulate_open
from modules.planning.capacity.worker import PUBLISHED, Worker

from .conftest import users

SEEDS = st.integers(0, 2**32)
VARIATIONS = st.sampled_from([0.0, 0.5, 1.0, 4.0])
FEW_WORKERS = st.integers(1, 12)


def littles_law_holds(run: Run) -> None:
    """Up to the requests that are under way when the measuring begins and when it ends."""
    at_the_edges = 2 * (run.in_flight + 5 * run.in_flight**0.5 + 5) * run.responses[-1] / run.seconds
    assert abs(run.in_flight - run.requests_per_second * run.mean_seconds) <= at_the_edges
    assert at_the_edges < max(1.0, 0.4 * run.in_flight), "a bound that says something"


@settings(max_examples=40)
@given(
    load=users(60),
    workers=FEW_WORKERS,
    service=st.floats(0.005, 0.05),
    delay=st.floats(0, 0.3),
    variation=VARIATIONS,
    seed=SEEDS,
)
def test_littles_law_and_the_response_time_law_hold_in_every_closed_run(
    load: Users, workers: int, service: float, delay: float, variation: float, seed: int
) -> None:
    worker = Worker(service_seconds=service, fixed_delay_seconds=delay)
    run = simulate_closed(load, workers, worker, seed=seed, seconds=400, variation=variation)
    littles_law_holds(run)
    assert run.utilisation <= 1
    # Think times are drawn: their mean is not exactly what was asked for.
    asked = load.requests_per_second(run.mean_seconds)
    assert run.requests_per_second == pytest.approx(asked, rel=0.05 + 3 / run.requests**0.5)


@settings(max_examples=40)
@given(workers=FEW_WORKERS, busy=st.floats(0.05, 0.9), delay=st.floats(0, 0.3), variation=VARIATIONS, seed=SEEDS)
def test_littles_law_holds_in_every_open_run(
    workers: int, busy: float, delay: float, variation: float, seed: int
) -> None:
    worker = Worker(service_seconds=0.02, fixed_delay_seconds=delay)
    run = simulate_open(busy * workers / 0.02, workers, worker, seed=seed, seconds=200, variation=variation)
    littles_law_holds(run)
    assert run.utilisation == pytest.approx(busy, rel=0.02 + 6 / run.requests**0.5 * (1 + variation) ** 0.5)


@pytest.mark.parametrize("workers", [8, 16, 32])
def test_a_closed_run_agrees_with_the_exact_solution(workers: int) -> None:
    run, loop = simulate_closed(USERS, workers, seed=1), closed_loop(USERS, workers)
    assert run.requests_per_second == pytest.approx(loop.requests_per_second, rel=0.01)
    assert run.mean_seconds == pytest.approx(loop.mean_seconds, rel=0.02)
    assert run.utilisation == pytest.approx(loop.utilisation, rel=0.01)
    for percent in (50, 95, 99):
        assert run.percentile_seconds(percent) == pytest.approx(loop.percentile_seconds(percent), rel=0.05)


@pytest.mark.parametrize("variation", [CONSTANT, 0.5, 1.0, 3.0])
def test_an_open_run_agrees_with_pollaczek_and_khinchine(variation: float) -> None:
    run = simulate_open(1400, 16, seed=2, seconds=200, variation=variation)
    loop = open_loop(1400, 16, variation=variation)
    assert run.mean_seconds == pytest.approx(loop.mean_seconds, rel=0.02)
    assert run.in_flight == pytest.approx(loop.requests_in_flight, rel=0.02)


def test_an_open_run_has_the_percentiles_of_an_exponential_time() -> None:
    run, loop = simulate_open(1400, 16, seed=3), open_loop(1400, 16)
    for percent in (50, 90, 99):
        assert run.percentile_seconds(percent) == pytest.approx(loop.percentile_seconds(percent), rel=0.03)


def test_service_times_that_vary_less_have_shorter_queues() -> None:
    constant, exponential = (simulate_open(1400, 16, seed=4, seconds=30, variation=one) for one in (0.0, 1.0))
    assert constant.percentile_seconds(95) < exponential.percentile_seconds(95)


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    first = simulate_closed(USERS, 16, seed=7, seconds=5)
    assert simulate_closed(USERS, 16, seed=7, seconds=5) == first
    assert simulate_closed(USERS, 16, seed=8, seconds=5) != first


def test_a_saturated_open_run_is_refused() -> None:
    with pytest.raises(ValueError, match="the queue grows by"):
        simulate_open(1170, 8, seed=1)


def test_users_who_never_pause_are_refused() -> None:
    with pytest.raises(ValueError, match="users who never pause are no load"):
        simulate_closed(Users(number=5, think_seconds=(0, 0)), 1, PUBLISHED.with_llm(0), seed=1)


def test_a_run_that_is_too_short_says_so() -> None:
    with pytest.raises(ValueError, match="no request was answered after the warm-up; simulate more seconds"):
        simulate_closed(Users(number=1), 1, PUBLISHED.with_llm(100), seed=1, seconds=10)


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"workers": 0}, {"variation": -1}])
def test_what_means_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="it should be"):
        simulate_closed(Users(number=1), **({"workers": 1, "seed": 1} | wrong))  # type: ignore[arg-type]
