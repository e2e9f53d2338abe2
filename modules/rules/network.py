"""Zones, subnets and addresses."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from modules.rules.finding import Finding, Rule
from modules.settings import Environment

WIDEST_PREFIX, NARROWEST_PREFIX = 16, 28
"""Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks"."""
ADDRESSES_RESERVED_IN_A_SUBNET = 5
"""Amazon VPC User Guide, "Subnet CIDR blocks"."""
ADDRESSES_FOR_THE_LOAD_BALANCER = 8
"""Elastic Load Balancing, "Subnets for your Application Load Balancer": free addresses in each subnet."""


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


RULES: tuple[Rule, ...] = (network_holds_the_tasks,)
