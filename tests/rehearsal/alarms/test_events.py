"""Events reach the targets of the rules that match them."""

import json
from typing import Any

import pytest

from modules.rehearsal.gaps.events import text_for

from .conftest import AwsClient, Mailbox, eventually

STOPPED = {
    "source": "tests.ecs",
    "detail-type": "ECS Task State Change",
    "time": "2026-01-14T07:00:00Z",
    "resources": ["arn:task"],
    "detail": {"stopCode": "TaskFailedToStart", "stoppedReason": 'pull of "a" failed', "containers": [{"name": "a"}]},
}


def put_rule(aws: AwsClient, name: str, pattern: dict[str, Any], target: dict[str, Any]) -> None:
    events = aws("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "target", **target}])


def put_event(aws: AwsClient, name: str, **detail: Any) -> None:
    entry = {"Source": name, "DetailType": "ECS Task State Change", "Detail": json.dumps(detail), "Resources": []}
    aws("events").put_events(Entries=[entry])


def triggered(aws: AwsClient, name: str) -> bool:
    metrics = aws("cloudwatch").list_metrics(Namespace="AWS/Events", MetricName="TriggeredRules")["Metrics"]
    return [{"Name": "RuleName", "Value": name}] in [metric["Dimensions"] for metric in metrics]


def test_a_topic_gets_the_text_that_the_rule_makes(aws: AwsClient, name: str, mailbox: Mailbox) -> None:
    pattern = {
        "source": [name],
        "detail": {
            "$or": [
                {"stopCode": ["TaskFailedToStart"]},
                {
                    "stopCode": ["ServiceSchedulerInitiated"],
                    "stoppedReason": [{"anything-but": {"prefix": "Scaling activity initiated by"}}],
                },
            ]
        },
    }
    transformer = {
        "InputPathsMap": {"code": "$.detail.stopCode", "reason": "$.detail.stoppedReason"},
        "InputTemplate": '"A task stopped."\n"<code>: <reason>"',
    }
    put_rule(aws, name, pattern, {"Arn": mailbox.topic_arn, "InputTransformer": transformer})
    put_event(aws, name, stopCode="ServiceSchedulerInitiated", stoppedReason="Scaling activity initiated by deployment")
    assert mailbox.bodies() == []
    assert not triggered(aws, name)
    put_event(aws, name, stopCode="ServiceSchedulerInitiated", stoppedReason="Task failed container health checks")
    (told,) = mailbox.bodies()
    expected = "A task stopped.\nServiceSchedulerInitiated: Task failed container health checks"
    assert json.loads(told)["Message"] == expected
    assert triggered(aws, name)


def test_a_log_group_and_a_queue_get_the_event_itself(aws: AwsClient, name: str, mailbox: Mailbox) -> None:
    logs = aws("logs")
    logs.create_log_group(logGroupName=f"/events/{name}")
    group_arn = f"arn:aws:logs:us-east-1:123456789012:log-group:/events/{name}"
    put_rule(aws, f"{name}-logs", {"source": [name]}, {"Arn": group_arn})
    put_rule(aws, f"{name}-queue", {"source": [name]}, {"Arn": mailbox.queue_arn})
    put_event(aws, name, stopCode="UserInitiated")
    (logged,) = logs.filter_log_events(logGroupName=f"/events/{name}")["events"]
    (queued,) = mailbox.bodies()
    assert json.loads(logged["message"]) == json.loads(queued)
    assert json.loads(queued)["detail"] == {"stopCode": "UserInitiated"}
    assert json.loads(queued)["account"] == "123456789012"


def test_a_target_that_is_gone_does_not_keep_the_others_from_theirs(
    aws: AwsClient, name: str, mailbox: Mailbox
) -> None:
    for number, gone in enumerate(("sns:us-east-1:123456789012:gone", "lambda:us-east-1:123456789012:function:gone")):
        put_rule(aws, f"{name}-{number}", {"source": [name]}, {"Arn": f"arn:aws:{gone}"})
    put_rule(aws, f"{name}-there", {"source": [name]}, {"Arn": mailbox.topic_arn})
    put_event(aws, name, stopCode="UserInitiated")
    assert len(mailbox.bodies()) == 1


def test_a_disabled_rule_and_one_by_the_clock_are_silent(aws: AwsClient, name: str, mailbox: Mailbox) -> None:
    events = aws("events")
    put_rule(aws, f"{name}-disabled", {"source": [name]}, {"Arn": mailbox.topic_arn})
    events.disable_rule(Name=f"{name}-disabled")
    events.put_rule(Name=f"{name}-clock", ScheduleExpression="rate(1 day)")
    events.put_targets(Rule=f"{name}-clock", Targets=[{"Id": "target", "Arn": mailbox.topic_arn}])
    put_event(aws, name, stopCode="UserInitiated")
    assert mailbox.bodies() == []


def test_an_alarm_that_changes_its_state_is_an_event(aws: AwsClient, name: str, mailbox: Mailbox) -> None:
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name], "state": {"value": ["ALARM"]}}}
    put_rule(aws, name, pattern, {"Arn": mailbox.queue_arn})
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Tests",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
    )
    (event,) = eventually(mailbox.bodies)
    detail = json.loads(event)["detail"]
    assert (detail["previousState"]["value"], detail["state"]["value"]) == ("INSUFFICIENT_DATA", "ALARM")


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"Input": "always this"}, "always this"),
        ({"InputPath": "$.detail.stopCode"}, '"TaskFailedToStart"'),
        (
            {"InputTransformer": {"InputPathsMap": {"r": "$.detail.stoppedReason"}, "InputTemplate": '"why: <r>"'}},
            'why: pull of "a" failed',
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"r": "$.detail.stoppedReason", "c": "$.detail.containers[0]", "no": "$.none"},
                    "InputTemplate": '{"why": <r>, "container": <c>, "no": <no>}',
                }
            },
            '{"why": "pull of \\"a\\" failed", "container": {"name": "a"}, "no": null}',
        ),
    ],
)
def test_what_a_target_gets(target: dict[str, Any], text: str) -> None:
    assert text_for(target, STOPPED) == text
