"""CloudWatch metrics of the data plane."""

from datetime import datetime

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import utcnow

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.lifecycle import ACCOUNT_ID


def put(
    region: str,
    namespace: str,
    name: str,
    dimensions: dict[str, str],
    values: list[float],
    unit: str = "None",
    timestamp: datetime | None = None,
) -> None:
    with LOCK:
        cloudwatch_backends[ACCOUNT_ID][region].put_metric_data(
            namespace,
            [
                {
                    "MetricName": name,
                    "Values": values,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                    "Unit": unit,
                    "Timestamp": timestamp or utcnow(),
                }
            ],
        )
