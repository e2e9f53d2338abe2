"""Users who wait for their answer, think, and ask again: Locust's load, and LiteLLM's published benchmark.

Exact mean-value analysis (Reiser and Lavenberg, "Mean-value analysis of closed multichain queuing networks", JACM
1980) of m identical single-server queues with random routing, and a delay that nobody queues for. It is exact for
exponential service times and any distribution of think time and delay (BCMP theorem); real service times vary
differently, and collections of garbage or writes to the database stretch the slowest answers: percentiles above the
95th come out too low (operations.md, section 5).
"""

import math
from dataclasses import dataclass
from functools import cached_property

from modules.planning.capacity.checks import not_negative, percentage, positive
from modules.planning.capacity.delay import within
from modules.planning.capacity.worker import PUBLISHED, Worker

PORTS_OF_AN_ADDRESS = 64_511
"""From 1,025 to 65,535: a client's connections to one address and port of the load balancer."""
_NEGLIGIBLE = 1e-15


@dataclass(frozen=True, kw_only=True)
class Users:
    """
    Attributes:
        think_seconds: shortest and longest wait between an answer and the next question, as in Locust's `between`.
        addresses: of the load generators.

    Raises:
        ValueError: there are none, more than the addresses have ports for, or they think for a negative time.
    """

    number: int
    think_seconds: tuple[float, float] = (0.5, 1.0)
    addresses: int = 1

    def __post_init__(self) -> None:
        positive(number_of_users=self.number, addresses_of_users=self.addresses)
        shortest, longest = self.think_seconds
        not_negative(shortest_think_seconds=shortest, longest_think_seconds=longest)
        if shortest > longest:
            raise ValueError(f"users think for {shortest:g} to {longest:g} s; state the shorter time first")
        if self.number > self.addresses * PORTS_OF_AN_ADDRESS:
            raise ValueError(
                f"{self.number} users on {self.addresses} addresses: each of them has {PORTS_OF_AN_ADDRESS} ports for "
                f"connections to the load balancer; take {-(-self.number // PORTS_OF_AN_ADDRESS)} addresses or more"
            )

    @property
    def mean_think_seconds(self) -> float:
        return sum(self.think_seconds) / 2

    def requests_per_second(self, response_seconds: float) -> float:
        """The interactive response-time law: what so many users ask when answers take so long (Denning and Buzen,
        "The operational analysis of queueing network models", 1978).

        Raises:
            ValueError: answers take a negative time, or neither think time nor answers take any.
        """
        not_negative(response_seconds=response_seconds)
        cycle_seconds = response_seconds + self.mean_think_seconds
        positive(think_time_and_response_together=cycle_seconds)
        return self.number / cycle_seconds


@dataclass(frozen=True)
class ClosedLoop:
    """The steady state. `throughputs` has the requests per second with 0, 1, ... users on `workers` workers."""

    workers: int
    worker: Worker
    throughputs: tuple[float, ...]
    queueing_seconds: float

    @property
    def requests_per_second(self) -> float:
        return self.throughputs[-1]

    @property
    def mean_seconds(self) -> float:
        """From the question to its answer."""
        return self.worker.fixed_delay_seconds + self.queueing_seconds

    @property
    def utilisation(self) -> float:
        """Of each worker, from 0 to 1 (utilisation law)."""
        return self.requests_per_second * self.worker.service_seconds / self.workers

    def percentile_seconds(self, percent: float) -> float:
        """Time within which so many percent of the questions are answered.

        A question finds the queue as it is with one user less (arrival theorem), k before it with the probability that
        mean-value analysis gives; it then takes k + 1 exponential services.

        Raises:
            ValueError: the percentage is not above 0 and below 100.
        """
        percentage(percent=percent)
        if percent == 100:
            raise ValueError("the slowest answer has no limit; ask for a percentage below 100")
        return within(self._share_that_queues_longer, self.worker, percent)

    def _share_that_queues_longer(self, seconds: float) -> float:
        """P(T > t) = sum over j of Poisson(j; t / s) P(at least j in the queue on arrival)."""
        services = seconds / self.worker.service_seconds
        log_services, log_probability, share = math.log(services), -services, 0.0
        for count, at_least in enumerate(self._queue_on_arrival):
            if count:
                log_probability += log_services - math.log(count)
            share += math.exp(log_probability) * at_least
        return share

    @cached_property
    def _queue_on_arrival(self) -> tuple[float, ...]:
        """P(at least j at one worker with n users) is the product of its utilisations with n, n - 1, ... users."""
        tail = [1.0]
        for throughput in reversed(self.throughputs[1:-1]):
            tail.append(tail[-1] * throughput * self.worker.service_seconds / self.workers)
            if tail[-1] < _NEGLIGIBLE:
                break
        return tuple(tail)


def closed_loop(users: Users, workers: int, worker: Worker = PUBLISHED) -> ClosedLoop:
    """The steady state of so many users on so many workers.

    Raises:
        ValueError: there is no worker, or neither think time nor delay: then every user is always in a queue, which no
            person and no client is.
    """
    positive(workers=workers)
    delay_seconds = users.mean_think_seconds + worker.fixed_delay_seconds
    if not delay_seconds:
        raise ValueError("think time and fixed delay are both 0: users who never pause are no load; state one of them")
    throughputs, queue = [0.0], 0.0
    queueing_seconds = worker.service_seconds
    for number in range(1, users.number + 1):
        queueing_seconds = worker.service_seconds * (1 + queue)
        throughputs.append(number / (delay_seconds + queueing_seconds))
        queue = throughputs[-1] * queueing_seconds / workers
    return ClosedLoop(workers, worker, tuple(throughputs), queueing_seconds)
