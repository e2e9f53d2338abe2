"""Addresses that the parts of an environment take in their subnets, against those that there are."""

from ipaddress import IPv4Network

from modules.settings import Environment

ADDRESSES_RESERVED_IN_A_SUBNET = 5
"""Amazon VPC User Guide, "Subnet CIDR blocks"."""
ADDRESSES_FOR_THE_LOAD_BALANCER = 8
"""Elastic Load Balancing, "Subnets for your Application Load Balancer": free addresses in each subnet."""


def free_addresses(subnet: IPv4Network) -> int:
    return subnet.num_addresses - ADDRESSES_RESERVED_IN_A_SUBNET


def addresses_needed(environment: Environment) -> dict[str, dict[str, int]]:
    """By kind of subnet: how many addresses each user takes at its worst moment."""
    network, tasks = environment.network, environment.service.maximum_tasks
    balancer = {"the load balancer": ADDRESSES_FOR_THE_LOAD_BALANCER}
    instances = 1 + (environment.database.read_replica is not None)
    nodes = environment.cache.nodes if environment.cache else 0
    data = {"database and cache, each instance and its replacement": 2 * (instances + nodes)}
    load_test = environment.load_test
    internal, endpoints = environment.load_balancer.internal, len(network.interface_endpoints)
    return {
        "public": {} if internal else balancer,
        "private": {
            f"twice the maximum of {tasks} tasks, all in one zone when the other is lost": 2 * tasks,
            **({"the interface endpoints": endpoints} if endpoints else {}),
            **({"a load test's tasks, all in one zone as well": load_test.most_tasks} if load_test else {}),
            **(balancer if internal else {}),
            **({} if network.isolated_subnet_cidrs else data),
        },
        "isolated": data,
    }


def most_tasks(environment: Environment) -> int | None:
    """That the smallest private subnet holds, twice, beside what else is in it; None: the network is somebody else's,
    and its sizes are not known."""
    if environment.network.existing or not environment.network.private_subnet_cidrs:
        return None
    free = min(free_addresses(cidr) for cidr in environment.network.private_subnet_cidrs)
    others = sum(addresses_needed(environment)["private"].values()) - 2 * environment.service.maximum_tasks
    return max(0, (free - others) // 2)
