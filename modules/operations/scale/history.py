"""What CloudWatch has recorded of the service: CPU, memory, requests, tasks that served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from modules.operations.outputs import Outputs
from modules.operations.scale.running import Running

FINE_HOURS = 24
"""As far back minutes are asked for; for longer, periods of five: a week of them is some 2,000 numbers."""


class CloudWatch(Protocol):
    """`boto3.client("cloudwatch")`, for which the project has no typed client."""

    def get_metric_data(self, **request: Any) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Series:
    """Values of periods by the seconds since 1970 at which each began; periods without a value are left out."""

    times: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class History:
    """
    Attributes:
        ended: seconds since 1970.
        cpu_percent, memory_percent: the service's average.
        requests_per_second: that reached the load balancer; CloudWatch has nothing of a period without any.
        tasks: healthy targets, on average.
    """

    ended: float
    period_seconds: int
    cpu_percent: Series
    memory_percent: Series
    requests_per_second: Series
    tasks: Series


def read_history(cloudwatch: CloudWatch, outputs: Outputs, running: Running, *, now: float, hours: float) -> History:
    """The last so many hours, the period that is not over yet left out."""
    period = 60 if hours <= FINE_HOURS else 300
    service = {"ClusterName": outputs.cluster, "ServiceName": outputs.service}
    balancer = {"LoadBalancer": running.load_balancer}
    group = {**balancer, "TargetGroup": running.target_group_arn.rpartition(":")[2]}
    queries = [
        _query("cpu", "AWS/ECS", "CPUUtilization", service, "Average", period),
        _query("memory", "AWS/ECS", "MemoryUtilization", service, "Average", period),
        _query("requests", "AWS/ApplicationELB", "RequestCount", balancer, "Sum", period),
        _query("tasks", "AWS/ApplicationELB", "HealthyHostCount", group, "Average", period),
    ]
    end = now // period * period
    found = _read(cloudwatch, queries, end - 3600 * hours, end)
    rates = {at: requests / period for at, requests in found["requests"].items()}
    return History(
        ended=end,
        period_seconds=period,
        cpu_percent=_series(found["cpu"], end),
        memory_percent=_series(found["memory"], end),
        requests_per_second=_series(rates, end),
        tasks=_series(found["tasks"], end),
    )


def _read(
    cloudwatch: CloudWatch, queries: Sequence[Mapping[str, Any]], start: float, end: float
) -> dict[str, dict[float, float]]:
    found: dict[str, dict[float, float]] = {query["Id"]: {} for query in queries}
    request = {
        "MetricDataQueries": queries,
        "StartTime": datetime.fromtimestamp(start, UTC),
        "EndTime": datetime.fromtimestamp(end, UTC),
    }
    token: dict[str, str] = {}
    while True:
        answer = cloudwatch.get_metric_data(**request, **token)
        for result in answer["MetricDataResults"]:
            moments = (moment.timestamp() for moment in result["Timestamps"])
            found[result["Id"]].update(zip(moments, result["Values"], strict=True))
        if not answer.get("NextToken"):
            return found
        token = {"NextToken": answer["NextToken"]}


def _query(
    id_: str, namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, period_seconds: int
) -> dict[str, Any]:
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": period_seconds,
            "Stat": statistic,
        },
    }


def _series(values: Mapping[float, float], end: float) -> Series:
    points = sorted((at, value) for at, value in values.items() if at < end)
    return Series(times=tuple(at for at, _ in points), values=tuple(value for _, value in points))
