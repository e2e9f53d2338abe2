"""What AWS allows an account by default against what an environment takes at its worst moments."""

from dataclasses import dataclass

from modules.planning.addresses import addresses_needed, free_addresses
from modules.planning.capacity.checks import not_negative
from modules.planning.connections import tasks_in_deployment
from modules.planning.fargate import CPU_UNITS_PER_VCPU
from modules.settings import Environment

FARGATE_VCPUS = 6
"""AWS General Reference, "Amazon ECS endpoints and quotas", Fargate On-Demand vCPU resource count (L-3032A538): 6 in
each region of a new account, adjustable; AWS raises it by itself with use."""
FARGATE_LAUNCHES_IN_A_MINUTE = 500
TASKS_OF_A_SERVICE = 5_000
"""The same page: rate of tasks launched by a service on Fargate; tasks per service."""
TARGETS_OF_A_LOAD_BALANCER = 1_000
"""Elastic Load Balancing, "Quotas for your Application Load Balancers": targets per target group."""
NAT_CONNECTIONS_TO_A_DESTINATION = 55_000
"""Amazon VPC User Guide, "NAT gateway basics": simultaneous connections to each destination, per address."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """
    Attributes:
        arithmetic: how `needed` comes about.
        remedy: what to do when it does not hold.
    """

    name: str
    needed: float
    allowed: float
    arithmetic: str
    remedy: str

    @property
    def holds(self) -> bool:
        return self.needed <= self.allowed


def quotas(environment: Environment, requests_per_second: float, llm_seconds: float) -> list[Quota]:
    """Those of Fargate, of the load balancer's targets, of the subnets' addresses and of the NAT gateways' ports.

    Args:
        llm_seconds: for which a request keeps its connection to the LLM busy.

    Raises:
        ValueError: a number is negative.
    """
    not_negative(requests_per_second=requests_per_second, llm_seconds=llm_seconds)
    service = environment.service
    tasks = tasks_in_deployment(service.maximum_tasks, service.deployment.maximum_percent)
    vcpus = service.cpu_units / CPU_UNITS_PER_VCPU
    worst = f"{service.maximum_tasks} tasks at the maximum x {service.deployment.maximum_percent} % in a deployment"
    return [
        Quota(
            name="Fargate vCPUs, steady",
            needed=service.desired_tasks * vcpus,
            allowed=FARGATE_VCPUS,
            arithmetic=f"{service.desired_tasks} tasks x {vcpus:g} vCPU",
            remedy="raise it (Service Quotas, L-3032A538) before the first deployment",
        ),
        Quota(
            name="Fargate vCPUs, at the worst",
            needed=tasks * vcpus,
            allowed=FARGATE_VCPUS,
            arithmetic=f"{worst} = {tasks} x {vcpus:g} vCPU",
            remedy="raise it (Service Quotas, L-3032A538), or autoscaling and deployments wait for vCPUs",
        ),
        *_load_test(environment),
        Quota(
            name="Fargate starts in a minute",
            needed=tasks,
            allowed=FARGATE_LAUNCHES_IN_A_MINUTE,
            arithmetic=f"{tasks} tasks, if all start at once",
            remedy="larger tasks, or a deployment in smaller steps",
        ),
        Quota(
            name="targets of the load balancer",
            needed=tasks,
            allowed=min(TARGETS_OF_A_LOAD_BALANCER, TASKS_OF_A_SERVICE),
            arithmetic=worst,
            remedy="larger tasks",
        ),
        *_addresses(environment),
        *_nat_ports(environment, requests_per_second, llm_seconds),
    ]


def _load_test(environment: Environment) -> list[Quota]:
    if environment.load_test is None:
        return []
    service, upstream = environment.service, environment.load_test.upstream
    generators = environment.load_test.generators
    parts = {
        "at the maximum": (service.maximum_tasks, service.cpu_units),
        "of the fake provider": (upstream.tasks, upstream.cpu_units),
        "of Locust": (generators.workers + 1, generators.cpu_units),
    }
    return [
        Quota(
            name="Fargate vCPUs, in a load test",
            needed=sum(count * units for count, units in parts.values()) / CPU_UNITS_PER_VCPU,
            allowed=FARGATE_VCPUS,
            arithmetic=" + ".join(
                f"{count} tasks {which} x {units / CPU_UNITS_PER_VCPU:g} vCPU"
                for which, (count, units) in parts.items()
            ),
            remedy="raise it (Service Quotas, L-3032A538), or the test's machines do not start",
        )
    ]


def _addresses(environment: Environment) -> list[Quota]:
    network = environment.network
    if network.existing or not network.private_subnet_cidrs:
        return []
    smallest = max(network.private_subnet_cidrs, key=lambda cidr: cidr.prefixlen)
    needs = addresses_needed(environment)["private"]
    return [
        Quota(
            name=f"addresses of the private subnet {smallest}",
            needed=sum(needs.values()),
            allowed=free_addresses(smallest),
            arithmetic=" + ".join(f"{count} for {what}" for what, count in needs.items()),
            remedy="larger network.private_subnet_cidrs",
        )
    ]


def _nat_ports(environment: Environment, requests_per_second: float, llm_seconds: float) -> list[Quota]:
    """When a zone is lost, or there is one gateway anyway, all requests go through one."""
    if environment.network.existing or environment.network.nat_gateways == "none":
        return []
    return [
        Quota(
            name="connections of a NAT gateway to one LLM",
            needed=requests_per_second * llm_seconds,
            allowed=NAT_CONNECTIONS_TO_A_DESTINATION,
            arithmetic=f"{requests_per_second:g} requests/s x {llm_seconds:g} s in flight, through one gateway",
            remedy="more addresses for the gateway, or an interface endpoint to the LLM",
        )
    ]
