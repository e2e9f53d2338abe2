"""What a fleet carries, and what is left of it when a zone is lost."""

import math

from modules.planning.capacity.checks import not_negative, percentage, positive
from modules.planning.capacity.worker import PUBLISHED, Worker


def capacity(tasks: int, workers: int, worker: Worker = PUBLISHED) -> float:
    """Requests in a second that saturate `tasks` tasks of `workers` workers each."""
    return tasks * workers * worker.requests_per_second


def survivors(tasks: int, zones: int) -> int:
    """Tasks that are left when the zone with the most of them is lost; ECS spreads them evenly over the zones."""
    return tasks - -(-tasks // zones)


def utilisation_percent(requests_per_second: float, tasks: int, workers: int, worker: Worker = PUBLISHED) -> float:
    """Share of the workers' time that the load takes; above 100 it is more than they have.

    Raises:
        ValueError: the rate is negative.
        ZeroDivisionError: there are no tasks, of which there is no such share.
    """
    not_negative(requests_per_second=requests_per_second)
    return 100 * requests_per_second / capacity(tasks, workers, worker)


def tasks_for(
    requests_per_second: float,
    workers: int,
    utilisation_limit_percent: float,
    zones: int,
    worker: Worker = PUBLISHED,
) -> int:
    """The fewest tasks whose survivors of a lost zone stay within the limit.

    Raises:
        ValueError: one zone has no survivors, whatever the number of tasks; or a number means nothing.
    """
    positive(requests_per_second=requests_per_second, workers=workers)
    percentage(utilisation_limit_percent=utilisation_limit_percent)
    if zones < 2:
        raise ValueError(f"{zones} zones: nothing survives the loss of the only one")
    needed = math.ceil(100 * requests_per_second / (capacity(1, workers, worker) * utilisation_limit_percent))
    # Of n tasks n - ceil(n / zones) = floor(n * (zones - 1) / zones) survive.
    return -(-needed * zones // (zones - 1))
