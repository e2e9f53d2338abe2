"""Alarms change state by what is measured, and tell."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .conftest import MINUTE_SECONDS, AwsClient, Mailbox, Status, eventually

Report = Callable[[float], None]


@pytest.fixture
def report(aws: AwsClient, name: str) -> Report:
    """Puts a value of the test's own metric."""
    cloudwatch = aws("cloudwatch")

    def put(value: float) -> None:
        cloudwatch.put_metric_data(
            Namespace="Tests",
            MetricData=[{"MetricName": name, "Value": value, "Dimensions": [{"Name": "Test", "Value": name}]}],
        )

    return put


def put_alarm(cloudwatch: Any, name: str, **settings: Any) -> None:
    cloudwatch.put_metric_alarm(
        **{
            "AlarmName": name,
            "Namespace": "Tests",
            "MetricName": name,
            "Dimensions": [{"Name": "Test", "Value": name}],
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 2,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold",
            **settings,
        }
    )


def shown(cloudwatch: Any, name: str) -> dict[str, Any]:
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (alarm,) = [*found["MetricAlarms"], *found["CompositeAlarms"]]
    return dict(alarm)


def state(cloudwatch: Any, name: str) -> str:
    return str(shown(cloudwatch, name)["StateValue"])


def test_an_alarm_goes_on_tells_the_topic_and_goes_off_again(
    aws: AwsClient, name: str, report: Report, mailbox: Mailbox, status: Status
) -> None:
    cloudwatch = aws("cloudwatch")
    put_alarm(cloudwatch, name, AlarmActions=[mailbox.topic_arn], OKActions=[mailbox.topic_arn])
    assert state(cloudwatch, name) == "INSUFFICIENT_DATA"

    eventually(lambda: state(cloudwatch, name) == "ALARM", meanwhile=lambda: report(9))
    assert "greater than the threshold (5.0)" in shown(cloudwatch, name)["StateReason"]
    assert name in [alarm["name"] for alarm in status()["in_alarm"]]
    (told,) = mailbox.bodies()
    notification = json.loads(told)
    assert notification["Subject"] == f'ALARM: "{name}" in us-east-1'
    message = json.loads(notification["Message"])
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")

    eventually(lambda: state(cloudwatch, name) == "OK", meanwhile=lambda: report(1))
    (told,) = mailbox.bodies()
    assert json.loads(told)["Subject"].startswith("OK:")
    topics = [(one["topic"], one["subject"].split(":")[0]) for one in status()["notifications"]]
    assert [subject for topic, subject in topics if topic == mailbox.topic_arn] == ["ALARM", "OK"]
    history = cloudwatch.describe_alarm_history(
        AlarmName=name, HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )
    assert [item["HistorySummary"] for item in history["AlarmHistoryItems"]] == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
    ]


@pytest.mark.parametrize(
    ("missing", "expected"), [("breaching", "ALARM"), ("notBreaching", "OK"), ("missing", "INSUFFICIENT_DATA")]
)
def test_without_data_the_alarm_says_what_missing_data_mean(
    aws: AwsClient, name: str, missing: str, expected: str
) -> None:
    cloudwatch = aws("cloudwatch")
    put_alarm(cloudwatch, name, TreatMissingData=missing)
    time.sleep(2 * MINUTE_SECONDS)
    assert state(cloudwatch, name) == expected


def test_a_state_set_by_hand_acts_and_lasts_until_the_next_evaluation(
    aws: AwsClient, name: str, mailbox: Mailbox
) -> None:
    cloudwatch = aws("cloudwatch")
    put_alarm(cloudwatch, name, TreatMissingData="notBreaching", AlarmActions=[mailbox.topic_arn])
    eventually(lambda: state(cloudwatch, name) == "OK")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a drill")
    eventually(lambda: state(cloudwatch, name) == "OK")
    (told,) = mailbox.bodies()
    assert json.loads(json.loads(told)["Message"])["NewStateReason"] == "a drill"


def test_disabled_actions_are_not_taken(aws: AwsClient, name: str, mailbox: Mailbox) -> None:
    cloudwatch = aws("cloudwatch")
    put_alarm(cloudwatch, name, TreatMissingData="breaching", AlarmActions=[mailbox.topic_arn], ActionsEnabled=False)
    eventually(lambda: state(cloudwatch, name) == "ALARM")
    assert mailbox.bodies() == []


def test_a_changed_alarm_keeps_its_state(aws: AwsClient, name: str) -> None:
    cloudwatch = aws("cloudwatch")
    put_alarm(cloudwatch, name, TreatMissingData="breaching")
    eventually(lambda: state(cloudwatch, name) == "ALARM")
    put_alarm(cloudwatch, name, TreatMissingData="ignore", Threshold=7)
    time.sleep(2 * MINUTE_SECONDS)
    assert state(cloudwatch, name) == "ALARM"


