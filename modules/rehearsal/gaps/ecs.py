"""ECS: what services and tasks were configured with. Who runs the tasks is in modules/rehearsal/tasks."""

import contextlib
from types import SimpleNamespace
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.exceptions import InvalidSubnetIdError
from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import ECSException
from moto.ecs.models import Container, EC2ContainerServiceBackend, Task
from moto.ecs.responses import EC2ContainerServiceResponse

from modules.rehearsal.gaps import ecs_deployments
from modules.rehearsal.gaps.ecs_deployments import new_deployment
from modules.rehearsal.gaps.patching import Method, wrap

_KEPT = {
    "alarms": "alarms",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "deploymentConfiguration": "deployment_configuration",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "placementConstraints": "placement_constraints",
    "placementStrategy": "placement_strategy",
}
_DEPLOYED = (
    "task_definition",
    "network_configuration",
    "load_balancers",
    "capacity_provider_strategy",
    "platform_version",
)
"""A change of one of these replaces the service's tasks (Amazon ECS API, UpdateService)."""


def install() -> None:
    wrap(EC2ContainerServiceResponse, "create_service", keep_what_a_service_is_created_with)
    wrap(EC2ContainerServiceBackend, "update_service", begin_a_deployment_when_tasks_have_to_be_replaced)
    wrap(EC2ContainerServiceBackend, "delete_service", drain_a_deleted_service)
    wrap(EC2ContainerServiceResponse, "register_task_definition", keep_whether_faults_may_be_injected)
    wrap(EC2ContainerServiceBackend, "_calculate_task_resource_requirements", let_the_task_state_the_memory)
    wrap(EC2ContainerServiceResponse, "run_task", keep_what_a_task_is_started_with)
    wrap(Task, "__init__", leave_a_new_task_to_those_who_run_it)
    wrap(EC2ContainerServiceBackend, "stop_task", ask_a_task_to_stop)
    wrap(EC2ContainerServiceBackend, "list_tasks", list_what_is_asked_for)
    wrap(EC2ContainerServiceBackend, "delete_cluster", keep_a_cluster_in_use)
    ecs_deployments.install()


def runs_on_fargate(service: Any) -> bool:
    """The others have no container instance here, and no tasks."""
    strategy = getattr(service, "capacity_provider_strategy", None) or []
    return service.launch_type == "FARGATE" or any(one["capacityProvider"].startswith("FARGATE") for one in strategy)


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
    service.created_at = utcnow()
    if response._get_param("capacityProviderStrategy"):
        service.launch_type = None
    if runs_on_fargate(service):
        # In the same form as every later one.
        service.deployments = []
        new_deployment(service, service.task_definition)
    return answer


def begin_a_deployment_when_tasks_have_to_be_replaced(
    original: Method, backend: Any, properties: dict[str, Any]
) -> Any:
    """AWS begins a deployment beside the one that serves, and reports a task as running when it runs; moto changes the
    one that there is, and claims a new desired count as running at once.

    moto also keeps a task definition as it was written in the request, where AWS answers with its ARN.
    """
    wanted = properties.pop("desired_count", None)
    forced = properties.pop("force_new_deployment", False)
    if properties.get("task_definition"):
        properties["task_definition"] = backend.describe_task_definition(properties["task_definition"]).arn
    cluster = backend._get_cluster(properties.get("cluster") or "default")
    former = backend._get_service(cluster.name, properties["service"].split("/")[-1])
    deployed = [getattr(former, name, None) for name in _DEPLOYED]
    service = original(backend, properties)
    if wanted is not None:
        service.desired_count = wanted
    service.pending_count = max(service.desired_count - service.running_count, 0)
    # moto has taken the service's tasks off the cluster's counts, to add them again.
    backend.update_cluster_resources(cluster, service.running_count, task_state="RUNNING")
    backend.update_cluster_resources(cluster, service.pending_count, task_state="PENDING")
    if forced or deployed != [getattr(service, name, None) for name in _DEPLOYED]:
        if runs_on_fargate(service):
            new_deployment(service, service.task_definition)
        else:
            service.deployments[0]["taskDefinition"] = service.task_definition
    for deployment in service.deployments[:1]:
        deployment["desiredCount"] = service.desired_count
        if not runs_on_fargate(service):
            deployment["pendingCount"] = service.pending_count
    return service


