"""A service has the tasks that it wants, whatever happens to them."""

import json
import os
import signal
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .conftest import Ecs, wait_until

WORK = "trap 'exit 0' TERM; while :; do sleep 0.1; done"


def arns(tasks: list[dict[str, Any]]) -> set[str]:
    return {task["taskArn"] for task in tasks}


def messages(ecs: Ecs, service: str) -> list[str]:
    return [event["message"] for event in ecs.service(service)["events"]]


def history(ecs: Ecs, service: str) -> list[str]:
    """The service's deployments, latest first, as Terraform's provider asks for them."""
    listed = ecs.client.list_service_deployments(
        cluster="tests", service=service, createdAt={"after": datetime.now(UTC) - timedelta(minutes=10)}
    )["serviceDeployments"]
    arns = [one["serviceDeploymentArn"] for one in listed]
    described = ecs.client.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    return [one["status"] for one in described]


def test_a_service_reaches_its_count_over_both_zones(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK), 4)
    found = ecs.steady(service)
    assert (found["runningCount"], found["pendingCount"]) == (4, 0)
    tasks = ecs.tasks(service)
    assert Counter(task["availabilityZone"] for task in tasks) == {"us-east-1a": 2, "us-east-1b": 2}
    assert {task["group"] for task in tasks} == {f"service:{service}"}
    assert {task["startedBy"] for task in tasks} == {found["deployments"][0]["id"]}
    assert len({ecs.running(arn)["loopback"] for arn in arns(tasks)}) == 4
    assert f"(service {service}) has reached a steady state." in messages(ecs, service)


def test_the_waiter_of_the_aws_cli_is_satisfied(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK), 1)
    waiter = ecs.client.get_waiter("services_stable")
    waiter.wait(cluster="tests", services=[service], WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def test_scaling_starts_and_stops_tasks_and_keeps_the_zones_even(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK), 1)
    ecs.steady(service)
    ecs.client.update_service(cluster="tests", service=service, desiredCount=4)
    assert len(ecs.steady(service)["deployments"]) == 1
    assert Counter(task["availabilityZone"] for task in ecs.tasks(service)) == {"us-east-1a": 2, "us-east-1b": 2}
    ecs.client.update_service(cluster="tests", service=service, desiredCount=2)
    ecs.steady(service)
    assert Counter(task["availabilityZone"] for task in ecs.tasks(service)) == {"us-east-1a": 1, "us-east-1b": 1}
    stopped = ecs.tasks(service, "STOPPED")
    assert {task["stopCode"] for task in stopped} == {"ServiceSchedulerInitiated"}
    assert all(task["stoppedReason"].startswith("Scaling activity initiated by") for task in stopped)


def test_a_task_that_a_person_stops_is_replaced(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK), 2)
    ecs.steady(service)
    before = arns(ecs.tasks(service))
    victim = min(before)
    ecs.client.stop_task(cluster="tests", task=victim, reason="a drill")
    assert ecs.stopped(victim)["stoppedReason"] == "a drill"
    wait_until(lambda: len(ecs.tasks(service)) == 2, 10)
    ecs.steady(service)
    assert len(arns(ecs.tasks(service)) & before) == 1


def test_a_process_killed_by_hand_is_noticed_and_replaced(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK), 1)
    ecs.steady(service)
    (victim,) = arns(ecs.tasks(service))
    os.kill(ecs.running(victim)["pid"], signal.SIGKILL)
    task = ecs.stopped(victim)
    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert task["containers"][0]["exitCode"] == 137
    wait_until(lambda: len(ecs.tasks(service)) == 1, 10)
    ecs.steady(service)


def test_a_new_definition_rolls_out_without_fewer_tasks_than_wanted(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK), 2)
    ecs.steady(service)
    before = arns(ecs.tasks(service))
    definition = ecs.define("work", f": second; {WORK}")
    answer = ecs.client.update_service(cluster="tests", service=service, taskDefinition=definition)["service"]
    assert [(one["status"], one["rolloutState"]) for one in answer["deployments"]] == [
        ("PRIMARY", "IN_PROGRESS"),
        ("ACTIVE", "COMPLETED"),
    ]
    assert history(ecs, service) == ["IN_PROGRESS", "SUCCESSFUL"]
    fewest: list[int] = []

    def replaced() -> bool:
        found = ecs.service(service)
        fewest.append(found["runningCount"])
        return len(found["deployments"]) == 1

    wait_until(replaced, 20)
    assert min(fewest) >= 2
    after = ecs.tasks(service)
    assert {task["taskDefinitionArn"] for task in after} == {definition}
    assert not arns(after) & before
    assert any("deployment completed" in message for message in messages(ecs, service))


