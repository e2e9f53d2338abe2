"""ECS: what a service was configured with, and counts that do not claim tasks which nobody started."""

from typing import Any

from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from modules.rehearsal.gaps.patching import Method, wrap

_KEPT = {
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "deploymentConfiguration": "deployment_configuration",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "placementConstraints": "placement_constraints",
    "placementStrategy": "placement_strategy",
}


def install() -> None:
    wrap(EC2ContainerServiceResponse, "create_service", keep_what_a_service_is_created_with)
    wrap(EC2ContainerServiceBackend, "update_service", leave_running_tasks_to_those_who_run_them)


def keep_what_a_service_is_created_with(original: Method, response: Any) -> Any:
    """AWS returns all that a service was created with; moto drops these settings (an update keeps them).

    With a capacity provider strategy there is no launch type on AWS; moto makes it EC2.
    """
    answer = original(response)
    service = answer.result["service"]
    for parameter, attribute in _KEPT.items():
        value = response._get_param(parameter)
        if value is not None:
            setattr(service, attribute, value)
    if response._get_param("capacityProviderStrategy"):
        service.launch_type = None
    return answer


def leave_running_tasks_to_those_who_run_them(original: Method, backend: Any, properties: dict[str, Any]) -> Any:
    """AWS reports a task as running when it runs; moto claims a new desired count as running at once.

    moto also keeps a task definition as it was written in the request, where AWS answers with its ARN.
    """
    wanted = properties.pop("desired_count", None)
    if properties.get("task_definition"):
        properties["task_definition"] = backend.describe_task_definition(properties["task_definition"]).arn
    cluster = backend._get_cluster(properties.get("cluster") or "default")
    service = original(backend, properties)
    if wanted is not None:
        service.desired_count = wanted
    service.pending_count = max(service.desired_count - service.running_count, 0)
    # moto has taken the service's tasks off the cluster's counts, to add them again.
    backend.update_cluster_resources(cluster, service.running_count, task_state="RUNNING")
    backend.update_cluster_resources(cluster, service.pending_count, task_state="PENDING")
    for deployment in service.deployments[:1]:
        deployment["desiredCount"] = service.desired_count
        deployment["pendingCount"] = service.pending_count
        deployment["taskDefinition"] = service.task_definition
    return service