def test_a_formula_is_watched(aws: AwsClient, name: str, report: Report) -> None:
    cloudwatch = aws("cloudwatch")
    metric = {"Namespace": "Tests", "MetricName": name, "Dimensions": [{"Name": "Test", "Value": name}]}
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        EvaluationPeriods=1,
        Threshold=50,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "share", "Expression": "IF(FILL(m1, 0) > 0, 100 * m1 / 10, 0)", "ReturnData": True},
            {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}, "ReturnData": False},
        ],
    )
    eventually(lambda: state(cloudwatch, name) == "ALARM", meanwhile=lambda: report(9))
    eventually(lambda: state(cloudwatch, name) == "OK", meanwhile=lambda: report(1))


def test_a_percentile_of_few_requests_changes_nothing(aws: AwsClient, name: str) -> None:
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Tests",
        MetricName=name,
        ExtendedStatistic="p95",
        EvaluateLowSampleCountPercentile="ignore",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    eventually(lambda: state(cloudwatch, name) == "OK")

    def requests(count: int) -> None:
        cloudwatch.put_metric_data(
            Namespace="Tests", MetricData=[{"MetricName": name, "Values": [9.0], "Counts": [count]}]
        )

    for _ in range(15):
        requests(1)
        time.sleep(MINUTE_SECONDS / 5)
    assert state(cloudwatch, name) == "OK"
    eventually(lambda: state(cloudwatch, name) == "ALARM", meanwhile=lambda: requests(300))


def test_a_composite_alarm_follows_its_alarms(aws: AwsClient, name: str, mailbox: Mailbox) -> None:
    cloudwatch = aws("cloudwatch")
    put_alarm(cloudwatch, f"{name}-a", TreatMissingData="notBreaching")
    put_alarm(cloudwatch, f"{name}-b", TreatMissingData="notBreaching")
    cloudwatch.put_composite_alarm(
        AlarmName=name, AlarmRule=f'ALARM("{name}-a") OR ALARM("{name}-b")', AlarmActions=[mailbox.topic_arn]
    )
    eventually(lambda: state(cloudwatch, name) == "OK")
    put_alarm(cloudwatch, f"{name}-b", TreatMissingData="breaching")
    eventually(lambda: state(cloudwatch, name) == "ALARM")
    assert len(mailbox.bodies()) == 1
    put_alarm(cloudwatch, f"{name}-b", TreatMissingData="notBreaching")
    eventually(lambda: state(cloudwatch, name) == "OK")


def test_an_alarm_that_the_rehearsal_cannot_judge_is_named(aws: AwsClient, name: str, status: Status) -> None:
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[{"Id": "all", "Expression": "SUM(SEARCH('{AWS/ECS} CPU', 'Sum'))", "Period": 60}],
    )
    eventually(lambda: name in status()["unsupported"])
    assert "SEARCH" in status()["unsupported"][name]
    assert state(cloudwatch, name) == "INSUFFICIENT_DATA"
    cloudwatch.delete_alarms(AlarmNames=[name])
    eventually(lambda: name not in status()["unsupported"])


def test_what_was_reported_can_be_read_again(aws: AwsClient, name: str) -> None:
    cloudwatch = aws("cloudwatch")
    dimensions = [{"Name": "Test", "Value": name}]
    minute = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    for offset, values in ((0, [1.0, 2.0, 3.0]), (60, [10.0])):
        datum = {
            "MetricName": name,
            "Dimensions": dimensions,
            "Values": values,
            "Timestamp": minute + timedelta(seconds=offset + 5),
        }
        cloudwatch.put_metric_data(Namespace="Tests", MetricData=[datum])
    metric = {"Namespace": "Tests", "MetricName": name, "Dimensions": dimensions}
    span = {"StartTime": minute, "EndTime": minute + timedelta(minutes=4)}

    (listed,) = cloudwatch.list_metrics(Namespace="Tests", MetricName=name)["Metrics"]
    assert listed == metric
    queries = [
        {"Id": "p50", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "p50"}},
        {"Id": "total", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "twice", "Expression": "2 * total"},
    ]
    answered = cloudwatch.get_metric_data(MetricDataQueries=queries, **span, ScanBy="TimestampAscending")
    results = {one["Id"]: (one["Timestamps"], one["Values"]) for one in answered["MetricDataResults"]}
    times = [minute, minute + timedelta(minutes=1)]
    assert results == {"p50": (times, [2, 10]), "twice": (times, [12, 20])}
    statistics = cloudwatch.get_metric_statistics(
        **metric, **span, Period=60, Statistics=["Sum", "Average"], ExtendedStatistics=["p90"]
    )["Datapoints"]
    assert [(one["Sum"], one["Average"], one["ExtendedStatistics"]["p90"]) for one in statistics] == [
        (6, 2, 3),
        (10, 10, 10),
    ]
