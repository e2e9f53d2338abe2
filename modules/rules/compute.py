"""What Fargate runs, and how ECS replaces it."""

from collections.abc import Iterator

from modules.planning.capacity.memory import COMFORTABLE_MEMORY_MIB_PER_WORKER, LEAST_MEMORY_MIB_PER_WORKER
from modules.planning.connections import tasks_in_deployment, tasks_kept_in_deployment
from modules.planning.fargate import CPU_UNITS_PER_VCPU, MEMORY_MIB_BY_CPU_UNITS
from modules.rules.finding import Finding, Rule
from modules.settings import Environment


def fargate_size(rule: str, setting: str, cpu_units: int, memory_mib: int) -> Iterator[Finding]:
    """Whether Fargate has tasks of the size that `<setting>.cpu_units` and `<setting>.memory_mib` state."""
    memories = MEMORY_MIB_BY_CPU_UNITS.get(cpu_units)
    if memories is None:
        yield Finding(
            rule=rule,
            severity="error",
            message=f"Fargate has no {setting}.cpu_units {cpu_units}; allowed: "
            f"{', '.join(str(units) for units in MEMORY_MIB_BY_CPU_UNITS)}",
        )
    elif memory_mib not in memories:
        yield Finding(
            rule=rule,
            severity="error",
            message=f"Fargate has no task with {setting}.cpu_units {cpu_units} and memory_mib {memory_mib}; with this "
            f"CPU the memory is one of {', '.join(str(memory) for memory in memories)}",
        )


def task_size_exists(environment: Environment) -> Iterator[Finding]:
    service = environment.service
    yield from fargate_size("task_size", "service", service.cpu_units, service.memory_mib)
    vcpus = service.cpu_units / CPU_UNITS_PER_VCPU
    if service.workers > max(1, vcpus):
        yield Finding(
            rule="task_size",
            severity="warning",
            message=f"{service.workers} workers share {vcpus:g} vCPU; LiteLLM is fastest with one worker for each vCPU",
        )
    memory_per_worker = service.memory_mib // service.workers
    arithmetic = f"{service.memory_mib} MiB / {service.workers} workers = {memory_per_worker} MiB for each"
    if memory_per_worker < LEAST_MEMORY_MIB_PER_WORKER:
        yield Finding(
            rule="task_size",
            severity="error",
            message=f"{arithmetic}; LiteLLM with its database engine needs {LEAST_MEMORY_MIB_PER_WORKER}: raise "
            "service.memory_mib or lower service.workers",
        )
    elif memory_per_worker < COMFORTABLE_MEMORY_MIB_PER_WORKER:
        yield Finding(
            rule="task_size",
            severity="warning",
            message=f"{arithmetic}; LiteLLM recommends at least {COMFORTABLE_MEMORY_MIB_PER_WORKER}",
        )


def rollout_can_start(environment: Environment) -> Iterator[Finding]:
    service, deployment = environment.service, environment.service.deployment
    fewest = service.minimum_tasks
    most = tasks_in_deployment(fewest, deployment.maximum_percent)
    least = tasks_kept_in_deployment(fewest, deployment.minimum_healthy_percent)
    if most <= least:
        yield Finding(
            rule="rollout",
            severity="error",
            message=f"with {fewest} tasks, service.deployment.maximum_percent {deployment.maximum_percent} allows "
            f"{most} and minimum_healthy_percent {deployment.minimum_healthy_percent} keeps {least}: ECS can neither "
            "start a new task nor stop an old one; raise the maximum or lower the minimum",
        )


def shells_can_be_opened(environment: Environment) -> Iterator[Finding]:
    """Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec", considerations."""
    service = environment.service
    if service.ecs_exec and service.read_only_root_filesystem:
        yield Finding(
            rule="ecs_exec",
            severity="error",
            message="service.ecs_exec and service.read_only_root_filesystem exclude each other: the agent of ECS Exec "
            "writes to the container's root file system; set service.read_only_root_filesystem: false, or "
            "service.ecs_exec: false",
        )


def spot_is_sound(environment: Environment) -> Iterator[Finding]:
    spot, zones, most = environment.service.spot, len(environment.availability_zones), environment.service.maximum_tasks
    if spot is None:
        return
    if spot.on_demand_tasks < zones:
        yield Finding(
            rule="spot",
            severity="warning",
            message=f"service.spot.on_demand_tasks {spot.on_demand_tasks} is below the {zones} availability_zones: AWS "
            "can take back all Spot tasks of a zone together, and none is left there until it has capacity again; set "
            f"it to {zones} or more",
        )
    if spot.on_demand_tasks >= most:
        yield Finding(
            rule="spot",
            severity="warning",
            message=f"service.spot.on_demand_tasks {spot.on_demand_tasks} covers all of the {most} tasks that there "
            "can be: Spot never comes to use; lower it, or take service.spot out",
        )


RULES: tuple[Rule, ...] = (
    task_size_exists,
    rollout_can_start,
    shells_can_be_opened,
    spot_is_sound,
)
