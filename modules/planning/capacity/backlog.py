"""Requests that pile up while more come than are served.

A fluid, second by second: so many a second come to a task, so many it serves, and the difference waits there. What
waits at one task stays there. A new one takes new requests alone: with round robin its share, with least outstanding
requests all of them, until it is as busy as the others (Elastic Load Balancing, "Target groups for your Application
Load Balancers", routing algorithms). Left out are chance, which makes queues below saturation, too (`open_loop`), and
clients who give up.
"""

import math
from dataclasses import dataclass
from typing import Literal

from modules.planning.capacity.checks import not_negative, positive

Algorithm = Literal["round_robin", "least_outstanding_requests"]

_NOBODY = 1e-6
"""Of a request: what is left of a backlog by rounding."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """
    Attributes:
        tasks: that serve.
        backlog: requests that wait.
        wait_seconds: of a request that comes now, at the task where it is longest.
    """

    seconds: float
    tasks: int
    backlog: float
    wait_seconds: float


@dataclass(frozen=True, kw_only=True)
class Course:
    """Of one load, from the moment at which something changed.

    Attributes:
        grows: more comes than is served for good.
    """

    requests_per_second: float
    moments: tuple[Moment, ...]
    grows: bool

    @property
    def largest_backlog(self) -> float:
        """Infinite when it grows for good."""
        return math.inf if self.grows else max(moment.backlog for moment in self.moments)

    @property
    def longest_wait_seconds(self) -> float:
        return math.inf if self.grows else max(moment.wait_seconds for moment in self.moments)

    @property
    def gone_seconds(self) -> float:
        """From the change until nothing waits any more; infinite when that never is, 0 when nothing ever waits."""
        waiting = [moment.seconds for moment in self.moments if moment.backlog]
        if not waiting:
            return 0.0
        return math.inf if self.grows or self.moments[-1].backlog else waiting[-1] + 1

    @property
    def tasks(self) -> int:
        """At the end."""
        return self.moments[-1].tasks


@dataclass(kw_only=True)
class _Cohort:
    """Tasks that started together, and what waits at each of them."""

    tasks: int
    waiting: float = 0.0
    coming: float = 0.0


class Queues:
    """What waits at each task; `step` by `step`.

    Raises:
        ValueError: a task serves nothing.
    """

    def __init__(self, capacity_of_a_task: float, algorithm: Algorithm) -> None:
        positive(capacity_of_a_task=capacity_of_a_task)
        self._capacity = capacity_of_a_task
        self._algorithm = algorithm
        self._cohorts: list[_Cohort] = []

    @property
    def tasks(self) -> int:
        return sum(cohort.tasks for cohort in self._cohorts)

    @property
    def capacity(self) -> float:
        return self.tasks * self._capacity

    @property
    def backlog(self) -> float:
        return sum(cohort.tasks * cohort.waiting for cohort in self._cohorts)

    @property
    def wait_seconds(self) -> float:
        """Of a request that comes now: with round robin some go to the longest queue, else all go to the shortest."""
        waiting = [cohort.waiting for cohort in self._cohorts]
        return (max if self._algorithm == "round_robin" else min)(waiting) / self._capacity

    def add(self, tasks: int) -> None:
        if tasks:
            self._cohorts.append(_Cohort(tasks=tasks))

    def step(self, requests_per_second: float) -> float:
        """A second passes; the share of the tasks' time in it that was used.

        Raises:
            ValueError: the rate is negative, or there is no task.
        """
        not_negative(requests_per_second=requests_per_second)
        positive(tasks=self.tasks)
        self._spread(requests_per_second)
        served = 0.0
        for cohort in self._cohorts:
            there = cohort.waiting + cohort.coming
            left = there - self._capacity
            cohort.waiting = left if left > _NOBODY else 0.0
            served += cohort.tasks * (there - cohort.waiting)
        return min(1.0, served / self.capacity)

    def moment(self, seconds: float) -> Moment:
        return Moment(seconds=seconds, tasks=self.tasks, backlog=self.backlog, wait_seconds=self.wait_seconds)

    def _spread(self, requests: float) -> None:
        if self._algorithm == "round_robin":
            for cohort in self._cohorts:
                cohort.coming = requests / self.tasks
            return
        level = self._level(requests)
        for cohort in self._cohorts:
            cohort.coming = max(0.0, level - cohort.waiting)

    def _level(self, requests: float) -> float:
        """To which the shortest queues are filled."""
        tasks, there = 0, requests
        by_length = sorted(self._cohorts, key=lambda cohort: cohort.waiting)
        for cohort, longer in zip(by_length, [*by_length[1:], None], strict=True):
            tasks += cohort.tasks
            there += cohort.tasks * cohort.waiting
            if longer is None or there <= tasks * longer.waiting:
                break
        return there / tasks
