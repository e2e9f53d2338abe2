"""ECS: what services and tasks were configured with, and no claim of a task that nobody runs."""

from types import SimpleNamespace
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ecs.models import EC2ContainerServiceBackend, Task
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
    wrap(EC2ContainerServiceResponse, "register_task_definition", keep_whether_faults_may_be_injected)
    wrap(EC2ContainerServiceBackend, "_calculate_task_resource_requirements", let_the_task_state_the_memory)
    wrap(EC2ContainerServiceResponse, "run_task", keep_what_a_task_is_started_with)
    wrap(Task, "__init__", leave_a_new_task_to_those_who_run_it)
    wrap(EC2ContainerServiceBackend, "stop_task", take_the_network_interface_from_a_stopped_task)
    wrap(EC2ContainerServiceBackend, "delete_cluster", end_the_tasks_of_a_deleted_cluster)


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


def keep_whether_faults_may_be_injected(original: Method, response: Any) -> Any:
    """AWS keeps whether a task's container may ask for faults; moto drops it, and Terraform makes another revision."""
    answer = original(response)
    answer.result["taskDefinition"].enable_fault_injection = response._get_bool_param("enableFaultInjection", False)
    return answer


def let_the_task_state_the_memory(original: Method, backend: Any, task_definition: Any) -> Any:
    """On AWS a Fargate task states its memory and the containers share it; moto fails unless each states its own."""
    containers = [
        {"memory": container.get("memoryReservation", 0)} | container
        for container in task_definition.container_definitions
    ]
    return original(SimpleNamespace(container_definitions=containers))


def keep_what_a_task_is_started_with(original: Method, response: Any) -> Any:
    """AWS takes the VPC's default security group unless told otherwise, keeps whether commands may be executed, and
    propagates the task definition's tags when it is asked to; moto fails at the first and drops the others."""
    network = response._get_param("networkConfiguration") or {}
    network.get("awsvpcConfiguration", {}).setdefault("securityGroups", [])
    answer = original(response)
    for task in answer.result["tasks"]:
        task.enable_execute_command = response._get_bool_param("enableExecuteCommand", False)
        if response._get_param("propagateTags") == "TASK_DEFINITION":
            task.tags = [*response.ecs_backend.list_tags_for_resource(task.task_definition_arn), *task.tags]
    return answer


def leave_a_new_task_to_those_who_run_it(
    original: Method, task: Any, cluster: Any, task_definition: Any, *arguments: Any, **named: Any
) -> None:
    """AWS provisions a task and reports it as it goes; moto claims it as running, and as ended well soon after."""
    original(task, cluster, task_definition, *arguments, **named)
    task.status = "PROVISIONING"
    task.created_at = utcnow()
    task.cpu = task_definition.cpu
    task.memory = task_definition.memory
    for container in task.containers:
        container.exitCode = None
        container.health_status = "UNKNOWN"
    for subnet in _details(task, "subnetId"):
        ec2 = ec2_backends[task._account_id][task.region_name]
        task.availability_zone = ec2.get_subnet(subnet).availability_zone


def take_the_network_interface_from_a_stopped_task(original: Method, backend: Any, *arguments: Any) -> Any:
    """AWS says why and when a task stopped, and takes its network interface away; moto leaves that behind."""
    task = original(backend, *arguments)
    task.stop_code = "UserInitiated"
    task.stopped_at = utcnow()
    for interface in _details(task, "networkInterfaceId"):
        ec2_backends[task._account_id][task.region_name].enis.pop(interface, None)
    return task


def end_the_tasks_of_a_deleted_cluster(original: Method, backend: Any, name: str) -> Any:
    """On AWS tasks end before their cluster can be deleted; nobody runs those of moto, so that they never would."""
    cluster = original(backend, name)
    for task in backend.tasks.get(cluster.name, {}).values():
        if task.desired_status != "STOPPED":
            backend.stop_task(cluster.name, task.task_arn, "The cluster is deleted")
    return cluster


def _details(task: Any, name: str) -> list[str]:
    return [
        detail["value"] for attachment in task.attachments for detail in attachment["details"] if detail["name"] == name
    ]