def drain_a_deleted_service(original: Method, backend: Any, *arguments: Any, **named: Any) -> Any:
    """AWS keeps a deleted service as DRAINING until its last task has stopped; moto calls it INACTIVE at once."""
    service = original(backend, *arguments, **named)
    service.desired_count = 0
    if service.running_count or _active_tasks(backend, service.cluster_name, f"service:{service.name}"):
        service.status = "DRAINING"
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
    task._transitions = []
    task.status = "PROVISIONING"
    task.created_at = utcnow()
    task.cpu = task_definition.cpu
    task.memory = task_definition.memory
    task.version = 1
    task.health_status = "UNKNOWN"
    # moto knows the first container alone.
    container: Any = Container
    task.containers = [
        container(SimpleNamespace(arn=task_definition.arn, container_definitions=[definition]))
        for definition in task_definition.container_definitions
    ]
    for container in task.containers:
        container.task_arn = task.task_arn
        container.exitCode = None
        container.health_status = "UNKNOWN"
    for attachment in task.attachments:
        _give_an_address_of_the_subnet(task, attachment["details"])


def _give_an_address_of_the_subnet(task: Any, attached: list[dict[str, str]]) -> None:
    """moto takes any private address."""
    named = {one["name"]: one for one in attached}
    ec2 = ec2_backends[task._account_id][task.region_name]
    subnet: Any = ec2.get_subnet(named["subnetId"]["value"])
    interface = ec2.enis[named["networkInterfaceId"]["value"]]
    address = subnet.get_available_subnet_ip(interface)
    interface.private_ip_address = named["privateIPv4Address"]["value"] = address
    interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
    task.availability_zone = subnet.availability_zone


def release_network_interfaces(task: Any) -> None:
    """What AWS does when a task has ended; moto leaves the interface behind."""
    ec2 = ec2_backends[task._account_id][task.region_name]
    for interface in details(task, "networkInterfaceId"):
        ec2.enis.pop(interface, None)
    for subnet, address in zip(details(task, "subnetId"), details(task, "privateIPv4Address"), strict=True):
        with contextlib.suppress(InvalidSubnetIdError):
            ec2.get_subnet(subnet).del_subnet_ip(address)


def ask_a_task_to_stop(original: Method, backend: Any, *arguments: Any) -> Any:
    """AWS answers at once and lets the task end in its own time; moto calls it stopped."""
    task = _asked_for(backend, *arguments)
    before = (task.last_status, task.desired_status, task.stopped_reason) if task else None
    stopped = original(backend, *arguments)
    if before is None:
        return stopped
    stopped.last_status = before[0]
    if before[1] == "STOPPED":
        stopped.stopped_reason = before[2]
    else:
        stopped.stop_code = "UserInitiated"
        stopped.stopped_reason = stopped.stopped_reason or "Task stopped by user"
        stopped.stopping_at = utcnow()
    return stopped


def list_what_is_asked_for(
    original: Method,
    backend: Any,
    cluster_str: str | None = None,
    container_instance: str | None = None,
    family: str | None = None,
    started_by: str | None = None,
    service_name: str | None = None,
    desired_status: str | None = None,
) -> Any:
    """AWS lists running tasks unless it is asked for stopped ones, and those of a service; moto lists all."""
    # Without a cluster it is moto itself that asks.
    wanted = desired_status or ("RUNNING" if cluster_str else None)
    found = original(backend, cluster_str, container_instance, family, started_by, service_name, wanted)
    if service_name is None:
        return found
    return [task for task in found if task.group == f"service:{service_name.split('/')[-1]}"]


def keep_a_cluster_in_use(original: Method, backend: Any, name: str) -> Any:
    """AWS deletes no cluster with services or tasks (Amazon ECS API, DeleteCluster); Terraform then tries again."""
    cluster = backend._get_cluster(name)
    services = [one for one in backend.services.values() if one.cluster_name == cluster.name]
    if any(one.status != "INACTIVE" and runs_on_fargate(one) for one in services):
        raise ECSException(
            "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
        )
    if _active_tasks(backend, cluster.name):
        raise ECSException("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    return original(backend, name)


def details(task: Any, name: str) -> list[str]:
    """Of the task's network interface, e.g. its subnet."""
    return [
        detail["value"] for attachment in task.attachments for detail in attachment["details"] if detail["name"] == name
    ]


def _active_tasks(backend: Any, cluster: str, group: str | None = None) -> list[Any]:
    tasks = backend.tasks.get(cluster, {}).values()
    return [task for task in tasks if task.last_status != "STOPPED" and group in (None, task.group)]


def _asked_for(backend: Any, cluster_str: str, task_str: str, *_: Any) -> Any:
    cluster = backend._get_cluster(cluster_str)
    identifier = task_str.split("/")[-1]
    found = (task for arn, task in backend.tasks.get(cluster.name, {}).items() if arn.endswith(identifier))
    return next(found, None)
