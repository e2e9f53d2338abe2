"""What `production` deploys is understood to the last alarm."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from modules.architecture.synthesis import Request, synthesize
from modules.rehearsal import lifecycle
from modules.rehearsal.alarms.capacity import after_step

from .conftest import MINUTE_SECONDS, Status

REFERENCE = re.compile(r"\$\{aws_cloudwatch_metric_alarm\.([\w-]+)\.alarm_name}")
STATE_WITHOUT_DATA = {"breaching": "ALARM", "notBreaching": "OK", "missing": "INSUFFICIENT_DATA"}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Json:
    directory = tmp_path_factory.mktemp("production")
    synthesize(Request(environment="production"), str(directory))
    stack: Json = json.loads((directory / "stacks" / "production" / "cdk.tf.json").read_text())
    content: Json = stack["resource"]
    return content


@pytest.fixture(scope="module")
def elsewhere(fast_rehearsal: lifecycle.Rehearsal) -> Iterator[boto3.Session]:
    """A region of its own, so that these alarms are in nobody's way."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", fast_rehearsal.url)
        yield boto3.Session(
            aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name="eu-central-1"
        )


def dimensions(stated: Json) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in stated.get("dimensions", {}).items()]


def query(stated: Json) -> Json:
    if "expression" in stated:
        return {"Id": stated["id"], "Expression": stated["expression"], "ReturnData": stated["return_data"]}
    metric = stated["metric"]
    named = {"Namespace": metric["namespace"], "MetricName": metric["metric_name"], "Dimensions": dimensions(metric)}
    measured = {"Metric": named, "Period": metric["period"], "Stat": metric["stat"]}
    return {"Id": stated["id"], "MetricStat": measured, "ReturnData": False}


def put(cloudwatch: Any, alarm: Json) -> None:
    """As Terraform's provider does."""
    names = {
        "metric_name": "MetricName",
        "namespace": "Namespace",
        "period": "Period",
        "statistic": "Statistic",
        "extended_statistic": "ExtendedStatistic",
        "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
    }
    watched = {names[name]: alarm[name] for name in names if name in alarm}
    if "metric_query" in alarm:
        watched["Metrics"] = [query(one) for one in alarm["metric_query"]]
    else:
        watched["Dimensions"] = dimensions(alarm)
    cloudwatch.put_metric_alarm(
        AlarmName=alarm["alarm_name"],
        ComparisonOperator=alarm["comparison_operator"],
        EvaluationPeriods=alarm["evaluation_periods"],
        DatapointsToAlarm=alarm["datapoints_to_alarm"],
        Threshold=alarm["threshold"],
        TreatMissingData=alarm["treat_missing_data"],
        **watched,
    )


def test_every_alarm_is_judged(resources: Json, elsewhere: boto3.Session, status: Status) -> None:
    cloudwatch = elsewhere.client("cloudwatch")
    metric_alarms: dict[str, Json] = resources["aws_cloudwatch_metric_alarm"]
    composite_alarms: dict[str, Json] = resources["aws_cloudwatch_composite_alarm"]
    assert len(metric_alarms) > 30
    for alarm in metric_alarms.values():
        put(cloudwatch, alarm)
    for alarm in composite_alarms.values():
        rule = REFERENCE.sub(lambda found: metric_alarms[found[1]]["alarm_name"], alarm["alarm_rule"])
        cloudwatch.put_composite_alarm(AlarmName=alarm["alarm_name"], AlarmRule=rule)
    time.sleep(2 * MINUTE_SECONDS)

    found = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    states = {
        one["AlarmName"]: one["StateValue"] for kind in ("MetricAlarms", "CompositeAlarms") for one in found[kind]
    }
    unsupported = status()["unsupported"]
    cloudwatch.delete_alarms(AlarmNames=list(states))
    assert set(unsupported) & set(states) == set()
    by_formula_that_fills = {alarm["alarm_name"] for alarm in metric_alarms.values() if "FILL" in json.dumps(alarm)}
    assert {name: states[name] for name in states.keys() - by_formula_that_fills} == {
        **{
            alarm["alarm_name"]: STATE_WITHOUT_DATA[alarm["treat_missing_data"]]
            for alarm in metric_alarms.values()
            if alarm["alarm_name"] not in by_formula_that_fills
        },
        "production-litellm-redundancy-lost": "ALARM",
        "production-litellm-users-hurt": "OK",
    }
    assert {states[name] for name in by_formula_that_fills} == {"OK"}


