"""A delay that varies moves percentiles, and neither throughput nor mean."""

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from modules.planning.capacity.calibration import Measurement, with_spread
from modules.planning.capacity.closed_loop import Users, closed_loop
from modules.planning.capacity.open_loop import open_loop
from modules.planning.capacity.simulation import simulate_closed, simulate_open
from modules.planning.capacity.worker import PUBLISHED, Worker

from .conftest import COUNTS, WORKERS, users

VARIED = Worker(service_seconds=0.02, fixed_delay_seconds=0.2, delay_variation=0.15)


@settings(max_examples=40)
@given(load=users(), workers=COUNTS, worker=WORKERS, variation=st.floats(0, 2))
def test_throughput_and_mean_do_not_depend_on_it(load: Users, workers: int, worker: Worker, variation: float) -> None:
    same, varied = (closed_loop(load, workers, replace(worker, delay_variation=one)) for one in (0, variation))
    assert varied.requests_per_second == same.requests_per_second
    assert varied.mean_seconds == same.mean_seconds


def test_a_delay_that_does_not_vary_is_what_it_was() -> None:
    loop = closed_loop(Users(number=1), 1, Worker(service_seconds=1e-9, fixed_delay_seconds=0.3, delay_variation=0))
    assert loop.percentile_seconds(5) == pytest.approx(loop.percentile_seconds(95))


def test_the_median_of_a_delay_alone_is_the_lognormal_s() -> None:
    """mean / sqrt(1 + variation)"""
    alone = Worker(service_seconds=1e-6, fixed_delay_seconds=0.3, delay_variation=1)
    assert closed_loop(Users(number=1), 1, alone).percentile_seconds(50) == pytest.approx(0.3 / 2**0.5, rel=0.02)
    assert open_loop(1, 1, alone).percentile_seconds(50) == pytest.approx(0.3 / 2**0.5, rel=0.02)


@pytest.mark.parametrize("number", [10, 60, 90])
def test_percentiles_are_those_of_users_played_event_by_event(number: int) -> None:
    load = Users(number=number)
    formula, played = closed_loop(load, 2, VARIED), simulate_closed(load, 2, VARIED, seed=1, seconds=2000)
    assert played.requests_per_second == pytest.approx(formula.requests_per_second, rel=0.02)
    for percent in (25, 50, 95):
        assert formula.percentile_seconds(percent) == pytest.approx(played.percentile_seconds(percent), rel=0.04)


def test_percentiles_are_those_of_arrivals_played_event_by_event() -> None:
    formula, played = open_loop(60, 2, VARIED), simulate_open(60, 2, VARIED, seed=1, seconds=2000)
    for percent in (25, 50, 95):
        assert formula.percentile_seconds(percent) == pytest.approx(played.percentile_seconds(percent), rel=0.04)


def test_the_spread_of_answers_tells_how_much_the_delay_varies() -> None:
    load = Users(number=5)
    loop = closed_loop(load, 2, VARIED)
    point = Measurement(name="low", load=load, workers=2, values={"mean_seconds": loop.mean_seconds})
    distance = loop.percentile_seconds(75) - loop.percentile_seconds(25)
    found = with_spread(replace(VARIED, delay_variation=0), point, distance)
    assert found.delay_variation == pytest.approx(VARIED.delay_variation, abs=0.002)


def test_answers_closer_together_than_queueing_alone_leave_a_constant_delay() -> None:
    point = Measurement(name="low", load=Users(number=5), workers=2, values={"mean_seconds": 0.1})
    assert with_spread(PUBLISHED, point, 1e-6).delay_variation == 0


def test_nonsense_is_told() -> None:
    with pytest.raises(ValueError, match="delay variation is -1"):
        Worker(service_seconds=1, fixed_delay_seconds=1, delay_variation=-1)
