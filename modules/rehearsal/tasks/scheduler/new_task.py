"""One more task of a service, where it belongs."""

from collections.abc import Sequence
from typing import Any

from moto.ec2.models import ec2_backends

from modules.rehearsal.tasks.machine import Machine
from modules.rehearsal.tasks.scheduler import placement
from modules.rehearsal.tasks.task import TaskRun


def zones_of(service: Any) -> dict[str, str]:
    """The zone of each of the service's subnets."""
    network = service.network_configuration.get("awsvpcConfiguration", {})
    ec2 = ec2_backends[service._account_id][service.region_name]
    return {one: ec2.get_subnet(one).availability_zone for one in network.get("subnets", [])}


def new_task(machine: Machine, backend: Any, service: Any, wanted: Sequence[TaskRun], primary: dict[str, Any]) -> Any:
    """
    Args:
        wanted: the service's tasks that stay.
        primary: the deployment that it belongs to.

    Returns:
        moto's task; None when no zone takes one.
    """
    network = service.network_configuration.get("awsvpcConfiguration", {})
    subnet = placement.subnet(zones_of(service), [run.zone for run in wanted], machine.zones_cut)
    if subnet is None:
        return None
    strategy = getattr(service, "capacity_provider_strategy", None) or []
    if strategy:
        taken = [run.model.capacity_provider_name for run in wanted]
        provider = placement.capacity_provider(strategy, taken, machine.choose)
        strategy = [{"capacityProvider": provider}]
    (model,) = backend.run_task(
        cluster_str=service.cluster_name,
        task_definition_str=primary["taskDefinition"],
        count=1,
        overrides=None,
        started_by=primary["id"],
        tags=_tags(backend, service, primary["taskDefinition"]),
        launch_type=None if strategy else service.launch_type,
        networking_configuration={
            "awsvpcConfiguration": {"securityGroups": [], **network, "subnets": [subnet]},
        },
        group=f"service:{service.name}",
        platform_version=service.platform_version,
        capacity_provider_strategy=strategy or None,
    )
    model.enable_execute_command = getattr(service, "enable_execute_command", False)
    model.launch_type = "FARGATE"
    return model


def _tags(backend: Any, service: Any, task_definition: str) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = []
    if service.propagate_tags == "SERVICE":
        tags += service.tags
    elif service.propagate_tags == "TASK_DEFINITION":
        tags += backend.list_tags_for_resource(task_definition)
    if getattr(service, "enable_ecs_managed_tags", False):
        tags += [
            {"key": "aws:ecs:clusterName", "value": service.cluster_name},
            {"key": "aws:ecs:serviceName", "value": service.name},
        ]
    return tags
