"""Tasks for a rate at a latency objective with a zone lost, and the rate that a fleet carries."""

import math

import pytest
from hypothesis import assume, given, strategies as st

from modules.planning.capacity.fleet import survivors
from modules.planning.capacity.open_loop import open_loop
from modules.planning.capacity.sizing import LatencyObjective, Need, rate_carried, situation, tasks_needed
from modules.planning.capacity.worker import PUBLISHED

RATES = st.floats(0.1, 50_000)
WORKERS = st.integers(1, 16)
ZONES = st.integers(2, 6)
LIMITS = st.integers(5, 100)
PERCENTS = st.sampled_from([50.0, 90.0, 95.0, 99.0, 99.9])
OBJECTIVES = st.builds(LatencyObjective, percent=PERCENTS, seconds=st.floats(0.15, 5))


def test_the_sources_load_needs_six_tasks() -> None:
    """operations.md, section 5: 1170 / (4 x 129 x 0.8) = 2.8, so three in each zone."""
    assert tasks_needed(Need(requests_per_second=1170), 4) == 6


def test_a_stricter_latency_needs_more_tasks() -> None:
    """p95 of 150 ms: (150 - 94) ms = 7.75 ms x 3.0 / (1 - utilisation), so at most 58 %: 1170 / (516 x 0.585) = 3.9."""
    strict = Need(requests_per_second=1170, latency=LatencyObjective(percent=95, seconds=0.150))
    assert strict.limit_percent() == pytest.approx(58.5, abs=0.1)
    assert tasks_needed(strict, 4) == 8


def test_a_latency_below_what_idle_workers_take_is_refused_with_its_arithmetic() -> None:
    need = Need(requests_per_second=10, latency=LatencyObjective(percent=95, seconds=0.1))
    with pytest.raises(ValueError, match=r"cannot be met by any number of tasks: .* 94 ms .* \+ 23 ms = 117 ms"):
        tasks_needed(need, 4)


@given(rate=RATES, workers=WORKERS, zones=ZONES, limit=LIMITS, latency=OBJECTIVES)
def test_the_fewest_tasks_meet_both_limits_without_a_zone_and_one_less_does_not(
    rate: float, workers: int, zones: int, limit: int, latency: LatencyObjective
) -> None:
    need = Need(requests_per_second=rate, zones=zones, utilisation_limit_percent=limit, latency=latency)
    if latency.seconds < PUBLISHED.fixed_delay_seconds + 7 * PUBLISHED.service_seconds + 0.001:
        assume(latency.percent < 99.9)
    fewest = tasks_needed(need, workers)

    def meets(tasks: int, slack: float) -> bool:
        left = survivors(tasks, zones)
        if not left:
            return False
        now = situation(rate, left, workers, percent=latency.percent)
        return now.utilisation * 100 <= limit * slack and now.percentile_seconds <= latency.seconds * slack

    assert meets(fewest, 1 + 1e-9)
    assert fewest == zones or not meets(fewest - 1, 1 - 1e-9)


@given(tasks=st.integers(1, 100), workers=WORKERS, zones=ZONES, limit=LIMITS, latency=OBJECTIVES)
def test_a_fleet_carries_exactly_the_rate_that_it_is_the_answer_to(
    tasks: int, workers: int, zones: int, limit: int, latency: LatencyObjective
) -> None:
    rate = rate_carried(tasks, workers, zones=zones, utilisation_limit_percent=limit, latency=latency)
    if rate == 0:
        assert survivors(tasks, zones) == 0
        return
    need = Need(requests_per_second=rate * (1 - 1e-9), zones=zones, utilisation_limit_percent=limit, latency=latency)
    assert tasks_needed(need, workers) <= max(tasks, zones)


@given(rate=RATES, workers=WORKERS, tasks=st.integers(1, 100), more=st.integers(1, 100))
def test_more_tasks_never_lower_the_rate_nor_lengthen_answers(rate: float, workers: int, tasks: int, more: int) -> None:
    few, many = (rate_carried(count, workers, zones=2, utilisation_limit_percent=80) for count in (tasks, tasks + more))
    assert many >= few
    assert (
        situation(rate, tasks + more, workers).percentile_seconds <= situation(rate, tasks, workers).percentile_seconds
    )


def test_a_saturated_fleet_answers_nobody_in_time() -> None:
    saturated = situation(1170, 2, 4)
    assert saturated.utilisation == pytest.approx(1170 / 1032)
    assert math.isinf(saturated.median_seconds)
    assert math.isinf(saturated.percentile_seconds)


def test_a_fleet_below_saturation_is_the_open_loops() -> None:
    now, loop = situation(1170, 4, 4, percent=99), open_loop(1170, 16)
    assert (now.median_seconds, now.percentile_seconds) == (loop.percentile_seconds(50), loop.percentile_seconds(99))


@pytest.mark.parametrize(
    "wrong",
    [
        {"requests_per_second": -1},
        {"requests_per_second": 0},
        {"requests_per_second": 1, "zones": 0},
        {"requests_per_second": 1, "utilisation_limit_percent": 0},
        {"requests_per_second": 1, "utilisation_limit_percent": 101},
    ],
)
def test_needs_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="it should be"):
        Need(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("percent", "seconds"), [(0, 1), (100, 1), (95, 0), (95, -1)])
def test_objectives_that_mean_nothing_are_refused(percent: float, seconds: float) -> None:
    with pytest.raises(ValueError, match=r"percent|seconds|limit"):
        LatencyObjective(percent=percent, seconds=seconds)


def test_one_zone_survives_nothing() -> None:
    with pytest.raises(ValueError, match="1 zones: nothing survives"):
        tasks_needed(Need(requests_per_second=10, zones=1), 4)
