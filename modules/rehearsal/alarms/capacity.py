"""How many tasks a scaling policy wants: arithmetic alone."""

import math
from collections.abc import Mapping, Sequence
from typing import Any


def within(capacity: int, minimum: int, maximum: int) -> int:
    return max(minimum, min(maximum, capacity))


def after_step(configuration: Mapping[str, Any], *, current: int, base: int, beyond_threshold: float) -> int:
    """What a step scaling policy wants.

    Args:
        base: the capacity that the adjustment is of: the current one, or the one before an increase that is still
            cooling down and counts as a part of this one.
        beyond_threshold: the alarm's value less its threshold.
    """
    step = step_for(configuration.get("StepAdjustments", []), beyond_threshold)
    if step is None:
        return current
    amount = step["ScalingAdjustment"]
    kind = configuration.get("AdjustmentType", "ChangeInCapacity")
    if kind == "ExactCapacity":
        return int(amount)
    if kind == "PercentChangeInCapacity":
        # API_StepScalingPolicyConfiguration: towards zero, but one task at least, or as many as are stated.
        least = configuration.get("MinAdjustmentMagnitude") or 1
        amount = math.copysign(max(abs(math.trunc(base * amount / 100)), least), amount)
    return base + int(amount)


def step_for(steps: Sequence[Mapping[str, Any]], beyond_threshold: float) -> Mapping[str, Any] | None:
    """API_StepAdjustment: above the threshold the lower bound belongs to a step, below it the upper one."""
    for step in steps:
        lower = float(step.get("MetricIntervalLowerBound", -math.inf))
        upper = float(step.get("MetricIntervalUpperBound", math.inf))
        above = lower <= beyond_threshold < upper
        below = lower < beyond_threshold <= upper
        if above if beyond_threshold >= 0 and lower >= 0 else below:
            return step
    return None


def for_target(*, current: int, value: float, target: float) -> int:
    """What target tracking wants: the capacity at which the metric, shared evenly, is at its target."""
    return math.ceil(round(current * value / target, 9))
