"""A service keeps what it was configured with, and claims no task that nobody runs."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.rehearsal.parts import wait_until

from .conftest import AwsClient

DEPLOYMENT = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}
CONFIGURED = {
    "availabilityZoneRebalancing": "ENABLED",
    "deploymentConfiguration": DEPLOYMENT,
    "enableECSManagedTags": True,
    "enableExecuteCommand": True,
    "healthCheckGracePeriodSeconds": 120,
    "propagateTags": "SERVICE",
}
SERVICE = {"cluster": "core", "serviceName": "proxy", "taskDefinition": "proxy", "desiredCount": 2}


@pytest.fixture
def ecs(aws: AwsClient, network: dict[str, list[str]]) -> Iterator[Any]:
    client = aws("ecs")
    client.create_cluster(clusterName="core")
    client.register_task_definition(
        family="proxy",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "proxy", "image": "proxy"}],
    )
    yield client
    if client.describe_services(cluster="core", services=["proxy"])["services"]:
        client.delete_service(cluster="core", service="proxy", force=True)
    for task in client.list_tasks(cluster="core")["taskArns"]:
        client.stop_task(cluster="core", task=task)
    wait_until(lambda: deleted(client), 30)


def deleted(client: Any) -> bool:
    try:
        client.delete_cluster(cluster="core")
    except (
        client.exceptions.ClusterContainsServicesException,
        client.exceptions.ClusterContainsTasksException,
    ):
        return False
    return True


def described(ecs: Any) -> dict[str, Any]:
    service: dict[str, Any] = ecs.describe_services(cluster="core", services=["proxy"])["services"][0]
    return service


def test_a_service_keeps_what_it_is_created_with(ecs: Any, network: dict[str, list[str]]) -> None:
    network_configuration = {"awsvpcConfiguration": {**network, "assignPublicIp": "DISABLED"}}
    ecs.create_service(**SERVICE, **CONFIGURED, launchType="FARGATE", networkConfiguration=network_configuration)
    service = described(ecs)
    assert {name: service[name] for name in CONFIGURED} == CONFIGURED
    assert service["launchType"] == "FARGATE"
    assert service["networkConfiguration"] == network_configuration


def test_a_service_keeps_what_it_is_changed_to(ecs: Any) -> None:
    ecs.create_service(**SERVICE, **CONFIGURED)
    changed = {
        "availabilityZoneRebalancing": "DISABLED",
        "deploymentConfiguration": DEPLOYMENT | {"deploymentCircuitBreaker": {"enable": False, "rollback": False}},
        "enableExecuteCommand": False,
        "healthCheckGracePeriodSeconds": 0,
    }
    ecs.update_service(cluster="core", service="proxy", **changed)
    service = described(ecs)
    assert {name: service[name] for name in CONFIGURED} == CONFIGURED | changed


def test_with_a_capacity_provider_strategy_a_service_has_no_launch_type(ecs: Any) -> None:
    strategy = [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}]
    ecs.create_service(**SERVICE, capacityProviderStrategy=strategy)
    assert described(ecs)["capacityProviderStrategy"] == strategy
    assert "launchType" not in described(ecs)


def test_a_new_desired_count_is_pending_until_somebody_runs_the_tasks(ecs: Any) -> None:
    ecs.create_service(**SERVICE)
    ecs.update_service(cluster="core", service="proxy", desiredCount=5)
    service = described(ecs)
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (5, 0, 5)
    (deployment,) = service["deployments"]
    assert (deployment["desiredCount"], deployment["runningCount"], deployment["pendingCount"]) == (5, 0, 5)
    (cluster,) = ecs.describe_clusters(clusters=["core"])["clusters"]
    assert (cluster["runningTasksCount"], cluster["pendingTasksCount"]) == (0, 5)


def test_a_service_names_its_new_task_definition_by_arn(ecs: Any) -> None:
    ecs.create_service(**SERVICE)
    registered = ecs.register_task_definition(
        family="proxy", containerDefinitions=[{"name": "proxy", "image": "proxy:2", "memory": 512}]
    )["taskDefinition"]
    ecs.update_service(cluster="core", service="proxy", taskDefinition=f"proxy:{registered['revision']}")
    service = described(ecs)
    assert service["taskDefinition"] == registered["taskDefinitionArn"]
    assert service["deployments"][0]["taskDefinition"] == registered["taskDefinitionArn"]


def started(ecs: Any, network: dict[str, list[str]], **more: Any) -> dict[str, Any]:
    (task,) = ecs.run_task(
        cluster="core",
        taskDefinition="proxy",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        **more,
    )["tasks"]
    return described_task(ecs, task["taskArn"])


def described_task(ecs: Any, arn: str) -> dict[str, Any]:
    (task,) = ecs.describe_tasks(cluster="core", tasks=[arn], include=["TAGS"])["tasks"]
    found: dict[str, Any] = task
    return found


def interfaces(aws: AwsClient, network: dict[str, list[str]]) -> list[Any]:
    found: list[Any] = aws("ec2").describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": network["subnets"]}]
    )["NetworkInterfaces"]
    return found


def test_a_task_whose_containers_state_no_memory_is_started_and_waits_for_somebody_to_run_it(
    ecs: Any, network: dict[str, list[str]]
) -> None:
    task = started(ecs, network, startedBy="terraform/migration", enableExecuteCommand=True)
    assert (task["cpu"], task["memory"]) == ("256", "512")
    assert task["availabilityZone"] == "us-east-1a"
    assert task["startedBy"] == "terraform/migration"
    assert task["enableExecuteCommand"] is True
    for _ in range(10):
        task = described_task(ecs, task["taskArn"])
        assert (task["lastStatus"], task["desiredStatus"]) == ("PROVISIONING", "RUNNING")
        assert "exitCode" not in task["containers"][0]


def test_a_task_has_the_tags_of_its_definition_if_that_is_asked_for(ecs: Any, network: dict[str, list[str]]) -> None:
    definition = ecs.describe_task_definition(taskDefinition="proxy")["taskDefinition"]["taskDefinitionArn"]
    ecs.tag_resource(resourceArn=definition, tags=[{"key": "Project", "value": "litellm"}])
    own = [{"key": "purpose", "value": "migration"}]
    assert started(ecs, network, tags=own)["tags"] == own
    propagated = started(ecs, network, tags=own, propagateTags="TASK_DEFINITION")["tags"]
    assert propagated == [{"key": "Project", "value": "litellm"}, *own]


def test_a_task_without_a_security_group_is_started(ecs: Any, network: dict[str, list[str]]) -> None:
    assert started(ecs, {"subnets": network["subnets"]})["lastStatus"] == "PROVISIONING"


def test_a_stopped_task_says_why_and_leaves_no_network_interface(
    aws: AwsClient, ecs: Any, network: dict[str, list[str]]
) -> None:
    before = len(interfaces(aws, network))
    task = started(ecs, network)
    assert len(interfaces(aws, network)) == before + 1
    ecs.stop_task(cluster="core", task=task["taskArn"], reason="it took too long")
    wait_until(lambda: described_task(ecs, task["taskArn"])["lastStatus"] == "STOPPED", 10)
    task = described_task(ecs, task["taskArn"])
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "UserInitiated")
    assert task["stoppedReason"] == "it took too long"
    assert len(interfaces(aws, network)) == before


def test_a_cluster_with_a_task_is_not_deleted(aws: AwsClient, ecs: Any, network: dict[str, list[str]]) -> None:
    task = started(ecs, network)["taskArn"]
    with pytest.raises(ecs.exceptions.ClusterContainsTasksException):
        ecs.delete_cluster(cluster="core")
    ecs.stop_task(cluster="core", task=task)
    wait_until(lambda: deleted(ecs), 10)
    assert interfaces(aws, network) == []


@pytest.mark.parametrize("asked", [True, False])
def test_a_task_definition_keeps_whether_faults_may_be_injected(ecs: Any, asked: bool) -> None:
    ecs.register_task_definition(
        family="faulty",
        containerDefinitions=[{"name": "proxy", "image": "proxy", "memory": 512}],
        enableFaultInjection=asked,
    )
    assert ecs.describe_task_definition(taskDefinition="faulty")["taskDefinition"]["enableFaultInjection"] is asked