def test_a_forced_deployment_replaces_every_task(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK), 1)
    first = ecs.steady(service)["deployments"][0]["id"]
    before = arns(ecs.tasks(service))
    ecs.client.update_service(cluster="tests", service=service, forceNewDeployment=True)
    assert ecs.steady(service)["deployments"][0]["id"] != first
    assert not arns(ecs.tasks(service)) & before


def test_a_definition_that_cannot_start_trips_the_circuit_breaker_and_is_rolled_back(ecs: Ecs, service: str) -> None:
    good = ecs.define("work", WORK)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    ecs.create(service, good, 2, deploymentConfiguration=breaker)
    first = ecs.steady(service)
    before = arns(ecs.tasks(service))
    bad = ecs.define("work", WORK, image="docker.io/library/nginx:1")
    ecs.client.update_service(cluster="tests", service=service, taskDefinition=bad)
    wait_until(lambda: ecs.service(service)["taskDefinition"] == good, 30, lambda: ecs.service(service))
    found = ecs.steady(service)
    assert found["deployments"][0]["id"] == first["deployments"][0]["id"]
    assert arns(ecs.tasks(service)) == before
    assert history(ecs, service) == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    said = messages(ecs, service)
    assert any("deployment failed: tasks failed to start" in message for message in said)
    assert any("rolling back to deployment" in message for message in said)


def test_a_failed_container_health_check_replaces_the_task(ecs: Ecs, service: str) -> None:
    check = {"command": ["CMD-SHELL", "test ! -e sick"], "interval": 5, "timeout": 2, "retries": 2}
    ecs.create(service, ecs.define("work", WORK, healthCheck=check), 1)
    ecs.steady(service)
    (task,) = ecs.tasks(service)
    assert task["healthStatus"] == "HEALTHY"
    process = ecs.running(task["taskArn"])["pid"]
    with open(f"/proc/{process}/cwd/sick", "w"):  # noqa: PTH123
        pass
    stopped = ecs.stopped(task["taskArn"])
    assert (stopped["stopCode"], stopped["stoppedReason"]) == (
        "ServiceSchedulerInitiated",
        "Task failed container health checks",
    )
    wait_until(lambda: len(ecs.tasks(service)) == 1, 10)


def test_tasks_that_never_start_are_tried_less_and_less_often(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK, image="docker.io/library/nginx:1"), 1)
    sentence = f"(service {service}) is unable to consistently start tasks successfully."
    wait_until(lambda: sentence in messages(ecs, service), 20)


def test_a_task_is_in_the_target_group_by_its_private_address(ecs: Ecs, service: str) -> None:
    balancing = ecs.aws("elbv2")
    vpc = ecs.aws("ec2").describe_subnets(SubnetIds=ecs.subnets)["Subnets"][0]["VpcId"]
    group = balancing.create_target_group(
        Name="tests", Protocol="HTTP", Port=4000, VpcId=vpc, TargetType="ip", HealthCheckPath="/"
    )["TargetGroups"][0]["TargetGroupArn"]
    balancing.modify_target_group_attributes(
        TargetGroupArn=group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
    )
    ports = {"portMappings": [{"containerPort": 4000, "protocol": "tcp"}]}
    balancers = [{"targetGroupArn": group, "containerName": "main", "containerPort": 4000}]
    ecs.create(service, ecs.define("work", WORK, **ports), 2, loadBalancers=balancers)
    ecs.steady(service)

    def registered() -> list[str]:
        found = balancing.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return sorted(one["Target"]["Id"] for one in found)

    def addresses() -> list[str]:
        details = [task["attachments"][0]["details"] for task in ecs.tasks(service)]
        return sorted(one["value"] for each in details for one in each if one["name"] == "privateIPv4Address")

    assert registered() == addresses()
    ecs.client.update_service(cluster="tests", service=service, desiredCount=1)
    ecs.steady(service)
    assert registered() == addresses()


def test_a_deleted_service_drains_and_a_cluster_with_tasks_cannot_be_deleted(ecs: Ecs) -> None:
    ecs.create("leaving", ecs.define("work", WORK), 1)
    ecs.steady("leaving")
    deleted = ecs.client.delete_service(cluster="tests", service="leaving", force=True)["service"]
    assert deleted["status"] == "DRAINING"
    with pytest.raises(ecs.client.exceptions.ClusterContainsServicesException, match="Services are active"):
        ecs.client.delete_cluster(cluster="tests")
    wait_until(lambda: ecs.service("leaving")["status"] == "INACTIVE", 20)
    assert ecs.tasks("leaving") == []


