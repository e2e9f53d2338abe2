"""A service keeps what it was configured with, and claims no task that nobody runs."""

from collections.abc import Iterator
from typing import Any

import pytest

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
    client.delete_service(cluster="core", service="proxy", force=True)
    client.delete_cluster(cluster="core")


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
