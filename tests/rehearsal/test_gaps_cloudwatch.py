"""Alarms of alarms."""

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import AwsClient

METRIC_ALARM = {
    "AlarmName": "errors",
    "Namespace": "AWS/ApplicationELB",
    "MetricName": "HTTPCode_Target_5XX_Count",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}
COMPOSITE_ALARM = {
    "AlarmName": "users-hurt",
    "AlarmDescription": "Users are hurt",
    "AlarmRule": 'ALARM("errors")',
    "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alarms"],
    "ActionsSuppressor": "errors",
    "ActionsSuppressorWaitPeriod": 60,
    "ActionsSuppressorExtensionPeriod": 120,
}


@pytest.fixture
def cloudwatch(aws: AwsClient) -> Iterator[Any]:
    client = aws("cloudwatch")
    client.put_metric_alarm(**METRIC_ALARM)
    client.put_composite_alarm(**COMPOSITE_ALARM, Tags=[{"Key": "Project", "Value": "litellm"}])
    yield client
    client.delete_alarms(AlarmNames=["errors", "users-hurt"])


def test_a_composite_alarm_keeps_what_it_is_made_with_and_its_tags(cloudwatch: Any) -> None:
    (alarm,) = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert {name: alarm[name] for name in COMPOSITE_ALARM} == COMPOSITE_ALARM
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "Project", "Value": "litellm"}]


def test_a_composite_alarm_is_changed(cloudwatch: Any) -> None:
    cloudwatch.put_composite_alarm(AlarmName="users-hurt", AlarmRule='OK("errors")')
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["users-hurt"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert alarm["AlarmRule"] == 'OK("errors")'
    assert "ActionsSuppressor" not in alarm


@pytest.mark.parametrize(
    ("question", "metric_alarms", "composite_alarms"),
    [
        ({}, ["errors"], []),
        ({"AlarmTypes": ["MetricAlarm"]}, ["errors"], []),
        ({"AlarmTypes": ["CompositeAlarm"]}, [], ["users-hurt"]),
        ({"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}, ["errors"], ["users-hurt"]),
    ],
)
def test_composite_alarms_are_shown_to_those_who_ask_for_them(
    cloudwatch: Any, question: dict[str, list[str]], metric_alarms: list[str], composite_alarms: list[str]
) -> None:
    found = cloudwatch.describe_alarms(AlarmNames=["errors", "users-hurt"], **question)
    assert [alarm["AlarmName"] for alarm in found.get("MetricAlarms", [])] == metric_alarms
    assert [alarm["AlarmName"] for alarm in found.get("CompositeAlarms", [])] == composite_alarms
