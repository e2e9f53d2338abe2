"""Autoscaling changes how many tasks a service wants."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .conftest import MINUTE_SECONDS, AwsClient, eventually

Desired = Callable[[], int]
NAMESPACE = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}


@pytest.fixture
def service(aws: AwsClient, name: str) -> Iterator[str]:
    """The resource that Application Auto Scaling knows it as: four tasks, between two and six."""
    ecs = aws("ecs")
    ecs.create_cluster(clusterName=name)
    ecs.register_task_definition(family=name, containerDefinitions=[{"name": "a", "image": "a", "memory": 128}])
    ecs.create_service(cluster=name, serviceName="proxy", taskDefinition=name, desiredCount=4)
    resource = f"service/{name}/proxy"
    scaling = aws("application-autoscaling")
    scaling.register_scalable_target(**NAMESPACE, ResourceId=resource, MinCapacity=2, MaxCapacity=6)
    yield resource
    scaling.deregister_scalable_target(**NAMESPACE, ResourceId=resource)


@pytest.fixture
def desired(aws: AwsClient, service: str, name: str) -> Desired:
    ecs = aws("ecs")
    return lambda: int(ecs.describe_services(cluster=name, services=["proxy"])["services"][0]["desiredCount"])


def put_step_policy(aws: AwsClient, name: str, adjustment: int, cooldown_minutes: int) -> str:
    """A policy and its alarm on the test's CPU, which is on above 70 or below 30."""
    out = adjustment > 0
    side = "out" if out else "in"
    bound = "MetricIntervalLowerBound" if out else "MetricIntervalUpperBound"
    policy = aws("application-autoscaling").put_scaling_policy(
        **NAMESPACE,
        ResourceId=f"service/{name}/proxy",
        PolicyName=f"{name}-{side}",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": cooldown_minutes * 60,
            "StepAdjustments": [{bound: 0, "ScalingAdjustment": adjustment}],
        },
    )["PolicyARN"]
    aws("cloudwatch").put_metric_alarm(
        AlarmName=f"{name}-{side}",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "ClusterName", "Value": name}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=70 if out else 30,
        ComparisonOperator="GreaterThanThreshold" if out else "LessThanThreshold",
        AlarmActions=[policy],
    )
    return str(policy)


@pytest.fixture
def cpu(aws: AwsClient, name: str) -> Callable[[float], None]:
    cloudwatch = aws("cloudwatch")

    def report(percent: float) -> None:
        dimensions = [{"Name": "ClusterName", "Value": name}]
        datum = {"MetricName": "CPUUtilization", "Dimensions": dimensions, "Value": percent}
        cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=[datum])

    return report


def causes(aws: AwsClient, resource: str) -> list[str]:
    scaling = aws("application-autoscaling")
    found = scaling.describe_scaling_activities(ServiceNamespace="ecs", ResourceId=resource)["ScalingActivities"]
    return [activity["Cause"] for activity in found]


def test_steps_go_out_to_the_maximum_and_in_to_the_minimum(
    aws: AwsClient, name: str, service: str, desired: Desired, cpu: Callable[[float], None]
) -> None:
    put_step_policy(aws, name, +1, cooldown_minutes=0)
    put_step_policy(aws, name, -1, cooldown_minutes=0)
    eventually(lambda: desired() == 6, meanwhile=lambda: cpu(90))
    for _ in range(10):
        cpu(90)
        time.sleep(MINUTE_SECONDS / 5)
    assert desired() == 6
    eventually(lambda: desired() == 2, meanwhile=lambda: cpu(10))
    assert len(causes(aws, service)) == 6
    assert f"monitor alarm {name}-in in state ALARM triggered policy {name}-in" in causes(aws, service)[0]


def test_between_two_steps_is_the_cooldown(
    aws: AwsClient, name: str, service: str, desired: Desired, cpu: Callable[[float], None]
) -> None:
    put_step_policy(aws, name, +1, cooldown_minutes=6)
    eventually(lambda: desired() == 5, meanwhile=lambda: cpu(90))
    began = time.monotonic()
    eventually(lambda: desired() == 6, meanwhile=lambda: cpu(90))
    assert 5 * MINUTE_SECONDS < time.monotonic() - began < 9 * MINUTE_SECONDS


