"""Right-sizing by measured utilisation, with the two limits of the source.

The source architecture, "Cost Optimization", "Right-Sizing": "Scale down if consistently under 50% utilization; Scale
up if consistently over 80% utilization". It does not say what "consistently" is: here it is nineteen of twenty minutes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modules.planning.fargate import MEMORY_MIB_BY_CPU_UNITS
from modules.planning.percentile import percentile

SCALE_DOWN_BELOW_PERCENT = 50
SCALE_UP_ABOVE_PERCENT = 80
CONSISTENT_PERCENT = 95
LEAST_SAMPLES = 60
"""Fewer say nothing about a day and a night; of a minute each, these are an hour."""

Advice = Literal["scale down", "keep", "scale up", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Utilisation:
    """
    Attributes:
        quiet_percent, busy_percent: what nineteen of twenty samples are above, and below.
        advice: `unknown` when there are too few samples.
    """

    samples: int
    quiet_percent: float
    busy_percent: float
    advice: Advice


def utilisation(percents: Sequence[float]) -> Utilisation:
    """
    Args:
        percents: the service's averages of equally long periods.

    Raises:
        ValueError: there are none.
    """
    quiet = percentile(percents, 100 - CONSISTENT_PERCENT)
    busy = percentile(percents, CONSISTENT_PERCENT)
    return Utilisation(
        samples=len(percents), quiet_percent=quiet, busy_percent=busy, advice=_advice(len(percents), quiet, busy)
    )


def _advice(samples: int, quiet_percent: float, busy_percent: float) -> Advice:
    if samples < LEAST_SAMPLES:
        return "unknown"
    if busy_percent < SCALE_DOWN_BELOW_PERCENT:
        return "scale down"
    return "scale up" if quiet_percent > SCALE_UP_ABOVE_PERCENT else "keep"


def right_tasks(tasks: float, busy_percent: float) -> int:
    """The fewest tasks of the same size whose busy minutes stay within the upper limit, as the work is shared."""
    return max(1, math.ceil(tasks * busy_percent / SCALE_UP_ABOVE_PERCENT))


def right_memory_mib(cpu_units: int, memory_mib: int, busy_percent: float) -> int | None:
    """The least memory that Fargate has with this CPU and that busy minutes fill within the upper limit; None: this CPU
    has no such size.

    Raises:
        KeyError: Fargate has no such CPU.
    """
    needed = memory_mib * busy_percent / SCALE_UP_ABOVE_PERCENT
    return next((size for size in MEMORY_MIB_BY_CPU_UNITS[cpu_units] if size >= needed), None)
