"""Metrics that AWS's own services report: the data plane puts here what really happened."""

from collections.abc import Mapping, Sequence
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