def test_nothing_is_scaled_in_while_a_deployment_is_in_progress(
    aws: AwsClient, name: str, service: str, desired: Desired, cpu: Callable[[float], None]
) -> None:
    """ECS Developer Guide, "Troubleshooting service auto scaling"."""
    ecs, cloudwatch = aws("ecs"), aws("cloudwatch")
    ecs.delete_service(cluster=name, service="proxy", force=True)
    vpc = aws("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = aws("ec2").create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    group = aws("ec2").create_security_group(GroupName=name, Description="tests", VpcId=vpc)["GroupId"]
    ecs.create_service(
        cluster=name,
        serviceName="proxy",
        taskDefinition=name,
        desiredCount=4,
        launchType="FARGATE",
        # No program stands in for the image, so that the deployment stays in progress.
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
    )
    put_step_policy(aws, name, +1, cooldown_minutes=0)
    put_step_policy(aws, name, -1, cooldown_minutes=0)

    def is_low() -> bool:
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[f"{name}-in"])["MetricAlarms"]
        return bool(alarm["StateValue"] == "ALARM")

    eventually(is_low, meanwhile=lambda: cpu(10))
    for _ in range(15):
        cpu(10)
        time.sleep(MINUTE_SECONDS / 5)
    assert desired() == 4
    eventually(lambda: desired() > 4, meanwhile=lambda: cpu(90))


def test_new_bounds_move_the_service_at_once(aws: AwsClient, service: str, desired: Desired) -> None:
    scaling = aws("application-autoscaling")
    scaling.register_scalable_target(**NAMESPACE, ResourceId=service, MinCapacity=5)
    assert desired() == 5
    scaling.register_scalable_target(**NAMESPACE, ResourceId=service, MinCapacity=1, MaxCapacity=3)
    assert desired() == 3
    assert causes(aws, service) == ["maximum capacity was set to 3", "minimum capacity was set to 5"]


def put_requests_policy(aws: AwsClient, name: str, **settings: Any) -> dict[str, Any]:
    answer = aws("application-autoscaling").put_scaling_policy(
        **NAMESPACE,
        ResourceId=f"service/{name}/proxy",
        PolicyName=f"{name}-requests",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 100,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ALBRequestCountPerTarget",
                "ResourceLabel": f"app/{name}/123/targetgroup/{name}/456",
            },
            **settings,
        },
    )
    return dict(answer)


def test_target_tracking_adds_what_its_target_needs(aws: AwsClient, name: str, service: str, desired: Desired) -> None:
    cloudwatch = aws("cloudwatch")
    (made,) = put_requests_policy(aws, name, DisableScaleIn=True)["Alarms"]
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[made["AlarmName"]])["MetricAlarms"]
    assert made["AlarmName"].startswith(f"TargetTracking-{service}-AlarmHigh-")
    assert (alarm["Threshold"], alarm["MetricName"], alarm["Statistic"]) == (100, "RequestCountPerTarget", "Sum")

    reported = set()

    def report() -> None:
        minute = time.time() // MINUTE_SECONDS * MINUTE_SECONDS
        if minute not in reported:
            reported.add(minute)
            datum = {"MetricName": "RequestCountPerTarget", "Dimensions": alarm["Dimensions"], "Value": 120}
            cloudwatch.put_metric_data(
                Namespace="AWS/ApplicationELB", MetricData=[{**datum, "Timestamp": minute + MINUTE_SECONDS / 2}]
            )

    # 120 a minute for each of four are 96 for each of five.
    eventually(lambda: desired() == 5, meanwhile=report)


def test_a_changed_policy_keeps_its_arn_and_replaces_its_alarms(aws: AwsClient, name: str, service: str) -> None:
    first = put_requests_policy(aws, name)
    second = put_requests_policy(aws, name, TargetValue=200)
    assert first["PolicyARN"] == second["PolicyARN"]
    alarms = aws("cloudwatch").describe_alarms(AlarmNamePrefix=f"TargetTracking-{service}-")["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == {alarm["AlarmName"] for alarm in second["Alarms"]}
    assert {alarm["Threshold"] for alarm in alarms} == {200, 180}
    assert all(alarm["AlarmActions"][0].startswith(second["PolicyARN"]) for alarm in alarms)


def test_a_scheduled_action_sets_bounds_when_it_is_due(
    aws: AwsClient, name: str, service: str, desired: Desired
) -> None:
    due = datetime.now(UTC) + timedelta(seconds=2)
    aws("application-autoscaling").put_scheduled_action(
        **NAMESPACE,
        ResourceId=service,
        ScheduledActionName=name,
        Schedule=f"at({due:%Y-%m-%dT%H:%M:%S})",
        ScalableTargetAction={"MinCapacity": 6, "MaxCapacity": 8},
    )
    assert desired() == 4
    eventually(lambda: desired() == 6)
    assert causes(aws, service) == [f"scheduled action name {name} was triggered"]
