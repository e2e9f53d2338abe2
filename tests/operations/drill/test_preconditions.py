"""Each precondition names what is wrong, in words that tell a person what to do, and nothing when it holds."""

from collections.abc import Iterable
from typing import Any

import botocore.exceptions
import pytest

from modules.operations.drill.blast_radius import leaves_enough, selected
from modules.operations.drill.preconditions import (
    bounded_template,
    checked,
    healthy_targets,
    no_other_experiment,
    quiet_alarms,
    standby_database,
    steady_service,
)

from .played_fis import TEMPLATE, PlayedFis
from .shapes import PlayedClient, error

DEPLOYMENT = {"status": "PRIMARY", "rolloutState": "COMPLETED"}
STEADY = {"status": "ACTIVE", "desiredCount": 4, "runningCount": 4, "pendingCount": 0, "deployments": [DEPLOYMENT]}


def service(**changed: Any) -> list[str]:
    client: Any = PlayedClient("ecs", DescribeServices={"services": [{**STEADY, **changed}]})
    return list(steady_service(client, "benchmark", "litellm"))


def test_a_steady_service_is_fine() -> None:
    assert service() == []


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"runningCount": 3}, "3 of 4 tasks of litellm run"),
        ({"runningCount": 5}, "5 of 4 tasks of litellm run"),
        ({"desiredCount": 0, "runningCount": 0}, "litellm wants no task at all"),
        (
            {"deployments": [{"status": "PRIMARY", "rolloutState": "IN_PROGRESS"}]},
            "a deployment of litellm is under way (IN_PROGRESS); wait for its end",
        ),
        (
            {"deployments": [{"status": "PRIMARY", "rolloutState": "FAILED"}]},
            "the last deployment of litellm failed: ECS may not replace its tasks; deploy again first",
        ),
        (
            {"deployments": [DEPLOYMENT, {"status": "ACTIVE", "rolloutState": "COMPLETED"}]},
            "a deployment of litellm is under way (COMPLETED, COMPLETED); wait for its end",
        ),
        ({"status": "INACTIVE"}, "there is no service litellm in the cluster benchmark"),
    ],
)
def test_a_service_that_is_not_steady(changed: dict[str, Any], wrong: str) -> None:
    assert service(**changed) == [wrong]


def test_no_service() -> None:
    client: Any = PlayedClient("ecs", DescribeServices={"services": []})
    assert list(steady_service(client, "benchmark", "litellm")) == [
        "there is no service litellm in the cluster benchmark"
    ]


def target(id_: str, state: str = "healthy", zone: str = "us-east-1a", **more: str) -> dict[str, Any]:
    return {"Target": {"Id": id_, "Port": 4000, "AvailabilityZone": zone}, "TargetHealth": {"State": state, **more}}


def balancer(*targets: dict[str, Any]) -> Any:
    return PlayedClient("elbv2", DescribeTargetHealth={"TargetHealthDescriptions": list(targets)})


def test_targets_are_all_healthy_or_named() -> None:
    assert list(healthy_targets(balancer(target("10.0.0.1"), target("10.0.0.2")), "arn")) == []
    assert list(healthy_targets(balancer(), "arn")) == ["the load balancer has no target"]
    degraded = balancer(
        target("10.0.0.1"),
        target("10.0.0.2", "unhealthy", Reason="Target.Timeout"),
        target("10.0.0.3", "draining"),
    )
    assert list(healthy_targets(degraded, "arn")) == [
        # The third one is none of the fleet any more.
        "the target 10.0.0.2 is unhealthy: Target.Timeout",
    ]


def test_alarms_exist_and_none_is_raised() -> None:
    states = {"errors": "OK", "latency": "INSUFFICIENT_DATA", "targets": "ALARM"}
    client: Any = PlayedClient(
        "cloudwatch",
        DescribeAlarms={
            "MetricAlarms": [{"AlarmName": name, "StateValue": state} for name, state in states.items()],
            "CompositeAlarms": [{"AlarmName": "users-hurt", "StateValue": "ALARM"}],
        },
    )
    assert list(quiet_alarms(client, ["errors", "latency"])) == []
    assert list(quiet_alarms(client, ["errors", "targets", "users-hurt", "gone"])) == [
        "the alarm targets is raised",
        "the alarm users-hurt is raised",
        "there is no alarm gone",
    ]


def database(**instance: Any) -> list[str]:
    client: Any = PlayedClient(
        "rds", DescribeDBInstances={"DBInstances": [{"DBInstanceStatus": "available", **instance}]}
    )
    return list(standby_database(client, "benchmark"))


def test_a_database_in_two_zones_can_fail_over() -> None:
    assert database(MultiAZ=True) == []


def test_a_database_in_one_zone_cannot_and_the_restore_is_named() -> None:
    (wrong,) = database(MultiAZ=False)
    assert "there is no standby to fail over to" in wrong
    assert "restore to a point in time" in wrong
    assert "database.multi_az: true" in wrong


