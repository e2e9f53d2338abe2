"""Checks across the settings, each with its arithmetic in the message.

An error stops the synthesis: what was asked for cannot work or is unsafe. A warning is a choice that costs something at
the wrong moment; it is shown with every plan. Each rule is a function from an environment to its findings.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations
from typing import Literal

from modules.planning.connections import ConnectionBudget, tasks_in_deployment
from modules.planning.detection import detection_time
from modules.planning.fargate import CPU_UNITS_PER_VCPU, LONGEST_STOP_TIMEOUT_SECONDS, MEMORY_MIB_BY_CPU_UNITS
from modules.settings import Environment

Severity = Literal["error", "warning"]

READINESS_PATH = "/health/readiness"
LONGEST_DATABASE_FAILOVER_SECONDS = 120
"""Amazon RDS User Guide, "Failing over a Multi-AZ DB instance": typically 60 to 120 seconds."""
FASTEST_DATABASE_RESTORE_SECONDS = 1800
"""The source's recovery table: 30 to 60 minutes for a database in one zone."""
WIDEST_PREFIX, NARROWEST_PREFIX = 16, 28
"""Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks"."""
ADDRESSES_RESERVED_IN_A_SUBNET = 5
"""Amazon VPC User Guide, "Subnet CIDR blocks"."""
ADDRESSES_FOR_THE_LOAD_BALANCER = 8
"""Elastic Load Balancing, "Subnets for your Application Load Balancer": free addresses in each subnet."""
LEAST_MEMORY_MIB_PER_WORKER = 1024
"""LiteLLM 1.106 idles at 345 MB a worker without its database engine; measured, see shared reference litellm.md 6."""
COMFORTABLE_MEMORY_MIB_PER_WORKER = 2048
"""LiteLLM, docs/proxy/prod.md (2026-05): 8 GB for 4 workers."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    rule: str
    severity: Severity
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.rule}: {self.message}"


Rule = Callable[[Environment], Iterator[Finding]]


def check(environment: Environment) -> list[Finding]:
    """The findings of every rule, errors first."""
    findings = [finding for rule in RULES for finding in rule(environment)]
    return sorted(findings, key=lambda finding: finding.severity)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]


def connection_budget(environment: Environment) -> ConnectionBudget:
    """The budget that the rule checks and from which `database_connection_pool: auto` takes its size."""
    return ConnectionBudget(
        max_connections=environment.database.parameters.max_connections,
        reserved=environment.database.reserved_connections,
        workers=environment.service.workers,
        maximum_tasks=environment.service.maximum_tasks,
        maximum_percent=environment.service.deployment.maximum_percent,
    )


def connection_pool(environment: Environment) -> int:
    """Connections of one worker: the setting, or the largest that fits."""
    pool = environment.litellm.database_connection_pool
    return connection_budget(environment).largest_pool if pool == "auto" else pool


def connection_budget_holds(environment: Environment) -> Iterator[Finding]:
    budget = connection_budget(environment)
    asked = environment.litellm.database_connection_pool
    pool = max(1, connection_pool(environment))
    if budget.fits(pool):
        return
    largest = budget.largest_pool
    remedies = [
        f"raise database.parameters.max_connections to {budget.max_connections_for(pool)}",
        "lower service.autoscaling.maximum_tasks, service.workers or service.deployment.maximum_percent",
    ]
    if asked != "auto" and largest >= 1:
        remedies.insert(0, f"set litellm.database_connection_pool to {largest} or 'auto'")
    yield Finding(
        rule="connection_budget",
        severity="error",
        message=(
            f"{pool} connections x {budget.workers} workers x {budget.worst_case_tasks} tasks "
            f"({budget.maximum_tasks} at the maximum, {budget.maximum_percent} % of them during a deployment) = "
            f"{budget.worst_case(pool)}, but {budget.max_connections} max_connections - {budget.reserved} reserved = "
            f"{budget.available}; {', or '.join(remedies)}"
        ),
    )


def timeout_chain_holds(environment: Environment) -> Iterator[Finding]:
    request = environment.litellm.request_timeout_seconds
    idle = environment.load_balancer.idle_timeout_seconds
    keep_alive = environment.litellm.keep_alive_seconds
    graceful = environment.litellm.graceful_shutdown_seconds
    stop = environment.service.stop_timeout_seconds

    def finding(message: str) -> Finding:
        return Finding(rule="timeout_chain", severity="error", message=message)

    if request > idle:
        yield finding(
            f"litellm.request_timeout_seconds {request} > load_balancer.idle_timeout_seconds {idle}: the load balancer "
            f"answers 504 while LiteLLM still waits; set the idle timeout to at least {request}"
        )
    if idle >= keep_alive:
        yield finding(
            f"load_balancer.idle_timeout_seconds {idle} >= litellm.keep_alive_seconds {keep_alive}: a worker closes a "
            f"connection that the load balancer is about to use, and clients get 502; set keep-alive above {idle}"
        )
    if graceful >= stop:
        yield finding(
            f"litellm.graceful_shutdown_seconds {graceful} >= service.stop_timeout_seconds {stop}: ECS kills the task "
            f"before LiteLLM has finished its requests; set the graceful shutdown below {stop}"
        )
    if stop > LONGEST_STOP_TIMEOUT_SECONDS:
        yield finding(
            f"service.stop_timeout_seconds {stop} > {LONGEST_STOP_TIMEOUT_SECONDS}, the most that Fargate allows; "
            f"set it to {LONGEST_STOP_TIMEOUT_SECONDS} or less"
        )


def detection_meets_the_zone_objective(environment: Environment) -> Iterator[Finding]:
    health = environment.load_balancer.health_check
    objective = environment.objectives.zone_failure_seconds
    detection = detection_time(health.interval_seconds, health.timeout_seconds, health.unhealthy_threshold)
    if detection.unanswered_longest > objective:
        yield Finding(
            rule="detection",
            severity="warning",
            message=(
                f"a lost zone is detected after {health.interval_seconds} s x {health.unhealthy_threshold} checks + "
                f"{health.timeout_seconds} s timeout = up to {detection.unanswered_longest} s (at best "
                f"{detection.refused_shortest} s), but objectives.zone_failure_seconds is {objective}; lower "
                "load_balancer.health_check.interval_seconds or unhealthy_threshold"
            ),
        )


def readiness_does_not_kill(environment: Environment) -> Iterator[Finding]:
    health = environment.load_balancer.health_check
    patience = health.interval_seconds * health.unhealthy_threshold
    if health.path == READINESS_PATH and patience <= LONGEST_DATABASE_FAILOVER_SECONDS:
        yield Finding(
            rule="readiness_kill",
            severity="warning",
            message=(
                f"{READINESS_PATH} fails while the database is away, and ECS replaces every task after "
                f"{health.interval_seconds} s x {health.unhealthy_threshold} = {patience} s, but a failover takes up "
                f"to {LONGEST_DATABASE_FAILOVER_SECONDS} s; check /health/liveliness there, or wait longer"
            ),
        )


def network_holds_the_tasks(environment: Environment) -> Iterator[Finding]:
    network, zones = environment.network, environment.availability_zones

    def finding(message: str) -> Finding:
        return Finding(rule="network", severity="error", message=message)

    if len(set(zones)) < 2 or len(set(zones)) < len(zones):
        yield finding(f"availability_zones {', '.join(zones)}: at least two different ones are needed")
    for zone in zones:
        if not zone.startswith(environment.region):
            yield finding(f"availability zone {zone} is not in region {environment.region}")
    subnets: list[tuple[str, IPv4Network]] = []
    for key, cidrs in (("public", network.public_subnet_cidrs), ("private", network.private_subnet_cidrs)):
        if len(cidrs) != len(zones):
            yield finding(
                f"network.{key}_subnet_cidrs has {len(cidrs)} subnets for {len(zones)} availability zones; "
                "state one for each"
            )
        subnets += [(key, cidr) for cidr in cidrs]
    for key, cidr in subnets:
        if not cidr.subnet_of(network.vpc_cidr):
            yield finding(f"{key} subnet {cidr} is outside network.vpc_cidr {network.vpc_cidr}")
    for (_, first), (_, second) in combinations(subnets, 2):
        if first.overlaps(second):
            yield finding(f"subnets {first} and {second} overlap")
    for key, cidr in [("network.vpc_cidr", network.vpc_cidr), *((f"{key} subnet", cidr) for key, cidr in subnets)]:
        if not WIDEST_PREFIX <= cidr.prefixlen <= NARROWEST_PREFIX:
            yield finding(f"{key} {cidr}: AWS allows sizes from /{WIDEST_PREFIX} to /{NARROWEST_PREFIX}")
    needs = {"public": ADDRESSES_FOR_THE_LOAD_BALANCER, "private": 2 * environment.service.maximum_tasks}
    reasons = {
        "public": "the load balancer needs",
        "private": f"twice the maximum of {environment.service.maximum_tasks} tasks, all in one zone when the other "
        "is lost, needs",
    }
    for key, cidr in subnets:
        free = cidr.num_addresses - ADDRESSES_RESERVED_IN_A_SUBNET
        if free < needs[key]:
            yield finding(
                f"{key} subnet {cidr} has {cidr.num_addresses} - {ADDRESSES_RESERVED_IN_A_SUBNET} = {free} free "
                f"addresses; {reasons[key]} {needs[key]}"
            )


def task_size_exists(environment: Environment) -> Iterator[Finding]:
    service = environment.service
    memories = MEMORY_MIB_BY_CPU_UNITS.get(service.cpu_units)
    if memories is None:
        yield Finding(
            rule="task_size",
            severity="error",
            message=f"Fargate has no service.cpu_units {service.cpu_units}; allowed: "
            f"{', '.join(str(units) for units in MEMORY_MIB_BY_CPU_UNITS)}",
        )
    elif service.memory_mib not in memories:
        yield Finding(
            rule="task_size",
            severity="error",
            message=f"Fargate has no task with service.cpu_units {service.cpu_units} and memory_mib "
            f"{service.memory_mib}; with this CPU the memory is one of {', '.join(str(memory) for memory in memories)}",
        )
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
    fewest = service.autoscaling.minimum_tasks if service.autoscaling else service.desired_tasks
    most = tasks_in_deployment(fewest, deployment.maximum_percent)
    # ECS rounds the minimum up and the maximum down (Amazon ECS API, DeploymentConfiguration).
    least = -(-fewest * deployment.minimum_healthy_percent // 100)
    if most <= least:
        yield Finding(
            rule="rollout",
            severity="error",
            message=f"with {fewest} tasks, service.deployment.maximum_percent {deployment.maximum_percent} allows "
            f"{most} and minimum_healthy_percent {deployment.minimum_healthy_percent} keeps {least}: ECS can neither "
            "start a new task nor stop an old one; raise the maximum or lower the minimum",
        )


def plaintext_is_chosen(environment: Environment) -> Iterator[Finding]:
    load_balancer = environment.load_balancer
    if load_balancer.encrypted:
        return
    if load_balancer.allow_plaintext:
        yield Finding(
            rule="plaintext",
            severity="warning",
            message="the internet-facing load balancer serves HTTP only: API keys and prompts cross the internet "
            "unencrypted (load_balancer.allow_plaintext); set certificate_arn or domain",
        )
    else:
        yield Finding(
            rule="plaintext",
            severity="error",
            message="the internet-facing load balancer has neither load_balancer.certificate_arn nor "
            "load_balancer.domain, so that API keys and prompts would cross the internet unencrypted; set one of them, "
            "or load_balancer.allow_plaintext: true",
        )


def topology_meets_the_objectives(environment: Environment) -> Iterator[Finding]:
    objectives = environment.objectives
    if not environment.database.multi_az and objectives.database_failure_seconds < FASTEST_DATABASE_RESTORE_SECONDS:
        yield Finding(
            rule="objectives",
            severity="error",
            message=f"objectives.database_failure_seconds is {objectives.database_failure_seconds}, but a database in "
            f"one zone is restored from its backup in {FASTEST_DATABASE_RESTORE_SECONDS} s at best; set "
            "database.multi_az: true or a longer objective",
        )
    if environment.database.multi_az and objectives.database_failure_seconds < LONGEST_DATABASE_FAILOVER_SECONDS:
        yield Finding(
            rule="objectives",
            severity="warning",
            message=f"objectives.database_failure_seconds is {objectives.database_failure_seconds}, but a failover of "
            f"RDS takes up to {LONGEST_DATABASE_FAILOVER_SECONDS} s",
        )
    single = [
        name
        for name, is_single in (
            ("network.nat_gateways: single", environment.network.nat_gateways == "single"),
            ("database.multi_az: false", not environment.database.multi_az),
        )
        if is_single
    ]
    if single:
        yield Finding(
            rule="objectives",
            severity="warning",
            message=f"{' and '.join(single)}: losing the zone that holds it ends service until it is rebuilt, whatever "
            f"objectives.zone_failure_seconds ({objectives.zone_failure_seconds}) says",
        )


RULES: tuple[Rule, ...] = (
    connection_budget_holds,
    timeout_chain_holds,
    detection_meets_the_zone_objective,
    readiness_does_not_kill,
    network_holds_the_tasks,
    task_size_exists,
    rollout_can_start,
    plaintext_is_chosen,
    topology_meets_the_objectives,
)
