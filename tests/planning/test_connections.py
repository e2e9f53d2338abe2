"""The database connections of a fleet, against the source document's own arithmetic and operations.md section 6."""

import pytest
from hypothesis import given, strategies as st

from modules.planning.connections import ConnectionBudget, connections, tasks_in_deployment

BUDGETS = st.builds(
    ConnectionBudget,
    max_connections=st.integers(min_value=20, max_value=5000),
    reserved=st.integers(min_value=5, max_value=100),
    workers=st.integers(min_value=1, max_value=64),
    maximum_tasks=st.integers(min_value=1, max_value=200),
    maximum_percent=st.integers(min_value=101, max_value=200),
)
POOLS = st.integers(min_value=1, max_value=200)


def budget(*, max_connections: int, maximum_tasks: int, maximum_percent: int) -> ConnectionBudget:
    """The source's four workers in each task, and the fifteen connections that operations.md keeps in reserve."""
    return ConnectionBudget(
        max_connections=max_connections,
        reserved=15,
        workers=4,
        maximum_tasks=maximum_tasks,
        maximum_percent=maximum_percent,
    )


@pytest.mark.parametrize(
    ("tasks", "wanted"),
    [(4, 160), (8, 320), (10, 400), (20, 800)],
    ids=["the source's baseline", "its rolling deployment", "its autoscaling maximum", "a deployment at the maximum"],
)
def test_pools_of_ten_in_four_workers_a_task_open_what_operations_section_6_says(tasks: int, wanted: int) -> None:
    assert connections(pool=10, workers=4, tasks=tasks) == wanted


def test_sixteen_workers_with_pools_of_ten_open_the_sources_160_connections() -> None:
    assert connections(pool=10, workers=16, tasks=1) == connections(pool=10, workers=4, tasks=4) == 16 * 10


@pytest.mark.parametrize(("percent", "alive"), [(200, 20), (150, 15), (125, 12), (101, 10)])
def test_a_deployment_of_ten_tasks_runs_the_allowed_share_of_them_rounded_down(percent: int, alive: int) -> None:
    assert tasks_in_deployment(10, percent) == alive


@pytest.mark.parametrize(
    ("max_connections", "percent", "pool"),
    [
        (200, 100, 185 // (4 * 10)),
        (200, 200, 185 // (4 * 20)),
        (410, 100, 395 // (4 * 10)),
        (410, 200, 395 // (4 * 20)),
    ],
)
def test_the_largest_pool_for_ten_tasks_is_that_of_operations_section_6(
    max_connections: int, percent: int, pool: int
) -> None:
    assert budget(max_connections=max_connections, maximum_tasks=10, maximum_percent=percent).largest_pool == pool


def test_pools_of_ten_at_ten_tasks_and_150_percent_need_615_connections_as_in_operations_section_6() -> None:
    sizing = budget(max_connections=200, maximum_tasks=10, maximum_percent=150)
    assert sizing.max_connections_for(10) == 10 * 4 * 15 + 15 == 615


def test_a_database_that_is_too_small_for_one_connection_a_worker_has_no_pool() -> None:
    assert budget(max_connections=20, maximum_tasks=10, maximum_percent=200).largest_pool == 0


def test_a_reserve_beyond_the_maximum_leaves_no_pool_and_never_a_negative_one() -> None:
    assert (
        ConnectionBudget(max_connections=20, reserved=100, workers=1, maximum_tasks=1, maximum_percent=101).largest_pool
        == 0
    )


@given(sizing=BUDGETS, pool=POOLS)
def test_a_pool_fits_exactly_when_it_is_not_larger_than_the_largest(sizing: ConnectionBudget, pool: int) -> None:
    assert sizing.fits(pool) == (pool <= sizing.largest_pool)


@given(sizing=BUDGETS, pool=POOLS)
def test_a_pool_fits_exactly_when_its_worst_moment_and_the_reserve_are_within_the_maximum(
    sizing: ConnectionBudget, pool: int
) -> None:
    deploying = sizing.maximum_tasks * sizing.maximum_percent // 100
    assert sizing.fits(pool) == (pool * sizing.workers * deploying + sizing.reserved <= sizing.max_connections)


@given(sizing=BUDGETS, pool=POOLS)
def test_the_maximum_that_is_recommended_for_a_pool_is_the_smallest_that_fits_it(
    sizing: ConnectionBudget, pool: int
) -> None:
    def with_maximum(max_connections: int) -> ConnectionBudget:
        return ConnectionBudget(
            max_connections=max_connections,
            reserved=sizing.reserved,
            workers=sizing.workers,
            maximum_tasks=sizing.maximum_tasks,
            maximum_percent=sizing.maximum_percent,
        )

    recommended = sizing.max_connections_for(pool)
    assert with_maximum(recommended).fits(pool)
    assert not with_maximum(recommended - 1).fits(pool)


@given(sizing=BUDGETS, more=st.integers(min_value=0, max_value=50))
def test_the_largest_pool_never_grows_with_the_fleet_and_never_shrinks_with_the_database(
    sizing: ConnectionBudget, more: int
) -> None:
    def with_change(**change: int) -> int:
        return ConnectionBudget(**{**vars(sizing), **change}).largest_pool

    assert with_change(workers=sizing.workers + more) <= sizing.largest_pool
    assert with_change(maximum_tasks=sizing.maximum_tasks + more) <= sizing.largest_pool
    assert with_change(maximum_percent=sizing.maximum_percent + more) <= sizing.largest_pool
    assert with_change(reserved=sizing.reserved + more) <= sizing.largest_pool
    assert with_change(max_connections=sizing.max_connections + more) >= sizing.largest_pool >= 0


@given(tasks=st.integers(min_value=1, max_value=1000), percent=st.integers(min_value=100, max_value=200))
def test_a_deployment_never_runs_fewer_tasks_than_wanted_nor_more_than_allowed(tasks: int, percent: int) -> None:
    alive = tasks_in_deployment(tasks, percent)
    assert tasks <= alive
    assert alive * 100 <= tasks * percent < (alive + 1) * 100