def test_every_sign_of_trouble_in_the_log_is_counted(resources: Json, elsewhere: boto3.Session, status: Status) -> None:
    logs, cloudwatch = elsewhere.client("logs"), elsewhere.client("cloudwatch")
    logs.create_log_group(logGroupName="litellm")
    logs.create_log_stream(logGroupName="litellm", logStreamName="task")
    filters: dict[str, Json] = resources["aws_cloudwatch_log_metric_filter"]
    for one in filters.values():
        made = one["metric_transformation"]
        logs.put_metric_filter(
            logGroupName="litellm",
            filterName=one["name"],
            filterPattern=one["pattern"],
            metricTransformations=[
                {
                    "metricNamespace": made["namespace"],
                    "metricName": made["name"],
                    "metricValue": made["value"],
                    "defaultValue": float(made["default_value"]),
                    "unit": made["unit"],
                }
            ],
        )
    first_terms = [re.findall(r'"([^"]+)"', one["pattern"])[0] for one in filters.values()]
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": f"ERROR: {term}!"} for term in first_terms]
    logs.put_log_events(logGroupName="litellm", logStreamName="task", logEvents=events)
    for one in filters.values():
        made = one["metric_transformation"]
        (datapoint,) = cloudwatch.get_metric_statistics(
            Namespace=made["namespace"],
            MetricName=made["name"],
            StartTime=now / 1000 - 3600,
            EndTime=now / 1000 + 3600,
            Period=7200,
            Statistics=["Sum"],
        )["Datapoints"]
        assert datapoint["Sum"] >= 1, one["name"]
    assert {one["name"] for one in filters.values()} & set(status()["unsupported"]) == set()


def test_the_events_of_tasks_ring(resources: Json, elsewhere: boto3.Session) -> None:
    events, cloudwatch = elsewhere.client("events"), elsewhere.client("cloudwatch")
    for rule in resources["aws_cloudwatch_event_rule"].values():
        events.put_rule(Name=rule["name"], EventPattern=rule["event_pattern"])
    cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/${aws_ecs_cluster.cluster.name}"
    service = cluster.replace(":cluster/", ":service/") + "/${aws_ecs_service.service.name}"
    stopped = {
        "clusterArn": cluster,
        "group": "service:${aws_ecs_service.service.name}",
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
    }

    def rings(detail_type: str, detail: Json) -> set[str]:
        entry = {"Source": "aws.ecs", "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": [service]}
        before = counts()
        events.put_events(Entries=[entry])
        return {name for name, count in counts().items() if count > before.get(name, 0)}

    def counts() -> dict[str, float]:
        now = time.time()
        found = {}
        for rule in resources["aws_cloudwatch_event_rule"].values():
            datapoints = cloudwatch.get_metric_statistics(
                Namespace="AWS/Events",
                MetricName="TriggeredRules",
                Dimensions=[{"Name": "RuleName", "Value": rule["name"]}],
                StartTime=now - 3600,
                EndTime=now + 3600,
                Period=86400,
                Statistics=["Sum"],
            )["Datapoints"]
            found[rule["name"]] = sum(one["Sum"] for one in datapoints)
        return found

    task_change = "ECS Task State Change"
    assert rings(task_change, stopped) == {"production-litellm-task-stopped"}
    by_plan = {"stopCode": "ServiceSchedulerInitiated", "stoppedReason": "Scaling activity initiated by (deployment 1)"}
    assert rings(task_change, stopped | by_plan) == set()
    unhealthy = {"stopCode": "ServiceSchedulerInitiated", "stoppedReason": "Task failed container health checks"}
    assert rings(task_change, stopped | unhealthy) == {"production-litellm-task-stopped"}
    assert rings(task_change, stopped | {"stopCode": "UserInitiated"}) == set()
    failed = {"eventName": "SERVICE_DEPLOYMENT_FAILED"}
    assert rings("ECS Deployment State Change", failed) == {"production-litellm-deployment-failed"}
    impaired = {"eventName": "SERVICE_TASK_START_IMPAIRED"}
    assert rings("ECS Service Action", impaired) == {"production-litellm-task-not-placed"}


def test_steps_of_autoscaling_are_carried_out(resources: Json) -> None:
    steps = {
        name: policy["step_scaling_policy_configuration"]["step_adjustment"]
        for name, policy in resources["aws_appautoscaling_policy"].items()
        if policy["policy_type"] == "StepScaling"
    }
    names = {
        "scaling_adjustment": "ScalingAdjustment",
        "metric_interval_lower_bound": "MetricIntervalLowerBound",
        "metric_interval_upper_bound": "MetricIntervalUpperBound",
    }
    for name, beyond, wanted in (("autoscaling_scale_out", 20, 9), ("autoscaling_scale_in", -20, 7)):
        adjustments = [{names[key]: float(value) for key, value in step.items()} for step in steps[name]]
        assert after_step({"StepAdjustments": adjustments}, current=8, base=8, beyond_threshold=beyond) == wanted
