"""The balancer's configuration, read out of moto's load balancers, listeners, rules and target groups."""

import ipaddress
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.acm.models import acm_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from modules.rehearsal.balancer.configuration import (
    Configuration,
    HealthCheck,
    Listener,
    LoadBalancer,
    Rule,
    Target,
    TargetGroup,
)
from modules.rehearsal.balancer.rules import action, condition
from modules.rehearsal.control_plane import LOCK, backends
from modules.rehearsal.gaps.elbv2 import draining_targets

LOWEST_TIMEOUT_SECONDS = 1.0
"""A health check's timeout is not paced below this: a slow machine is no unhealthy target."""
START_SECONDS = 180.0
"""At another pace than AWS's own a new target has so long until it counts as unhealthy: a program starts no faster,
while the alarm on unhealthy targets, which on AWS lets it start for minutes, goes off the sooner."""
CONNECT_TIMEOUT_SECONDS = 10.0
"""Elastic Load Balancing, "Troubleshoot your Application Load Balancers", HTTP 504."""
_RESPONSE_HEADER = "routing.http.response."


@dataclass(frozen=True)
class Machine:
    """What the configuration takes from this machine."""

    address_of: Callable[[str], str]
    """A load balancer's, by its ARN."""
    loopback: Callable[[str, str], str | None]
    """Where the owner of a private IP address of a VPC listens."""
    bound_port: Callable[[int], int]
    pace: float

    def paced(self, seconds: float) -> float:
        return seconds / self.pace


@dataclass(frozen=True)
class _Registered:
    vpc_id: str
    target: Target


def configuration(machine: Machine, shifted: Mapping[str, str], cut_zones: Iterable[str]) -> Configuration:
    """
    Args:
        shifted: zone by load balancer ARN.
    """
    balancers: list[LoadBalancer] = []
    groups: list[tuple[TargetGroup, list[_Registered]]] = []
    with LOCK:
        for backend in backends(elbv2_backends):
            for balancer in backend.load_balancers.values():
                if balancer.type != "application":
                    continue
                zones = {zone.zone_name for zone in balancer.availability_zones}
                balancers.append(_balancer(balancer, machine, shifted))
                groups += [
                    (_group(group, balancer.arn, machine), _registered(group, zones, machine))
                    for group in backend.target_groups.values()
                    if group.arn in groups_of(balancer)
                ]
    # Who listens where is asked without the lock: the tasks' part may want it itself.
    return Configuration(
        load_balancers=tuple(balancers),
        target_groups=tuple(
            group.model_copy(update={"targets": tuple(_located(one, machine) for one in registered)})
            for group, registered in groups
        ),
        cut_zones=tuple(sorted(cut_zones)),
        connect_timeout_seconds=max(machine.paced(CONNECT_TIMEOUT_SECONDS), LOWEST_TIMEOUT_SECONDS),
    )


def groups_of(balancer: Any) -> set[str]:
    """ARNs of the target groups that a moto load balancer may forward to."""
    return {
        arn
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
        for arn, _ in action(rule.actions).target_groups
    }


def zone_of(group: Any, ip: str) -> str | None:
    """The zone of the subnet that an IP address of the group's VPC is in."""
    address = ipaddress.ip_address(ip)
    for zone_subnets in ec2_backends[group.account_id][group.region_name].subnets.values():
        for subnet in zone_subnets.values():
            if subnet.vpc_id == group.vpc_id and address in ipaddress.ip_network(subnet.cidr_block):
                return str(subnet.availability_zone)
    return None


def _balancer(balancer: Any, machine: Machine, shifted: Mapping[str, str]) -> LoadBalancer:
    attributes = balancer.attrs
    return LoadBalancer(
        arn=balancer.arn,
        address=machine.address_of(balancer.arn),
        idle_timeout_seconds=float(attributes.get("idle_timeout.timeout_seconds", 60)),
        drop_invalid_header_fields=_true(attributes.get("routing.http.drop_invalid_header_fields.enabled")),
        forwarded_for=attributes.get("routing.http.xff_header_processing.mode", "append"),
        shifted_zones=(shifted[balancer.arn],) if balancer.arn in shifted else (),
        listeners=tuple(
            _listener(listener, machine)
            for listener in balancer.listeners.values()
            if listener.protocol in ("HTTP", "HTTPS")
        ),
    )