def test_a_database_that_is_busy_is_left_alone() -> None:
    assert database(MultiAZ=True, DBInstanceStatus="backing-up") == ["benchmark is backing-up; it has to be available"]


def test_a_second_drill_is_refused_while_one_runs() -> None:
    fis = PlayedFis()
    assert list(no_other_experiment(fis, [TEMPLATE])) == []
    fis.begin("EXP1")
    fis.begin("EXP2", "EXTof-somebody-else")
    fis.now += 5
    assert list(no_other_experiment(fis, [TEMPLATE])) == [
        "the experiment EXP1 is running; wait for its end, or end it with 'make drill-abort'"
    ]
    fis.now += 100
    assert list(no_other_experiment(fis, [TEMPLATE])) == []


def test_a_template_is_there_and_bounded() -> None:
    assert list(bounded_template(PlayedFis(), TEMPLATE)) == []


@pytest.mark.parametrize("conditions", [[], [{"source": "none"}]])
def test_a_template_without_a_stop_condition_is_refused(conditions: list[dict[str, str]]) -> None:
    fis = PlayedFis(template={"stopConditions": conditions})
    (wrong,) = bounded_template(fis, TEMPLATE)
    assert "has no stop condition" in wrong


def test_a_template_that_may_hit_nothing_is_refused() -> None:
    fis = PlayedFis(template={"experimentOptions": {"emptyTargetResolutionMode": "skip"}})
    (wrong,) = bounded_template(fis, TEMPLATE)
    assert "may hit nothing" in wrong


def test_a_missing_template_is_refused() -> None:
    (wrong,) = bounded_template(PlayedFis(), "EXTmissing")
    assert wrong == "there is no experiment template EXTmissing; deploy the environment with drills first"


SUBNETS = {"subnet-a": "us-east-1a", "subnet-b": "us-east-1b"}
FOUR = [target(f"10.0.0.{number}", zone=f"us-east-1{'ab'[number % 2]}") for number in range(4)]


def enough(targets: list[dict[str, Any]], aim: dict[str, Any], least: int) -> list[str]:
    ids = [arn.rpartition("/")[2] for arn in aim.get("resourceArns", [])]
    ec2: Any = PlayedClient(
        "ec2",
        DescribeSubnets={"Subnets": [{"SubnetId": id_, "AvailabilityZone": SUBNETS[id_]} for id_ in ids]},
    )
    return list(
        leaves_enough(
            PlayedFis(template={"targets": {"aim": aim}}),
            ec2,
            balancer(*targets),
            template_id=TEMPLATE,
            target_group_arn="arn",
            least_survivors=least,
        )
    )


ONE = {"resourceType": "aws:ecs:task", "selectionMode": "COUNT(1)"}
HALF = {"resourceType": "aws:ecs:task", "selectionMode": "PERCENT(50)"}
ZONE = {
    "resourceType": "aws:ec2:subnet",
    "selectionMode": "ALL",
    "resourceArns": ["arn:aws:ec2:us-east-1:123456789012:subnet/subnet-a"],
}
FAILOVER = {"resourceType": "aws:rds:db", "selectionMode": "ALL"}


@pytest.mark.parametrize(("aim", "lost"), [(ONE, 1), (HALF, 2), (ZONE, 2), (FAILOVER, 0)])
def test_the_blast_radius_leaves_as_many_as_are_needed(aim: dict[str, Any], lost: int) -> None:
    assert enough(FOUR, aim, 4 - lost) == []
    assert enough(FOUR, aim, 5 - lost) == [
        f"the experiment takes {lost} of 4 healthy tasks, but at least {5 - lost} should be left"
    ]


def test_targets_that_are_unhealthy_already_are_no_survivors() -> None:
    sick = [FOUR[0], *(target(f"10.0.1.{number}", "unhealthy") for number in range(3))]
    assert enough(sick, ONE, 1) == ["the experiment takes 1 of 1 healthy tasks, but at least 1 should be left"]


@pytest.mark.parametrize(
    ("mode", "count", "picked"),
    [("ALL", 4, 4), ("COUNT(2)", 4, 2), ("COUNT(9)", 4, 4), ("PERCENT(50)", 5, 2), ("PERCENT(100)", 5, 5)],
)
def test_selection_modes(mode: str, count: int, picked: int) -> None:
    assert selected(mode, count) == picked


def test_an_unknown_selection_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="SOME"):
        selected("SOME", 4)


def test_all_are_asked_and_what_aws_does_not_say_does_not_hold() -> None:
    def denied() -> Iterable[str]:
        raise error("AccessDeniedException", "DescribeServices")

    def lost() -> Iterable[str]:
        raise botocore.exceptions.EndpointConnectionError(endpoint_url="https://ecs")

    conditions = checked({"service": denied, "network": lost, "alarms": list, "targets": lambda: ["one is gone"]})
    assert [(one.name, one.holds) for one in conditions] == [
        ("service", False),
        ("network", False),
        ("alarms", True),
        ("targets", False),
    ]
    assert "AccessDeniedException" in conditions[0].wrong[0]
    assert "Could not connect" in conditions[1].wrong[0]
