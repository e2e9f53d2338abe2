"""Lines of a log become metrics."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .conftest import AwsClient, Status


class Log:
    """A log group with one stream."""

    def __init__(self, aws: AwsClient, name: str) -> None:
        self._logs = aws("logs")
        self.group = f"/tests/{name}"
        self._logs.create_log_group(logGroupName=self.group)
        self._logs.create_log_stream(logGroupName=self.group, logStreamName="lines")

    def write(self, *lines: str) -> None:
        now = int(time.time() * 1000)
        self._logs.put_log_events(
            logGroupName=self.group,
            logStreamName="lines",
            logEvents=[{"timestamp": now, "message": line} for line in lines],
        )

    def count(self, name: str, pattern: str, **transformation: Any) -> None:
        self._logs.put_metric_filter(
            logGroupName=self.group,
            filterName=name,
            filterPattern=pattern,
            metricTransformations=[
                {"metricNamespace": "Tests", "metricName": name, "metricValue": "1", "unit": "Count", **transformation}
            ],
        )


@pytest.fixture
def log(aws: AwsClient, name: str) -> Log:
    return Log(aws, name)


def statistics(aws: AwsClient, namespace: str, name: str, **more: Any) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    found = aws("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=10),
        Period=3600,
        **more,
    )
    return list(found["Datapoints"])


def test_a_filter_counts_the_lines_that_match(aws: AwsClient, name: str, log: Log) -> None:
    log.count(name, '?"P1001" ?"out of memory"')
    log.write("all is well", "P1001: cannot reach it", "worker ran out of memory")
    (datapoint,) = statistics(aws, "Tests", name, Statistics=["Sum", "SampleCount"])
    assert (datapoint["Sum"], datapoint["Unit"]) == (2, "Count")


def test_lines_that_do_not_match_are_reported_as_the_default(aws: AwsClient, name: str, log: Log) -> None:
    log.count(name, "ERROR", defaultValue=0)
    log.count(f"{name}-without", "ERROR")
    log.write("all is well")
    (datapoint,) = statistics(aws, "Tests", name, Statistics=["Maximum"])
    assert datapoint["Maximum"] == 0
    assert statistics(aws, "Tests", f"{name}-without", Statistics=["Maximum"]) == []


def test_a_field_of_a_json_line_is_the_value(aws: AwsClient, name: str, log: Log) -> None:
    log.count(name, '{ $.level = "ERROR" }', metricValue="$.seconds")
    log.write('{"level": "ERROR", "seconds": 2.5}', '{"level": "INFO", "seconds": 9}', '{"level": "ERROR"}')
    (datapoint,) = statistics(aws, "Tests", name, Statistics=["Sum", "SampleCount"])
    assert (datapoint["Sum"], datapoint["SampleCount"]) == (2.5, 1)


def test_a_changed_filter_replaces_the_old_one(aws: AwsClient, name: str, log: Log) -> None:
    log.count(name, "ERROR")
    log.count(name, "WARNING")
    log.write("ERROR", "WARNING", "ERROR")
    (datapoint,) = statistics(aws, "Tests", name, Statistics=["Sum"])
    assert datapoint["Sum"] == 1


def test_a_filter_that_the_rehearsal_does_not_know_is_named(name: str, log: Log, status: Status) -> None:
    log.count(name, "[ip, user, status=5*]")
    log.write("127.0.0.1 me 500")
    assert "[ip, user, status=5*]" in status()["unsupported"][name]


def test_a_line_in_the_embedded_metric_format_is_a_metric(aws: AwsClient, name: str, log: Log) -> None:
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": name,
                    "Dimensions": [["Environment"]],
                    "Metrics": [{"Name": "Overhead", "Unit": "Milliseconds"}, {"Name": "Requests", "Unit": "Count"}],
                }
            ],
        },
        "Environment": "dev",
        "Overhead": [12.5, 3.25, 2.0],
        "Requests": 3,
    }
    log.write(json.dumps(line), '{"_aws": {"CloudWatchMetrics": ["broken"]}}')
    dimensions = [{"Name": "Environment", "Value": "dev"}]
    (overhead,) = statistics(aws, name, "Overhead", Dimensions=dimensions, ExtendedStatistics=["p95"])
    (requests,) = statistics(aws, name, "Requests", Dimensions=dimensions, Statistics=["Sum"])
    assert (overhead["ExtendedStatistics"], overhead["Unit"]) == ({"p95": 12.5}, "Milliseconds")
    assert requests["Sum"] == 3
