"""What waits while capacity is missing."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from modules.environment_file import load
from modules.planning.capacity.backlog import Algorithm, Queues
from modules.planning.capacity.scale_out import Luck, scale_out, start_seconds, zone_loss
from modules.settings.change import changed

BENCHMARK, PRODUCTION = load("benchmark"), load("production")
ALGORITHMS: tuple[Algorithm, ...] = ("round_robin", "least_outstanding_requests")
LUCK: tuple[Luck, ...] = ("best", "worst")
TASK = 4 * 129
"""Requests a second that one of the source's tasks serves."""


def test_what_survivors_cannot_serve_waits_until_the_zone_is_replaced() -> None:
    """Two of four tasks are left: 1,170 - 2 x 516 = 138 more wait each second, for the 23 s that it takes at best; then
    each of four tasks gets 292.5 and serves 516."""
    course = zone_loss(BENCHMARK, 1170, "best")
    replaced = start_seconds(BENCHMARK, "best")
    assert replaced == 15 + 8
    assert course.largest_backlog == pytest.approx(replaced * (1170 - 2 * TASK))
    assert course.longest_wait_seconds == pytest.approx(course.largest_backlog / 2 / TASK)
    drains = course.largest_backlog / 2 / (TASK - 1170 / 4)
    assert course.gone_seconds == pytest.approx(replaced + drains, abs=1)
    assert course.tasks == 4


def test_survivors_that_carry_the_load_leave_nothing_waiting() -> None:
    for luck in LUCK:
        course = zone_loss(PRODUCTION, PRODUCTION.load.requests_per_second, luck)
        assert (course.largest_backlog, course.longest_wait_seconds, course.gone_seconds) == (0, 0, 0)


def test_a_load_beyond_the_whole_fleet_waits_for_good() -> None:
    course = zone_loss(BENCHMARK, 4 * TASK + 1, "best")
    assert course.grows
    assert math.isinf(course.largest_backlog)
    assert math.isinf(course.longest_wait_seconds)
    assert math.isinf(course.gone_seconds)


def test_nobody_is_left_when_the_only_tasks_zone_is_lost() -> None:
    alone = changed(BENCHMARK, {"service.desired_tasks": 1, "service.autoscaling": None})
    with pytest.raises(ValueError, match="none is left"):
        zone_loss(alone, 10, "best")


def test_autoscaling_adds_nothing_before_its_minutes_are_over_and_a_task_has_started() -> None:
    course = scale_out(BENCHMARK, 2200, "best")
    first = next(moment for moment in course.moments if moment.tasks > 4)
    assert first.seconds == 3 * 60 + start_seconds(BENCHMARK, "best")
    assert first.backlog == pytest.approx(first.seconds * (2200 - 4 * TASK))


def test_autoscaling_adds_one_task_a_minute_until_the_cpu_is_below_its_threshold() -> None:
    course = scale_out(BENCHMARK, 2200, "best")
    joined = [now.seconds for before, now in pairwise(course.moments) if now.tasks > before.tasks]
    assert [later - sooner for sooner, later in pairwise(joined)] == [60] * (len(joined) - 1)
    assert 2200 / (course.tasks * TASK) < 0.7
    assert course.gone_seconds < 600


def test_a_load_below_the_threshold_adds_nothing() -> None:
    course = scale_out(BENCHMARK, 0.69 * 4 * TASK, "worst")
    assert (course.tasks, course.largest_backlog) == (4, 0)


def test_a_load_above_the_maximum_waits_for_good() -> None:
    course = scale_out(BENCHMARK, 10 * TASK + 1, "best")
    assert course.grows
    assert course.tasks == 10


def test_requests_for_each_task_add_all_that_is_missing_at_once() -> None:
    tracking = changed(BENCHMARK, {"service.autoscaling.requests_per_task_per_minute": 60 * 300})
    course = scale_out(tracking, 2400, "best")
    jump = max(now.tasks - before.tasks for before, now in pairwise(course.moments))
    assert jump == 2400 / 300 - 4
    assert course.longest_wait_seconds < scale_out(BENCHMARK, 2400, "best").longest_wait_seconds + 1


def test_without_autoscaling_nobody_adds_a_task() -> None:
    with pytest.raises(ValueError, match=r"service\.autoscaling is null"):
        scale_out(load("dev"), 100, "best")


@pytest.mark.parametrize("rate", [-1, 0, float("nan"), float("inf")])
def test_a_rate_that_means_nothing_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="requests per second"):
        scale_out(BENCHMARK, rate, "best")
    with pytest.raises(ValueError, match="requests per second"):
        zone_loss(BENCHMARK, rate, "best")


@settings(max_examples=30)
@given(rate=st.floats(10, 4500), algorithm=st.sampled_from(ALGORITHMS), luck=st.sampled_from(LUCK))
def test_good_luck_is_never_worse_and_tasks_stay_within_their_bounds(
    rate: float, algorithm: Algorithm, luck: Luck
) -> None:
    environment = changed(BENCHMARK, {"load_balancer.algorithm": algorithm})
    best, worst = (scale_out(environment, rate, one) for one in LUCK)
    assert best.largest_backlog <= worst.largest_backlog + 1e-6
    assert best.gone_seconds <= worst.gone_seconds
    for course in (best, worst):
        tasks = [moment.tasks for moment in course.moments]
        assert tasks == sorted(tasks)
        assert tasks[0] == 4
        assert tasks[-1] <= 10
        assert (course.gone_seconds == 0) == (rate <= 4 * TASK)


@settings(max_examples=60)
@given(
    rate=st.floats(0, 3000),
    starts=st.lists(st.integers(0, 4), min_size=1, max_size=30),
    algorithm=st.sampled_from(ALGORITHMS),
)
def test_no_request_is_lost_or_invented(rate: float, starts: list[int], algorithm: Algorithm) -> None:
    """What came is what was served and what waits."""
    queues, served = Queues(100, algorithm), 0.0
    queues.add(1)
    for joining in starts:
        queues.add(joining)
        served += queues.step(rate) * queues.capacity
    assert served + queues.backlog == pytest.approx(rate * len(starts), abs=1e-3)


def test_least_outstanding_requests_spare_a_new_task_no_request_and_the_old_ones_all() -> None:
    """One task has 500 waiting, another one joins: 80 a second go there alone, while the first one works off 100."""
    queues = Queues(100, "least_outstanding_requests")
    queues.add(1)
    for _ in range(5):
        queues.step(200)
    queues.add(1)
    assert queues.wait_seconds == 0
    queues.step(80)
    assert queues.backlog == 400
    assert queues.wait_seconds == 0


def test_round_robin_keeps_on_sending_to_the_longest_queue() -> None:
    queues = Queues(100, "round_robin")
    queues.add(1)
    for _ in range(5):
        queues.step(200)
    queues.add(1)
    assert queues.wait_seconds == 5
    queues.step(80)
    assert queues.backlog == 440
