"""The service's tasks, and those that run once before a deployment."""

from dataclasses import dataclass

from modules.planning.cost.fargate import price_key
from modules.planning.cost.lines import Component
from modules.planning.cost.month import Charged, Month
from modules.planning.cost.pricers.load_test import load_test_runs, of_generators
from modules.planning.cost.terraform_json import Resource
from modules.planning.cost.traffic import serves_requests, tasks
from modules.planning.fargate import CPU_UNITS_PER_VCPU
from modules.planning.units import MIB_PER_GIB

INCLUDED_STORAGE_GIB = 20
"""AWS Fargate pricing: ephemeral storage of each task that costs nothing."""
MINUTES_PER_HOUR = 60


@dataclass(frozen=True, kw_only=True)
class TaskSize:
    vcpus: float
    memory_gb: float
    architecture: str
    extra_storage_gb: float

    @property
    def shown(self) -> str:
        return f"{self.vcpus:g} vCPU and {self.memory_gb:g} GB, {self.architecture}"


def size(definition: Resource) -> TaskSize:
    storage = float(definition.block("ephemeral_storage").get("size_in_gib") or INCLUDED_STORAGE_GIB)
    return TaskSize(
        vcpus=float(definition.get("cpu", 0)) / CPU_UNITS_PER_VCPU,
        memory_gb=float(definition.get("memory", 0)) / MIB_PER_GIB,
        architecture=(definition.block("runtime_platform").get("cpu_architecture") or "X86_64").lower(),
        extra_storage_gb=max(0, storage - INCLUDED_STORAGE_GIB),
    )


def spot_tasks(service: Resource, running: float) -> float:
    """Mean number on Fargate Spot: those beyond the bases are split by weight (Amazon ECS API,
    CapacityProviderStrategyItem)."""
    strategy = service.blocks("capacity_provider_strategy")
    weights = {
        item["capacity_provider"]: float(item.get("weight") or 0) for item in strategy if item.get("capacity_provider")
    }
    bases = {item["capacity_provider"]: float(item.get("base") or 0) for item in strategy if item.get("base")}
    shared = max(0, running - sum(bases.values()))
    total = sum(weights.values())
    share = weights.get("FARGATE_SPOT", 0) / total if total else 0
    return min(running, bases.get("FARGATE_SPOT", 0)) + shared * share


def service(service: Resource, month: Month) -> Charged:
    definitions = month.plan.referred(service, "task_definition", "aws_ecs_task_definition")
    if not definitions:
        yield month.not_priced(service, "its task definition is not in the plan, and with it the tasks' size")
        return
    if service.get("launch_type") == "EC2":
        yield month.not_priced(service, "its tasks run on instances of EC2, which have no pricer")
        return
    one = size(definitions[0])
    running = tasks(month, service)
    spot = spot_tasks(service, running)
    for kind, count, on_spot in (("on demand", running - spot, False), ("Spot", spot, True)):
        because = f"{count:g} tasks of {one.shown}, {month.hours:g} h"
        yield from _tasks(service, month, kind, one, count * month.hours, because, on_spot)
    yield from month.charge(
        service,
        Component.COMPUTE,
        "ephemeral storage beyond 20 GB",
        "fargate.storage_gb",
        one.extra_storage_gb * running * month.hours,
        f"{one.extra_storage_gb:g} GB more for each of {running:g} tasks, {month.hours:g} h",
    )
    if serves_requests(month.plan, service):
        yield from _deployments(service, month, one, running)
    if service.block("network_configuration").get("assign_public_ip"):
        yield from month.charge(
            service,
            Component.NETWORK,
            "public IPv4 of tasks",
            "ipv4.hour",
            running * month.hours,
            f"one for each of {running:g} tasks",
        )


def _deployments(service: Resource, month: Month, one: TaskSize, running: float) -> Charged:
    usage = month.usage.tasks
    beside = running * max(0, float(service.get("deployment_maximum_percent", 200)) - 100) / 100
    deployments, minutes = month.at(usage.deployments), month.at(usage.deployment_minutes)
    because = f"{deployments:g} deployments with {beside:g} tasks beside the old ones for {minutes:g} min"
    hours = deployments * beside * minutes / MINUTES_PER_HOUR
    yield from _tasks(service, month, "while deploying", one, hours, because, on_spot=False)


def gated_task(definition: Resource, month: Month) -> Charged:
    """A definition that no service runs is run once before each deployment."""
    if month.plan.referring("aws_ecs_service", "task_definition", definition) or of_generators(definition):
        return
    usage = month.usage.tasks
    deployments, minutes = month.at(usage.deployments), month.at(usage.gated_task_minutes)
    because = f"{deployments:g} deployments, {minutes:g} min each, {size(definition).shown}"
    hours = deployments * minutes / MINUTES_PER_HOUR
    yield from _tasks(definition, month, "before deployments", size(definition), hours, because, on_spot=False)


def load_generators(definition: Resource, month: Month) -> Charged:
    if not of_generators(definition):
        return
    usage, one = month.usage.load_tests, size(definition)
    count, minutes = month.at(usage.tasks), month.at(usage.minutes)
    because = f"{load_test_runs(month):g} runs with {count:g} tasks of {one.shown}, {minutes:g} min each"
    hours = load_test_runs(month) * count * minutes / MINUTES_PER_HOUR
    yield from _tasks(definition, month, "in load tests", one, hours, because, on_spot=False)


def _tasks(
    resource: Resource, month: Month, kind: str, one: TaskSize, task_hours: float, because: str, on_spot: bool
) -> Charged:
    for name, key, amount in (("vCPU", "vcpu", one.vcpus), ("memory", "gb", one.memory_gb)):
        yield from month.charge(
            resource,
            Component.COMPUTE,
            f"{name}, {kind}",
            price_key(one.architecture, key, on_spot),
            amount * task_hours,
            because,
        )
