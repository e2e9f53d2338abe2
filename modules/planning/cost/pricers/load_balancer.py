"""The load balancer: its hours, its capacity units, its addresses."""

import fnmatch
from dataclasses import dataclass

from modules.planning.cost.lines import Component
from modules.planning.cost.month import Charged, Month
from modules.planning.cost.terraform_json import Resource
from modules.planning.cost.traffic import flows

CONNECTIONS_PER_SECOND = 25
ACTIVE_CONNECTIONS = 3_000
GB_PER_HOUR = 1
RULE_EVALUATIONS_PER_SECOND = 1_000
FREE_RULES = 10
"""Elastic Load Balancing pricing, "LCU details": the largest of the four counts, rules beyond the first ten."""


@dataclass(frozen=True, kw_only=True)
class CapacityUnits:
    """LCUs that each dimension asks for."""

    new_connections: float
    active_connections: float
    bytes: float
    rules: float

    @property
    def charged(self) -> float:
        return max(self.new_connections, self.active_connections, self.bytes, self.rules)

    @property
    def decides(self) -> str:
        shares = {
            "bytes": self.bytes,
            "new connections": self.new_connections,
            "active connections": self.active_connections,
            "rule evaluations": self.rules,
        }
        return max(shares, key=lambda name: shares[name])


def capacity_units(month: Month) -> CapacityUnits:
    """Mean LCUs; AWS takes the largest dimension of each hour, so that an uneven load asks for more."""
    traffic = month.usage.traffic
    per_second = month.at(traffic.requests_per_second)
    connections = per_second / max(1, month.at(traffic.requests_per_connection))
    gb = flows(month).prompts + flows(month).answers
    beyond = max(0, rules_processed(month) - FREE_RULES)
    return CapacityUnits(
        new_connections=connections / CONNECTIONS_PER_SECOND,
        active_connections=connections * month.at(traffic.connection_seconds) / ACTIVE_CONNECTIONS,
        bytes=gb / month.hours / GB_PER_HOUR,
        rules=per_second * beyond / RULE_EVALUATIONS_PER_SECOND,
    )


def rules_processed(month: Month) -> int:
    """Rules that the load balancer goes through before one fits the requests' path; all, if none does."""
    rules = sorted(month.plan.of("aws_lb_listener_rule"), key=lambda rule: float(rule.get("priority", 0)))
    for number, rule in enumerate(rules, start=1):
        for condition in rule.blocks("condition"):
            patterns = condition.get("path_pattern") or {}
            patterns = patterns[0] if isinstance(patterns, list) else patterns
            if any(fnmatch.fnmatchcase(month.usage.traffic.path, one) for one in patterns.get("values") or []):
                return number
    return len(rules)


def balancer(balancer: Resource, month: Month) -> Charged:
    kind = balancer.get("load_balancer_type", "application")
    if kind != "application":
        yield month.not_priced(balancer, f"a load balancer of the type {kind} has no pricer")
        return
    yield from month.charge(balancer, Component.LOAD_BALANCER, "hours", "alb.hour", month.hours, f"{month.hours:g} h")
    units = capacity_units(month)
    yield from month.charge(
        balancer,
        Component.LOAD_BALANCER,
        "capacity units",
        "alb.lcu",
        units.charged * month.hours,
        f"{units.charged:.2f} LCU: {month.requests_because}; {units.decides} decide",
        by_traffic=True,
    )
    if not balancer.get("internal", False):
        count = subnets(balancer)
        yield from month.charge(
            balancer,
            Component.NETWORK,
            "public IPv4 of the load balancer",
            "ipv4.hour",
            count * month.hours,
            f"one in each of {count} zones",
        )


def subnets(balancer: Resource) -> int:
    return max(1, len(balancer.get("subnets") or balancer.references.get("subnets", ())))