def fault(ecs: Ecs, verb: str, **arguments: str) -> None:
    body = json.dumps({"verb": verb, **arguments}).encode()
    with urllib.request.urlopen(f"{ecs.rehearsal.url}/_rehearsal/tasks", data=body, timeout=10) as answer:
        assert json.load(answer) == {"done": verb}


def test_the_tasks_of_a_zone_that_is_cut_are_replaced_in_the_other(ecs: Ecs, service: str) -> None:
    check = {"command": ["CMD-SHELL", "test $(cut -d' ' -f3 /proc/$(cat pid)/stat) != T"], "interval": 5, "retries": 2}
    ecs.create(service, ecs.define("work", f"echo $$ > pid; {WORK}", healthCheck=check, stopTimeout=2), 2)
    ecs.steady(service)
    fault(ecs, "cut_zone", zone="us-east-1b")
    wait_until(lambda: {task["availabilityZone"] for task in ecs.tasks(service)} == {"us-east-1a"}, 20)
    ecs.steady(service)
    fault(ecs, "restore_zone", zone="us-east-1b")
    assert ecs.status()["zones_cut"] == []


def test_a_spot_task_that_is_taken_back_says_so(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK), 1)
    ecs.steady(service)
    (task,) = ecs.tasks(service)
    fault(ecs, "interrupt_spot", task=task["taskArn"])
    assert ecs.stopped(task["taskArn"])["stopCode"] == "SpotInterruption"


def rebalanced(ecs: Ecs, service: str) -> list[str]:
    """What the service said of it, the first first."""
    return [said for said in reversed(messages(ecs, service)) if "AZ" in said]


def test_when_a_lost_zone_returns_the_service_spreads_over_both_again_without_ever_having_fewer_tasks(
    ecs: Ecs, service: str
) -> None:
    check = {"command": ["CMD-SHELL", "test $(cut -d' ' -f3 /proc/$(cat pid)/stat) != T"], "interval": 5, "retries": 2}
    definition = ecs.define("work", f"echo $$ > pid; {WORK}", healthCheck=check, stopTimeout=2)
    ecs.create(service, definition, 4, availabilityZoneRebalancing="ENABLED")
    ecs.steady(service)
    fault(ecs, "cut_zone", zone="us-east-1b")
    try:
        wait_until(lambda: {task["availabilityZone"] for task in ecs.tasks(service)} == {"us-east-1a"}, 20)
        ecs.steady(service)
        time.sleep(1)
        assert rebalanced(ecs, service) == [], "nothing moves into a zone that is cut off"
    finally:
        fault(ecs, "restore_zone", zone="us-east-1b")
    fewest = 4

    def even() -> bool:
        nonlocal fewest
        tasks = ecs.tasks(service)
        fewest = min(fewest, sum(task["lastStatus"] == "RUNNING" for task in tasks))
        return Counter(task["availabilityZone"] for task in tasks) == {"us-east-1a": 2, "us-east-1b": 2}

    wait_until(even, 30, lambda: rebalanced(ecs, service))
    ecs.steady(service)
    wait_until(lambda: len(rebalanced(ecs, service)) == 6, 5, lambda: rebalanced(ecs, service))
    first, *moves, last = rebalanced(ecs, service)
    assert first == (
        f"(service {service}) is not AZ balanced with 4 tasks in us-east-1a and 0 tasks in us-east-1b. "
        "AZ Rebalancing in progress."
    )
    assert ["has started 1 tasks in us-east-1b to AZ Rebalance" in said for said in moves] == [True, False] * 2
    assert ["has stopped 1 running tasks in us-east-1a due to" in said for said in moves] == [False, True] * 2
    assert last == f"(service {service}) is AZ balanced with 2 tasks in us-east-1a and 2 tasks in us-east-1b."
    assert fewest == 4


def test_a_service_without_rebalancing_stays_where_it_is(ecs: Ecs, service: str) -> None:
    ecs.create(service, ecs.define("work", WORK, stopTimeout=2), 2, availabilityZoneRebalancing="DISABLED")
    ecs.steady(service)
    fault(ecs, "cut_zone", zone="us-east-1b")
    try:
        victim = next(task["taskArn"] for task in ecs.tasks(service) if task["availabilityZone"] == "us-east-1b")
        ecs.client.stop_task(cluster="tests", task=victim)
        wait_until(lambda: [task["availabilityZone"] for task in ecs.tasks(service)] == ["us-east-1a"] * 2, 20)
    finally:
        fault(ecs, "restore_zone", zone="us-east-1b")
    ecs.steady(service)
    time.sleep(1)
    assert Counter(task["availabilityZone"] for task in ecs.tasks(service)) == {"us-east-1a": 2}
    assert rebalanced(ecs, service) == []
