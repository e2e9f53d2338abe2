"""Closed and open loops event by event: what the formulas leave out, and a check of what they say.

A first-come-first-served worker needs no events of its own: a request's end is known as soon as it arrives. So a run
of 300,000 requests takes about a second. The first fifth of each run is warm-up and is left out.
"""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from modules.planning.capacity.checks import not_negative, percentage, positive
from modules.planning.capacity.closed_loop import Users
from modules.planning.capacity.delay import lognormal
from modules.planning.capacity.open_loop import EXPONENTIAL, open_loop
from modules.planning.capacity.worker import PUBLISHED, Worker
from modules.planning.percentile import percentile

WARM_UP = 0.2
"""Of a run's time."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What was measured after the warm-up.

    Attributes:
        requests: answered.
        in_flight: requests between question and answer, on average over time.
        responses: seconds from question to answer of each, shortest first.
    """

    seconds: float
    in_flight: float
    utilisation: float
    responses: tuple[float, ...]

    @property
    def requests(self) -> int:
        return len(self.responses)

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def mean_seconds(self) -> float:
        return math.fsum(self.responses) / self.requests

    def percentile_seconds(self, percent: float) -> float:
        """The shortest time that so many percent of the answers did not exceed."""
        percentage(percent=percent)
        return percentile(self.responses, percent)


class _Recorder:
    """Counts what happens between the end of the warm-up and the end of the run."""

    def __init__(self, seconds: float) -> None:
        self._from, self._until = seconds * WARM_UP, seconds
        self._responses: list[float] = []
        self._in_flight_seconds = 0.0
        self._busy_seconds = 0.0

    def record(self, asked: float, began: float, ended: float, answered: float) -> None:
        """
        Args:
            began: of the service, which ended at `ended`.
        """
        self._in_flight_seconds += self._inside(asked, answered)
        self._busy_seconds += self._inside(began, ended)
        if self._from <= answered < self._until:
            self._responses.append(answered - asked)

    def _inside(self, start: float, end: float) -> float:
        return max(0.0, min(end, self._until) - max(start, self._from))

    def run(self, workers: int) -> Run:
        if not self._responses:
            raise ValueError("no request was answered after the warm-up; simulate more seconds")
        seconds = self._until - self._from
        return Run(
            seconds=seconds,
            in_flight=self._in_flight_seconds / seconds,
            utilisation=self._busy_seconds / seconds / workers,
            responses=tuple(sorted(self._responses)),
        )


def simulate_closed(
    users: Users,
    workers: int,
    worker: Worker = PUBLISHED,
    *,
    seed: int,
    seconds: float = 120,
    variation: float = EXPONENTIAL,
) -> Run:
    """Near saturation the queues even out slowly, as (users / workers) squared services: the first percentiles of a
    run that is shorter are those of its beginning.

    Args:
        seconds: simulated, warm-up included.
        variation: squared coefficient of variation of the service time (gamma distributed; 0: constant).

    Raises:
        ValueError: neither think time nor delay, or a number means nothing, or the run is too short for an answer.
    """
    positive(workers=workers, seconds=seconds)
    shortest, longest = users.think_seconds
    if not longest + worker.fixed_delay_seconds:
        raise ValueError("think time and fixed delay are both 0: users who never pause are no load; state one of them")
    random, recorder = Random(seed), _Recorder(seconds)
    service, delay = _service(random, worker.service_seconds, variation), _delay(random, worker)
    free = [0.0] * workers
    # Users do not all start with their first question at once.
    asking = [random.uniform(0, longest) for _ in range(users.number)]
    heapq.heapify(asking)
    while asking[0] < seconds:
        asked = asking[0]
        chosen = int(random.random() * workers)
        began = max(asked, free[chosen])
        ended = free[chosen] = began + service()
        answered = ended + delay()
        recorder.record(asked, began, ended, answered)
        heapq.heapreplace(asking, answered + random.uniform(shortest, longest))
    return recorder.run(workers)


def simulate_open(
    requests_per_second: float,
    workers: int,
    worker: Worker = PUBLISHED,
    *,
    seed: int,
    seconds: float = 120,
    variation: float = EXPONENTIAL,
) -> Run:
    """Poisson arrivals; arguments as of `simulate_closed`.

    Raises:
        ValueError: the workers are saturated (see `backlog`), or a number means nothing, or the run is too short.
    """
    open_loop(requests_per_second, workers, worker, variation)
    positive(seconds=seconds)
    random, recorder = Random(seed), _Recorder(seconds)
    service, delay = _service(random, worker.service_seconds, variation), _delay(random, worker)
    free = [0.0] * workers
    asked = random.expovariate(requests_per_second)
    while asked < seconds:
        chosen = int(random.random() * workers)
        began = max(asked, free[chosen])
        ended = free[chosen] = began + service()
        recorder.record(asked, began, ended, ended + delay())
        asked += random.expovariate(requests_per_second)
    return recorder.run(workers)


def _service(random: Random, mean_seconds: float, variation: float) -> Callable[[], float]:
    not_negative(variation=variation)
    if variation == 0:
        return lambda: mean_seconds
    if variation == EXPONENTIAL:
        return lambda: random.expovariate(1 / mean_seconds)
    return lambda: random.gammavariate(1 / variation, mean_seconds * variation)


def _delay(random: Random, worker: Worker) -> Callable[[], float]:
    if not worker.delay_variation or not worker.fixed_delay_seconds:
        return lambda: worker.fixed_delay_seconds
    location, sigma = lognormal(worker)
    return lambda: random.lognormvariate(location, sigma)
