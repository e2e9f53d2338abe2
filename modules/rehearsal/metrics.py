"""Metrics that AWS's own services report: the data plane puts here what really happened."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.lifecycle import ACCOUNT_ID


def put(
    region: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    values: Sequence[float],
    unit: str = "None",
    timestamp: datetime | None = None,
) -> None:
    """What was measured, as PutMetricData takes it; without values there is nothing to put.

    Args:
        values: each one counts in the statistics, e.g. the seconds of every request of the last minute.
        timestamp: with a time zone; of the minute that the values are of, or now.
    """
    if not values:
        return
    datum = {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Values": list(values),
        "Unit": unit,
        # moto compares times without a zone, in UTC.
        "Timestamp": (timestamp or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None),
    }
    with LOCK:
        cloudwatch_backends[ACCOUNT_ID][region].put_metric_data(namespace, [datum])


class Minutes:
    """AWS's minutes, as long as they take here: for what reports once in each.

    Who reported an interval after the last report instead would drift, and leave out a minute now and then.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            seconds: how long a minute takes here.
            clock: seconds since the epoch.
        """
        self._seconds = seconds
        self._clock = clock
        self._current = self._number()

    def over(self) -> datetime | None:
        """The middle of the last minute that is over, once: the timestamp of what was measured in it."""
        number = self._number()
        if number == self._current:
            return None
        self._current = number
        return datetime.fromtimestamp((number - 0.5) * self._seconds, UTC)

    def _number(self) -> int:
        return math.floor(self._clock() / self._seconds)
