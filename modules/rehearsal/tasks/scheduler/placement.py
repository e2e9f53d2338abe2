"""Where a service's next task goes."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

Strategy = Sequence[Mapping[str, Any]]


def subnet(zones: Mapping[str, str], running: Iterable[str], cut: Collection[str]) -> str | None:
    """The subnet in the zone with the fewest tasks, as ECS spreads them on Fargate.

    Args:
        zones: of each subnet.
        running: the zones of the service's tasks.
        cut: zones that take no tasks.

    Returns:
        None: no zone takes a task.
    """
    taken = list(running)
    open_subnets = [one for one, zone in zones.items() if zone not in cut]
    return min(open_subnets, key=lambda one: taken.count(zones[one]), default=None)


def capacity_provider(strategy: Strategy, running: Iterable[str], choose: random.Random) -> str:
    """Fills the base first; the others in the ratio of the weights (Amazon ECS API, CapacityProviderStrategyItem)."""
    taken = list(running)
    for one in strategy:
        if taken.count(one["capacityProvider"]) < one.get("base", 0):
            return str(one["capacityProvider"])
    above = {
        one["capacityProvider"]: taken.count(one["capacityProvider"]) - one.get("base", 0)
        for one in strategy
        if one.get("weight", 0) > 0
    }
    weights = {one["capacityProvider"]: one.get("weight", 0) for one in strategy}
    if not above:
        return str(choose.choice(strategy)["capacityProvider"])
    return str(min(above, key=lambda name: (above[name] + 1) / weights[name]))
