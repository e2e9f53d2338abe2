"""How many tasks a rate needs, and which rate a fleet carries: with a zone lost, at a latency objective."""

import math
from dataclasses import dataclass

from modules.planning.capacity.checks import percentage, positive
from modules.planning.capacity.fleet import capacity, survivors, tasks_for
from modules.planning.capacity.open_loop import open_loop, services_within
from modules.planning.capacity.worker import PUBLISHED, Worker


@dataclass(frozen=True, kw_only=True)
class LatencyObjective:
    """So many percent of the answers within so long, the LLM's time included.

    Raises:
        ValueError: a number means nothing.
    """

    percent: float
    seconds: float

    def __post_init__(self) -> None:
        services_within(self.percent)
        positive(latency_objective_seconds=self.seconds)

    def __str__(self) -> str:
        return f"{self.percent:g} % of answers within {1000 * self.seconds:g} ms"


@dataclass(frozen=True, kw_only=True)
class Need:
    """What the fleet is to carry, also when the zone with the most tasks is lost.

    Attributes:
        utilisation_limit_percent: of the workers that are left.
        latency: on the workers that are left; None: none is stated.

    Raises:
        ValueError: a number means nothing.
    """

    requests_per_second: float
    zones: int = 2
    utilisation_limit_percent: int = 80
    latency: LatencyObjective | None = None

    def __post_init__(self) -> None:
        positive(requests_per_second=self.requests_per_second, zones=self.zones)
        percentage(utilisation_limit_percent=self.utilisation_limit_percent)

    @property
    def percent(self) -> float:
        """Of the answers whose time is looked at."""
        return self.latency.percent if self.latency else 95

    def limit_percent(self, worker: Worker = PUBLISHED) -> float:
        """The stricter one of both limits, as a share of the workers' time.

        In an M/M/1 queue a share p of the answers takes at most D + s ln(1 / (1 - p)) / (1 - utilisation), so that an
        objective of latency is a limit of utilisation.

        Raises:
            ValueError: not even idle workers meet the objective.
        """
        if self.latency is None:
            return self.utilisation_limit_percent
        queueing = self.latency.seconds - worker.fixed_delay_seconds
        idle = worker.service_seconds * services_within(self.latency.percent)
        if queueing <= idle:
            raise ValueError(
                f"{self.latency} cannot be met by any number of tasks: an idle worker takes "
                f"{1000 * worker.fixed_delay_seconds:.0f} ms of fixed delay (LLM and network) + {1000 * idle:.0f} ms = "
                f"{1000 * (worker.fixed_delay_seconds + idle):.0f} ms; state more, or a faster LLM"
            )
        return min(self.utilisation_limit_percent, 100 * (1 - idle / queueing))


def tasks_needed(need: Need, workers: int, worker: Worker = PUBLISHED) -> int:
    """The fewest tasks of so many workers; never fewer than one for each zone.

    Raises:
        ValueError: no number of tasks meets the need (one zone alone, or a latency below the fixed delay).
    """
    fewest = tasks_for(need.requests_per_second, workers, need.limit_percent(worker), need.zones, worker)
    return max(need.zones, fewest)


def rate_carried(
    tasks: int,
    workers: int,
    *,
    zones: int,
    utilisation_limit_percent: int,
    latency: LatencyObjective | None = None,
    worker: Worker = PUBLISHED,
    zone_lost: bool = True,
) -> float:
    """Requests per second within both limits; 0 when no task is left.

    Raises:
        ValueError: not even idle workers meet the latency objective, or a number means nothing.
    """
    positive(tasks=tasks, workers=workers)
    # The rate itself does not matter for the limit.
    need = Need(
        requests_per_second=1, zones=zones, utilisation_limit_percent=utilisation_limit_percent, latency=latency
    )
    left = survivors(tasks, zones) if zone_lost else tasks
    return capacity(left, workers, worker) * need.limit_percent(worker) / 100


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A fleet under a rate of independent clients. Saturated, its latencies grow without end: they are infinite."""

    utilisation: float
    median_seconds: float
    percentile_seconds: float


def situation(
    requests_per_second: float, tasks: int, workers: int, worker: Worker = PUBLISHED, *, percent: float = 95
) -> Situation:
    """
    Args:
        percent: of the answers, for `percentile_seconds`.

    Raises:
        ValueError: a number means nothing.
    """
    positive(requests_per_second=requests_per_second, tasks=tasks, workers=workers)
    utilisation = requests_per_second / capacity(tasks, workers, worker)
    if utilisation >= 1:
        return Situation(utilisation=utilisation, median_seconds=math.inf, percentile_seconds=math.inf)
    loop = open_loop(requests_per_second, tasks * workers, worker)
    return Situation(
        utilisation=utilisation,
        median_seconds=loop.percentile_seconds(50),
        percentile_seconds=loop.percentile_seconds(percent),
    )