def _listener(listener: Any, machine: Machine) -> Listener:
    rules = sorted((rule for rule in listener.rules.values() if not rule.is_default), key=lambda one: int(one.priority))
    added = {
        name.removeprefix(_RESPONSE_HEADER).removesuffix(".header_value").replace("_", "-").title(): value
        for name, value in listener.attributes.items()
        if name.startswith(_RESPONSE_HEADER) and name.endswith(".header_value") and value
    }
    port = int(listener.port)
    return Listener(
        arn=listener.arn,
        port=port,
        bound_port=machine.bound_port(port),
        domains=_domains(listener) if listener.protocol == "HTTPS" else None,
        response_headers=tuple(added.items()),
        names_server=str(listener.attributes.get(f"{_RESPONSE_HEADER}server.enabled", "true")).lower() != "false",
        rules=(
            *(
                Rule(conditions=tuple(condition(one) for one in rule.conditions), action=action(rule.actions))
                for rule in rules
            ),
            Rule(action=action(listener.default_actions)),
        ),
    )


def _domains(listener: Any) -> tuple[str, ...]:
    """Of the certificates that ACM has; of others nothing is known but their ARN."""
    domains: dict[str, None] = {}
    for arn in listener.certificates:
        _, _, _, region, account_id, _ = arn.split(":", 5)
        certificate = acm_backends[account_id][region]._certificates.get(arn) if region else None
        if certificate is not None:
            domains |= dict.fromkeys([str(certificate.common_name), *certificate.sans])
    return tuple(filter(None, domains))


def _group(group: Any, load_balancer: str, machine: Machine) -> TargetGroup:
    attributes = group.attributes
    interval, timeout = float(group.health_check_interval_seconds), float(group.health_check_timeout_seconds)
    health = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
    percent = attributes.get(f"{health}.percentage", "off")
    return TargetGroup(
        arn=group.arn,
        load_balancer=load_balancer,
        algorithm=attributes.get("load_balancing.algorithm.type", "round_robin"),
        slow_start_seconds=machine.paced(float(attributes.get("slow_start.duration_seconds", 0))),
        minimum_healthy_count=int(attributes.get(f"{health}.count", 1)),
        minimum_healthy_percent=0 if percent == "off" else float(percent),
        health_check=HealthCheck(
            enabled=group.health_check_enabled is not False,
            path=group.health_check_path or "/",
            port=None if group.health_check_port in (None, "traffic-port") else int(group.health_check_port),
            matcher=(group.matcher or {}).get("HttpCode") or "200",
            interval_seconds=machine.paced(interval),
            timeout_seconds=min(timeout, max(machine.paced(timeout), LOWEST_TIMEOUT_SECONDS)),
            healthy_threshold=int(group.healthy_threshold_count),
            unhealthy_threshold=int(group.unhealthy_threshold_count),
            initial_unhealthy_threshold=initial_threshold(int(group.unhealthy_threshold_count), interval, machine.pace),
        ),
    )


def initial_threshold(threshold: int, interval_seconds: float, pace: float) -> int:
    """How many checks a new target may fail in a row; at AWS's pace as many as any other."""
    seconds = threshold * interval_seconds if pace == 1 else max(threshold * interval_seconds, START_SECONDS)
    return math.ceil(seconds / interval_seconds * pace)


def _registered(group: Any, zones: set[str], machine: Machine) -> list[_Registered]:
    """Targets in the load balancer's zones; those in others get no requests and no checks."""
    found = []
    for target, draining in [
        *((target, False) for target in group.targets.values()),
        *((target, True) for target in draining_targets(group)),
    ]:
        zone = zone_of(group, target["Id"]) if group.target_type == "ip" else None
        if zone is None or zone in zones:
            told = Target(
                id=target["Id"], port=int(target["Port"]), zone=zone or min(zones), address=None, draining=draining
            )
            found.append(_Registered(group.vpc_id, told))
    return found


def _located(registered: _Registered, machine: Machine) -> Target:
    target = registered.target
    return target.model_copy(update={"address": machine.loopback(registered.vpc_id, target.id)})


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
