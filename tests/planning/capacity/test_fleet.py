"""What a fleet carries, against LiteLLM's published benchmark, and what a lost zone leaves of it."""

import pytest
from hypothesis import given, strategies as st

from modules.planning.capacity import capacity, survivors, tasks_for, utilisation_percent

TASKS = st.integers(min_value=1, max_value=200)
WORKERS = st.integers(min_value=1, max_value=16)
ZONES = st.integers(min_value=2, max_value=6)
LOADS = st.floats(min_value=0.1, max_value=100_000)
LIMITS = st.integers(min_value=1, max_value=100)


def test_two_published_instances_were_all_but_saturated_and_four_were_not() -> None:
    """operations.md, section 5: 8 workers at 0.96, 16 at 0.56; LiteLLM's benchmark, two and four instances."""
    assert utilisation_percent(1035.7, 2, 4) == pytest.approx(96, abs=5)
    assert utilisation_percent(1170, 4, 4) == pytest.approx(56, abs=1)


def test_the_sources_load_needs_three_tasks_in_each_of_two_zones() -> None:
    """operations.md, section 5: 1170 / (4 x 129 x 0.8) = 2.8, so 3 in each zone."""
    assert tasks_for(1170, 4, 80, 2) == 6


@pytest.mark.parametrize(("tasks", "zones", "left"), [(4, 2, 2), (5, 2, 2), (3, 3, 2), (4, 3, 2), (1, 2, 0)])
def test_the_zone_with_the_most_tasks_is_the_one_that_is_lost(tasks: int, zones: int, left: int) -> None:
    assert survivors(tasks, zones) == left


@given(load=LOADS, workers=WORKERS, limit=LIMITS, zones=ZONES)
def test_the_fewest_tasks_hold_and_one_less_does_not(load: float, workers: int, limit: int, zones: int) -> None:
    fewest = tasks_for(load, workers, limit, zones)
    assert utilisation_percent(load, survivors(fewest, zones), workers) <= limit * (1 + 1e-9)
    left = survivors(fewest - 1, zones)
    assert left == 0 or utilisation_percent(load, left, workers) > limit * (1 - 1e-9)


@given(tasks=TASKS, zones=ZONES)
def test_a_lost_zone_takes_its_share_rounded_up(tasks: int, zones: int) -> None:
    lost = tasks - survivors(tasks, zones)
    assert lost * zones >= tasks
    assert (lost - 1) * zones < tasks


def test_one_zone_has_no_survivors_whatever_the_number_of_tasks() -> None:
    with pytest.raises(ValueError, match="1 zones: nothing survives"):
        tasks_for(1, 1, 80, 1)


@given(tasks=TASKS, workers=WORKERS)
def test_capacity_grows_with_tasks_and_workers_alike(tasks: int, workers: int) -> None:
    assert capacity(tasks, workers) == capacity(workers, tasks) == tasks * capacity(1, workers)


@pytest.mark.parametrize(
    ("rate", "workers", "limit", "said"),
    [
        (-1, 4, 80, "requests per second is -1; it should be a number above 0"),
        (float("nan"), 4, 80, "requests per second is nan"),
        (float("inf"), 4, 80, "requests per second is inf"),
        (10, 0, 80, "workers is 0; it should be a number above 0"),
        (10, 4, 0, "utilisation limit percent is 0; it should be above 0 and at most 100"),
        (10, 4, 101, "utilisation limit percent is 101"),
    ],
)
def test_what_means_nothing_is_refused_in_words(rate: float, workers: int, limit: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tasks_for(rate, workers, limit, 2)


def test_a_negative_rate_has_no_utilisation() -> None:
    with pytest.raises(ValueError, match="requests per second is -5; it should be 0 or more"):
        utilisation_percent(-5, 2, 4)
