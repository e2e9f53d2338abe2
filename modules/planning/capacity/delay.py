"""The part of a request's time in which it queues for nothing, as it is distributed."""

import math
from collections.abc import Callable
from statistics import NormalDist

from modules.planning.capacity.worker import Worker

_DELAYS = 60
_PRECISION = 1e-6


def delays(worker: Worker) -> tuple[float, ...]:
    """Equally likely ones, in seconds: the middles of so many slices of the lognormal distribution."""
    mean = worker.fixed_delay_seconds
    if not worker.delay_variation or not mean:
        return (mean,)
    location, sigma = lognormal(worker)
    normal = NormalDist(location, sigma)
    return tuple(math.exp(normal.inv_cdf((place + 0.5) / _DELAYS)) for place in range(_DELAYS))


def lognormal(worker: Worker) -> tuple[float, float]:
    """Mean and standard deviation of the delay's logarithm.

    Raises:
        ValueError: the delay is 0.
    """
    square = math.log1p(worker.delay_variation)
    return math.log(worker.fixed_delay_seconds) - square / 2, math.sqrt(square)


def within(share_that_queues_longer: Callable[[float], float], worker: Worker, percent: float) -> float:
    """Seconds within which so many percent of the requests are answered: the delay is added to what they queue for,
    which does not depend on it.

    Args:
        share_that_queues_longer: than so many seconds above 0, service included; from 0 to 1.
    """
    each, longer = delays(worker), 1 - percent / 100
    shortest = each[0]

    def share(beyond: float) -> float:
        waits = (beyond - (one - shortest) for one in each)
        return sum(share_that_queues_longer(wait) if wait > 0 else 1 for wait in waits) / len(each)

    # Beyond the shortest delay, which may be so long that floating point cannot tell the rest from nothing.
    least, most = 0.0, worker.service_seconds
    while share(most) > longer:
        least, most = most, 2 * most
    while most - least > _PRECISION * most:
        middle = (least + most) / 2
        least, most = (middle, most) if share(middle) > longer else (least, middle)
    return shortest + most
