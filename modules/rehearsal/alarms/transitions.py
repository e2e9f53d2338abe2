"""What follows when an alarm changes its state: history, event, and the alarm's actions."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.sns.exceptions import TopicNotFound
from moto.sns.models import sns_backends

from modules.rehearsal import events
from modules.rehearsal.lifecycle import ACCOUNT_ID

_REMEMBERED = 200
_SUBJECT_CHARACTERS = 100

ScalingAction = Callable[[str, str, Any, float | None], None]
"""Carries out a scaling policy: region, the policy's ARN, the alarm, its value."""


def change_state(
    backend: Any, alarm: Any, state: str, reason: str, reason_data: str, value: float | None, scale: ScalingAction
) -> None:
    """Sets the state, records and tells it, and takes its actions; called with the control plane's lock held."""
    before = {"value": alarm.state_value, "reason": alarm.state_reason, "reasonData": alarm.state_reason_data}
    now = datetime.now(UTC)
    alarm.state_value = state
    alarm.state_reason = reason
    alarm.state_reason_data = reason_data
    # moto's times have no zone.
    alarm.state_updated_timestamp = alarm.state_transitioned_timestamp = now.replace(tzinfo=None)
    after = {"value": state, "reason": reason, "reasonData": reason_data}
    _remember(
        alarm,
        "StateUpdate",
        f"Alarm updated from {before['value']} to {state}",
        {"oldState": _named(before), "newState": _named(after)},
    )
    events.put(
        backend.region_name,
        "aws.cloudwatch",
        "CloudWatch Alarm State Change",
        [alarm.alarm_arn],
        {
            "alarmName": alarm.name,
            "configuration": _configuration(alarm),
            "previousState": before,
            "state": after | {"timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.000+0000")},
        },
    )
    if not alarm.actions_enabled:
        return
    for action in actions_of(alarm):
        if ":sns:" in action:
            _publish(backend, alarm, action, before["value"], now)
        elif is_scaling(action):
            scale(backend.region_name, action, alarm, value)


def actions_of(alarm: Any) -> list[str]:
    actions: list[str] = {
        "ALARM": alarm.alarm_actions,
        "OK": alarm.ok_actions,
        "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
    }[alarm.state_value]
    return actions or []


def is_scaling(action: str) -> bool:
    return ":scalingPolicy:" in action


def _publish(backend: Any, alarm: Any, topic_arn: str, old_state: str, now: datetime) -> None:
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT_ID,
        "AlarmArn": alarm.alarm_arn,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "OldStateValue": old_state,
        "StateChangeTime": now.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": backend.region_name,
    }
    message |= {"AlarmRule": alarm.rule} if alarm.rule else {"Trigger": _trigger(alarm)}
    subject = f'{alarm.state_value}: "{alarm.name}" in {backend.region_name}'[: _SUBJECT_CHARACTERS - 1]
    _, _, _, region, account, _ = topic_arn.split(":", maxsplit=5)
    try:
        sns_backends[account][region].publish(json.dumps(message), arn=topic_arn, subject=subject)
    except TopicNotFound as error:
        _remember(alarm, "Action", f"Failed to execute action {topic_arn}", {"error": str(error)})
    else:
        _remember(alarm, "Action", f"Successfully executed action {topic_arn}", {"actionState": "Succeeded"})


def _remember(alarm: Any, kind: str, summary: str, data: dict[str, Any]) -> None:
    """For DescribeAlarmHistory."""
    alarm.history.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": "CompositeAlarm" if alarm.rule else "MetricAlarm",
            "Timestamp": datetime.now(UTC).replace(tzinfo=None),
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps({"version": "1.0", **data}),
        }
    )
    del alarm.history[:-_REMEMBERED]


def _named(state: dict[str, Any]) -> dict[str, Any]:
    return {"stateValue": state["value"], "stateReason": state["reason"]}


def _trigger(alarm: Any) -> dict[str, Any]:
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "Dimensions": [{"name": one.name, "value": one.value} for one in alarm.dimensions],
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data,
        "Metrics": [query.expression or query.id for query in alarm.metric_data_queries],
    }


def _configuration(alarm: Any) -> dict[str, Any]:
    if alarm.rule:
        return {"alarmRule": alarm.rule, "description": alarm.description}
    metrics: list[dict[str, Any]] = [
        {"id": query.id, "expression": query.expression, "returnData": str(query.return_data).lower() != "false"}
        for query in alarm.metric_data_queries
    ]
    if not metrics:
        dimensions = {one.name: one.value for one in alarm.dimensions}
        metric = {"namespace": alarm.namespace, "name": alarm.metric_name, "dimensions": dimensions}
        stated = {"metric": metric, "period": alarm.period, "stat": alarm.statistic or alarm.extended_statistic}
        metrics = [{"id": "metric", "metricStat": stated, "returnData": True}]
    return {"description": alarm.description, "metrics": metrics}
