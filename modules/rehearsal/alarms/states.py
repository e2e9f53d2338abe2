"""From data points to an alarm's state, as CloudWatch decides it."""

from collections.abc import Callable, Sequence
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
MissingData = Literal["missing", "ignore", "breaching", "notBreaching"]

ADDITIONAL_PERIODS = 2
"""CloudWatch looks further back than the evaluation periods, so that a late data point is not a missing one. How far is
documented by example only: five for three (CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing
data")."""

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (lambda value, threshold: value > threshold, "greater than"),
    "GreaterThanOrEqualToThreshold": (lambda value, threshold: value >= threshold, "greater than or equal to"),
    "LessThanThreshold": (lambda value, threshold: value < threshold, "less than"),
    "LessThanOrEqualToThreshold": (lambda value, threshold: value <= threshold, "less than or equal to"),
}


def state_of(
    breaching: Sequence[bool | None], *, periods: int, datapoints_to_alarm: int, missing: MissingData, current: State
) -> State:
    """The state after an evaluation.

    Args:
        breaching: of each period of the evaluation range, oldest first; None where there is no data point.
        periods: evaluation periods; with as many data points in the range, the newest of them decide alone.
        missing: what a period counts as that has to be filled because there are fewer.
    """
    available = [point for point in breaching if point is not None]
    if len(available) >= periods:
        return "ALARM" if sum(available[-periods:]) >= datapoints_to_alarm else "OK"
    filled = periods - len(available) if missing == "breaching" else 0
    if sum(available) + filled >= datapoints_to_alarm:
        return "ALARM"
    if missing in ("breaching", "notBreaching"):
        return "OK"
    if not available:
        return "INSUFFICIENT_DATA" if missing == "missing" else current
    if not all(available):
        return "OK"
    # Every data point breaches, but they are too few to alarm: an old one alarms none the less, because a newer one
    # may never come; after a recent one the next evaluation decides.
    age_of_oldest = len(breaching) - next(index for index, point in enumerate(breaching) if point is not None)
    return "ALARM" if missing == "missing" and age_of_oldest >= datapoints_to_alarm else current
