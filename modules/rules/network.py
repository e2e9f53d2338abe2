"""Zones, subnets, addresses, and what the tasks reach."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from modules.planning.addresses import ADDRESSES_RESERVED_IN_A_SUBNET, addresses_needed, free_addresses
from modules.rules.finding import Finding, Rule
from modules.settings import Environment

WIDEST_PREFIX, NARROWEST_PREFIX = 16, 28
"""Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks"."""
PRIVATE_ECR_IMAGE = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/")


def _finding(message: str) -> Finding:
    return Finding(rule="network", severity="error", message=message)


def zones_are_enough(environment: Environment) -> Iterator[Finding]:
    zones = environment.availability_zones
    if len(set(zones)) < 2 or len(set(zones)) < len(zones):
        yield _finding(f"availability_zones {', '.join(zones)}: at least two different ones are needed")
    for zone in zones:
        if not zone.startswith(environment.region):
            yield _finding(f"availability zone {zone} is not in region {environment.region}")


def each_zone_has_its_subnets(environment: Environment) -> Iterator[Finding]:
    network, zones = environment.network, environment.availability_zones
    if network.existing:
        public_needed = not environment.load_balancer.internal
        counts = {
            "network.existing.public_subnet_ids": (len(network.existing.public_subnet_ids), public_needed),
            "network.existing.private_subnet_ids": (len(network.existing.private_subnet_ids), True),
            "network.existing.isolated_subnet_ids": (len(network.existing.isolated_subnet_ids), False),
        }
    else:
        public_needed = not environment.load_balancer.internal or network.nat_gateways != "none"
        counts = {
            "network.public_subnet_cidrs": (len(network.public_subnet_cidrs), public_needed),
            "network.private_subnet_cidrs": (len(network.private_subnet_cidrs), True),
            "network.isolated_subnet_cidrs": (len(network.isolated_subnet_cidrs), False),
        }
    for key, (count, needed) in counts.items():
        if count != len(zones) and (count or needed):
            yield _finding(
                f"{key} has {count} subnets for {len(zones)} availability zones; "
                + ("state one for each" if needed else "state one for each, or none")
            )


def network_holds_the_tasks(environment: Environment) -> Iterator[Finding]:
    network = environment.network
    if network.existing:
        return
    subnets: list[tuple[str, IPv4Network]] = [
        *(("public", cidr) for cidr in network.public_subnet_cidrs),
        *(("private", cidr) for cidr in network.private_subnet_cidrs),
        *(("isolated", cidr) for cidr in network.isolated_subnet_cidrs),
    ]
    for kind, cidr in subnets:
        if not cidr.subnet_of(network.vpc_cidr):
            yield _finding(f"{kind} subnet {cidr} is outside network.vpc_cidr {network.vpc_cidr}")
    for (_, first), (_, second) in combinations(subnets, 2):
        if first.overlaps(second):
            yield _finding(f"subnets {first} and {second} overlap")
    for key, cidr in [("network.vpc_cidr", network.vpc_cidr), *((f"{kind} subnet", cidr) for kind, cidr in subnets)]:
        if not WIDEST_PREFIX <= cidr.prefixlen <= NARROWEST_PREFIX:
            yield _finding(f"{key} {cidr}: AWS allows sizes from /{WIDEST_PREFIX} to /{NARROWEST_PREFIX}")
    needs = addresses_needed(environment)
    for kind, cidr in subnets:
        free = free_addresses(cidr)
        needed = sum(needs[kind].values())
        if free < needed:
            parts = " + ".join(f"{count} for {what}" for what, count in needs[kind].items())
            yield _finding(
                f"{kind} subnet {cidr} has {cidr.num_addresses} - {ADDRESSES_RESERVED_IN_A_SUBNET} = {free} free "
                f"addresses, but {parts} = {needed}"
            )


def tasks_start_without_a_way_out(environment: Environment) -> Iterator[Finding]:
    network, service, load_test = environment.network, environment.service, environment.load_test
    if network.existing or network.nat_gateways != "none":
        return
    # Amazon ECS Developer Guide, "Amazon ECS interface VPC endpoints": what Fargate calls on a task's behalf.
    needed = {"logs": "write their log", "secretsmanager": "read their secrets"}
    images = {
        "service.image": service.image,
        "database.administration_image": environment.database.administration_image,
        **({"load_test.generators.image": load_test.generators.image} if load_test else {}),
    }
    for key, image in images.items():
        if PRIVATE_ECR_IMAGE.match(image):
            needed |= {"ecr.api": "find their image", "ecr.dkr": "pull their image"}
        else:
            yield _finding(
                f"network.nat_gateways: none: {key} {image} is pulled over the internet, which the tasks do not reach; "
                "copy it to a private repository of Amazon ECR, or have NAT gateways"
            )
    if service.ecs_exec:
        needed["ssmmessages"] = "open a shell (service.ecs_exec)"
        if environment.encryption.customer_keys:
            needed["kms"] = "encrypt a shell (service.ecs_exec)"
    for endpoint, purpose in needed.items():
        if endpoint not in network.interface_endpoints:
            yield _finding(
                f"network.nat_gateways: none: without {endpoint} in network.interface_endpoints the tasks cannot "
                f"{purpose}; add it, or have NAT gateways"
            )


def llm_providers_are_reached(environment: Environment) -> Iterator[Finding]:
    network = environment.network
    if network.existing or network.nat_gateways != "none":
        return

    def warning(message: str) -> Finding:
        return Finding(rule="network", severity="warning", message=f"network.nat_gateways: none: {message}")

    if "bedrock-runtime" not in network.interface_endpoints:
        yield warning(
            "no LLM provider is reached; add bedrock-runtime to network.interface_endpoints, or have NAT gateways"
        )
    if environment.litellm.provider_keys:
        yield warning(
            f"the providers of {', '.join(sorted(environment.litellm.provider_keys))} (litellm.provider_keys) are on "
            "the internet, which the tasks do not reach"
        )


RULES: tuple[Rule, ...] = (
    zones_are_enough,
    each_zone_has_its_subnets,
    network_holds_the_tasks,
    tasks_start_without_a_way_out,
    llm_providers_are_reached,
)
