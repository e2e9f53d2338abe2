"""Percentiles of values that were measured, or simulated."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """By the nearest-rank method: the least of the values that so many percent of them do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("without a value there is no percentile")
    return sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]
