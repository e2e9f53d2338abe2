"""The source's right-sizing: down when consistently under 50 %, up when consistently over 80 %."""

import pytest

from modules.planning.right_sizing import right_memory_mib, right_tasks, utilisation


def mixed(percent: float, other: float, others: int) -> list[float]:
    return [other] * others + [percent] * (100 - others)


@pytest.mark.parametrize(
    ("percents", "advice"),
    [
        (mixed(40, 40, 0), "scale down"),
        (mixed(40, 90, 5), "scale down"),
        (mixed(40, 90, 6), "keep"),
        (mixed(50, 50, 0), "keep"),
        (mixed(80, 80, 0), "keep"),
        (mixed(90, 90, 0), "scale up"),
        (mixed(90, 60, 4), "scale up"),
        (mixed(90, 60, 5), "keep"),
        ([95.0] * 59, "unknown"),
        ([95.0] * 60, "scale up"),
    ],
)
def test_it_takes_nineteen_of_twenty_periods_and_an_hour_of_minutes(percents: list[float], advice: str) -> None:
    assert utilisation(percents).advice == advice


def test_the_work_is_shared_among_as_few_tasks_as_stay_within_the_upper_limit() -> None:
    assert right_tasks(4, 40) == 2
    assert right_tasks(4, 41) == 3
    assert right_tasks(4, 96) == 5
    assert right_tasks(4, 0) == 1


def test_memory_is_the_least_that_fargate_has_with_the_cpu() -> None:
    assert right_memory_mib(2048, 8192, 40) == 4096
    assert right_memory_mib(4096, 8192, 40) == 8192
    assert right_memory_mib(1024, 8192, 95) is None
