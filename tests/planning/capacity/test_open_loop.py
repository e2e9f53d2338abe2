"""Open loops: the textbook's queues."""

import pytest
from hypothesis import assume, given, strategies as st

from modules.planning.capacity.open_loop import CONSTANT, open_loop
from modules.planning.capacity.worker import PUBLISHED, Worker

from .conftest import COUNTS, WORKERS

RATES = st.floats(min_value=0.1, max_value=5000)
SECOND = Worker(service_seconds=1, fixed_delay_seconds=0)


def test_a_half_busy_worker_doubles_exponential_service_times() -> None:
    """M/M/1: 1 / (1 - 0.5); the median is ln 2 times the mean."""
    loop = open_loop(0.5, 1, SECOND)
    assert loop.utilisation == 0.5
    assert loop.mean_seconds == pytest.approx(2)
    assert loop.percentile_seconds(50) == pytest.approx(2 * 0.6931, abs=1e-3)
    assert loop.requests_in_flight == pytest.approx(1)


def test_constant_service_times_halve_the_wait() -> None:
    """M/D/1: 1 + 0.5 / (2 x 0.5)."""
    assert open_loop(0.5, 1, SECOND, CONSTANT).mean_seconds == pytest.approx(1.5)


def test_constant_service_times_have_no_formula_for_percentiles() -> None:
    with pytest.raises(ValueError, match="simulate it"):
        open_loop(0.5, 1, SECOND, CONSTANT).percentile_seconds(95)


def test_a_saturated_worker_has_no_steady_state() -> None:
    with pytest.raises(ValueError, match=r"1170 requests/s on 8 workers that carry 1032: the queue grows by 138 "):
        open_loop(1170, 8)


@pytest.mark.parametrize(
    ("rate", "workers", "variation"), [(-1, 1, 1), (0, 1, 1), (1, 0, 1), (1, 1, -1), (float("nan"), 1, 1)]
)
def test_what_means_nothing_is_refused(rate: float, workers: int, variation: float) -> None:
    with pytest.raises(ValueError, match="it should be"):
        open_loop(rate, workers, SECOND, variation)


@given(rate=RATES, workers=COUNTS, more=COUNTS, worker=WORKERS, variation=st.floats(0, 9))
def test_more_workers_never_lengthen_answers(
    rate: float, workers: int, more: int, worker: Worker, variation: float
) -> None:
    assume(rate * worker.service_seconds < 0.99 * workers)
    few, many = (open_loop(rate, count, worker, variation) for count in (workers, workers + more))
    assert many.mean_seconds <= few.mean_seconds * (1 + 1e-9)
    assert many.utilisation <= few.utilisation


@given(rate=RATES, workers=COUNTS, llm=st.floats(0, 60))
def test_the_llm_adds_its_time_and_no_queue(rate: float, workers: int, llm: float) -> None:
    assume(rate * PUBLISHED.service_seconds < 0.99 * workers)
    without, with_it = (open_loop(rate, workers, PUBLISHED.with_llm(seconds)) for seconds in (0, llm))
    assert with_it.mean_seconds - without.mean_seconds == pytest.approx(llm, abs=1e-9)
    assert with_it.percentile_seconds(95) - without.percentile_seconds(95) == pytest.approx(llm, abs=1e-9)
