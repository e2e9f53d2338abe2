"""Requests that pile up while more come than are served.

A fluid: so many a second come, so many are served, and the difference is a straight line. It leaves out chance, which
makes queues below saturation, too (`open_loop`); above it the line is what counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from modules.planning.capacity.checks import not_negative

_NOBODY = 1e-6
"""Of a request: what is left of a backlog by rounding."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """
    Attributes:
        tasks: that serve from this moment on.
        capacity: requests per second that they serve at the most.
        backlog: requests that wait.
    """

    seconds: float
    tasks: int
    capacity: float
    backlog: float

    @property
    def wait_seconds(self) -> float:
        """Of a request that comes at this moment, if no further task comes to help."""
        if not self.backlog:
            return 0.0
        return self.backlog / self.capacity if self.capacity else math.inf

    def later(self, requests_per_second: float, seconds: float, tasks: int, capacity: float) -> tuple["Moment", ...]:
        """The moment at `seconds`, from which so many tasks serve, and before it the one at which the backlog was gone,
        if there was one."""
        grows = requests_per_second - self.capacity
        then = self.backlog + grows * (seconds - self.seconds)
        then = then if then > _NOBODY else 0.0
        moment = Moment(seconds=seconds, tasks=tasks, capacity=capacity, backlog=then)
        gone = self.gone_seconds(requests_per_second)
        if self.seconds < gone < seconds:
            return Moment(seconds=gone, tasks=self.tasks, capacity=self.capacity, backlog=0.0), moment
        return (moment,)

    def gone_seconds(self, requests_per_second: float) -> float:
        """When the backlog is gone, with these tasks; infinite when it never is."""
        if not self.backlog:
            return self.seconds
        shrinks = self.capacity - requests_per_second
        return self.seconds + self.backlog / shrinks if shrinks > 0 else math.inf


@dataclass(frozen=True, kw_only=True)
class Course:
    """Of one load, from the moment at which something changed until the backlog is gone, or for good."""

    requests_per_second: float
    moments: tuple[Moment, ...]

    @property
    def largest_backlog(self) -> float:
        """Infinite when it grows for good."""
        last = self.moments[-1]
        if last.capacity < self.requests_per_second:
            return math.inf
        return max(moment.backlog for moment in self.moments)

    @property
    def longest_wait_seconds(self) -> float:
        return math.inf if math.isinf(self.largest_backlog) else max(one.wait_seconds for one in self.moments)

    @property
    def gone_seconds(self) -> float:
        """From the change until nothing waits any more; infinite when it never is so, 0 when nothing ever waits."""
        last = self.moments[-1]
        if last.capacity < self.requests_per_second:
            return math.inf
        waiting = [index for index, moment in enumerate(self.moments) if moment.backlog]
        if not waiting:
            return 0.0
        if waiting[-1] == len(self.moments) - 1:
            return last.gone_seconds(self.requests_per_second)
        return self.moments[waiting[-1] + 1].seconds

    @property
    def tasks(self) -> int:
        """At the end."""
        return self.moments[-1].tasks


def course(requests_per_second: float, steps: Sequence[tuple[float, int, float]], *, watch_seconds: float) -> Course:
    """
    Args:
        steps: when, how many tasks serve from then on, and what they carry; the first at 0, in order of time.
        watch_seconds: how long to follow a backlog that never goes.

    Raises:
        ValueError: the rate is negative, or there is no step.
    """
    not_negative(requests_per_second=requests_per_second)
    if not steps:
        raise ValueError("no task at any moment: state what serves at the beginning")
    (seconds, tasks, capacity), *rest = steps
    moments = [Moment(seconds=seconds, tasks=tasks, capacity=capacity, backlog=0.0)]
    for seconds, tasks, capacity in rest:
        moments.extend(moments[-1].later(requests_per_second, seconds, tasks, capacity))
    last = moments[-1]
    gone = last.gone_seconds(requests_per_second)
    end = gone if math.isfinite(gone) else max(watch_seconds, last.seconds)
    if end > last.seconds:
        moments.append(last.later(requests_per_second, end, last.tasks, last.capacity)[-1])
    return Course(requests_per_second=requests_per_second, moments=tuple(moments))
