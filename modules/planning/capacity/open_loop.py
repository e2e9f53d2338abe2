"""Requests that come whether or not the earlier ones are answered: many independent clients.

Poisson arrivals, spread at random over the workers, so that each is an M/G/1 queue of its own (Pollaczek and
Khinchine; Kleinrock, "Queueing Systems", volume 1, chapter 5). Random routing is the cautious assumption: a load
balancer that knows how busy its tasks are does better.
"""

import math
from dataclasses import dataclass

from modules.planning.capacity.checks import not_negative, percentage, positive
from modules.planning.capacity.delay import within
from modules.planning.capacity.worker import PUBLISHED, Worker

EXPONENTIAL, CONSTANT = 1.0, 0.0
"""Squared coefficients of variation of the service time: M/M/1 and M/D/1."""


@dataclass(frozen=True, kw_only=True)
class OpenLoop:
    """The steady state of each worker.

    Attributes:
        variation: squared coefficient of variation of the service time.
    """

    requests_per_second: float
    workers: int
    worker: Worker
    variation: float

    @property
    def utilisation(self) -> float:
        """Of each worker, from 0 to 1."""
        return self.requests_per_second * self.worker.service_seconds / self.workers

    @property
    def mean_seconds(self) -> float:
        """From the question to its answer: delay, service, and the wait for those before it (Pollaczek-Khinchine)."""
        service, busy = self.worker.service_seconds, self.utilisation
        wait = busy * service * (1 + self.variation) / (2 * (1 - busy))
        return self.worker.fixed_delay_seconds + service + wait

    @property
    def requests_in_flight(self) -> float:
        """Little's law."""
        return self.requests_per_second * self.mean_seconds

    def percentile_seconds(self, percent: float) -> float:
        """Time within which so many percent are answered: exponential in an M/M/1 queue.

        Raises:
            ValueError: the service time is not exponential: simulate it; or the percentage is not below 100.
        """
        if self.variation != EXPONENTIAL:
            raise ValueError(
                f"percentiles have a formula for exponential service times alone, variation 1; for {self.variation:g} "
                "simulate it (simulation.simulate_open)"
            )
        queueing = self.worker.service_seconds / (1 - self.utilisation)
        multiple = services_within(percent)
        if not self.worker.delay_variation:
            return self.worker.fixed_delay_seconds + queueing * multiple
        return within(lambda seconds: math.exp(-seconds / queueing), self.worker, percent)


def services_within(percent: float) -> float:
    """Multiple of its mean that an exponential time stays below with this probability: 3.0 for 95 %.

    Raises:
        ValueError: the percentage is not above 0 and below 100.
    """
    percentage(percent=percent)
    if percent == 100:
        raise ValueError("the slowest answer has no limit; ask for a percentage below 100")
    return -math.log(1 - percent / 100)


def open_loop(
    requests_per_second: float, workers: int, worker: Worker = PUBLISHED, variation: float = EXPONENTIAL
) -> OpenLoop:
    """The steady state.

    Raises:
        ValueError: the workers are saturated, so that there is none; or a number means nothing.
    """
    positive(requests_per_second=requests_per_second, workers=workers)
    not_negative(variation=variation)
    loop = OpenLoop(requests_per_second=requests_per_second, workers=workers, worker=worker, variation=variation)
    if loop.utilisation >= 1:
        carried = workers * worker.requests_per_second
        raise ValueError(
            f"{requests_per_second:g} requests/s on {workers} workers that carry {carried:g}: the queue grows by "
            f"{requests_per_second - carried:g} requests each second, and has no steady state"
        )
    return loop
