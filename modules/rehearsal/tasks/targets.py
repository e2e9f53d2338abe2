"""A service's tasks in the target groups of its load balancers."""

from collections.abc import Callable
from typing import Any

from moto.elbv2.models import elbv2_backends

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.lifecycle import ACCOUNT_ID

TargetHealth = Callable[[str, str, int], str | None]
"""Of a target group's ARN, a private IP address and a port: the state (initial, healthy, unhealthy, draining, unused);
None: the balancer does not know such a target."""


def register(target_group: str, private_ip: str, port: int) -> None:
    with LOCK:
        if group := _group(target_group):
            group.register([{"Id": private_ip, "Port": port}])


def deregister(target_group: str, private_ip: str) -> float:
    """Takes the task out.

    Returns:
        The deregistration delay in seconds, before the rehearsal's pace.
    """
    with LOCK:
        group = _group(target_group)
        if group is None:
            return 0
        if private_ip in group.targets:
            group.deregister([{"Id": private_ip}])
        return float(group.attributes.get("deregistration_delay.timeout_seconds", 300))


def _group(arn: str) -> Any:
    """None: it was deleted."""
    region = arn.split(":")[3]
    return elbv2_backends[ACCOUNT_ID][region].target_groups.get(arn)
