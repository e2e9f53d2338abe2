"""Elastic Load Balancing: the default scheme, names that are taken, and what the rehearsal's balancer really does."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto.elbv2.exceptions import DuplicateLoadBalancerName
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from modules.rehearsal.gaps.patching import Method, wrap

if TYPE_CHECKING:
    from modules.rehearsal.balancer.configuration import Health

dns_name: Callable[[str], str] | None = None
"""Set by the balancer: where a load balancer answers, by its ARN."""
health: "Callable[[str], Mapping[str, Health]] | None" = None
"""Set by the balancer: what it last saw of a target group's targets, by `id:port`."""
paced: Callable[[float], float] = float
"""Set by the balancer: how long one of AWS's waits takes here."""


def install() -> None:
    wrap(ELBv2Backend, "create_load_balancer", face_the_internet_by_default)
    wrap(ELBv2Backend, "create_load_balancer", refuse_a_name_that_is_taken)
    wrap(ELBv2Backend, "create_load_balancer", answer_under_a_name_that_is_served)
    wrap(FakeTargetGroup, "register", end_the_draining_of_what_is_registered_again)
    wrap(FakeTargetGroup, "deregister", drain_before_a_target_is_gone)
    wrap(ELBv2Backend, "describe_target_health", tell_the_health_that_was_found)


def face_the_internet_by_default(original: Method, backend: Any, **settings: Any) -> Any:
    """AWS makes a load balancer internet-facing unless it is told otherwise; moto leaves the scheme out."""
    return original(backend, **{**settings, "scheme": settings.get("scheme") or "internet-facing"})


def refuse_a_name_that_is_taken(original: Method, backend: Any, **settings: Any) -> Any:
    """AWS has one load balancer of a name in a region; moto makes another one."""
    if any(existing.name == settings["name"] for existing in backend.load_balancers.values()):
        raise DuplicateLoadBalancerName()
    return original(backend, **settings)


def answer_under_a_name_that_is_served(original: Method, backend: Any, **settings: Any) -> Any:
    """On AWS the load balancer's name leads to it; moto's leads nowhere."""
    balancer = original(backend, **settings)
    if dns_name is not None:
        balancer.dns_name = dns_name(balancer.arn)
    return balancer


def end_the_draining_of_what_is_registered_again(original: Method, group: Any, targets: list[dict[str, Any]]) -> None:
    """AWS starts anew with a target that is registered while it drains."""
    original(group, targets)
    for target in targets:
        _draining(group).pop(target["Id"], None)


def drain_before_a_target_is_gone(original: Method, group: Any, targets: list[dict[str, Any]]) -> None:
    """AWS lets requests finish for the deregistration delay, and shows the target as draining; moto drops it at once.

    To deregister what is not registered is no error on AWS (API reference of DeregisterTargets).
    """
    known = [target for target in targets if target["Id"] in group.targets]
    ends = time.monotonic() + paced(float(group.attributes["deregistration_delay.timeout_seconds"]))
    for target in known:
        _draining(group)[target["Id"]] = (group.targets[target["Id"]], ends)
    original(group, known)


def draining_targets(group: Any) -> Iterator[dict[str, Any]]:
    """Targets whose deregistration delay is not over, as moto keeps targets."""
    for target_id, (target, ends) in list(_draining(group).items()):
        if ends <= time.monotonic():
            del _draining(group)[target_id]
        else:
            yield target


def tell_the_health_that_was_found(
    original: Method, backend: Any, target_group_arn: str, targets: list[dict[str, Any]]
) -> list[Any]:
    """AWS tells what its health checks found, and shows targets that drain; moto calls every target healthy."""
    told = original(backend, target_group_arn, targets)
    if health is None:
        return list(told)
    from modules.rehearsal.balancer import health as verdicts, wanted

    group = backend.target_groups[target_group_arn]
    draining = {target["Id"]: target for target in draining_targets(group)}
    users = [one for one in backend.load_balancers.values() if target_group_arn in wanted.groups_of(one)]
    zones = {zone.zone_name for one in users for zone in one.availability_zones}
    found = health(target_group_arn)
    asked = {(target["Id"], int(target.get("Port", group.port))) for target in targets}
    answer = []
    for target in group.targets.values():
        zone = wanted.zone_of(group, target["Id"]) if group.target_type == "ip" else None
        if not users:
            verdict = verdicts.NOT_IN_USE
        elif zone is not None and zone not in zones:
            verdict = verdicts.ZONE_NOT_IN_USE
        else:
            verdict = found.get(f"{target['Id']}:{target['Port']}", verdicts.REGISTERING)
        answer.append((target, verdict))
    answer += [(target, verdicts.DRAINING) for target in draining.values() if users]
    known = {(target["Id"], int(target["Port"])) for target, _ in answer}
    return [
        FakeHealthStatus(
            target["Id"],
            target["Port"],
            str(target["Port"]) if group.health_check_port == "traffic-port" else group.health_check_port,
            verdict.state,
            verdict.reason,
            verdict.description,
        )
        for target, verdict in answer
        if not asked or (target["Id"], int(target["Port"])) in asked
    ] + [one for one in told if asked and (one.instance_id, int(one.port)) not in known]


def _draining(group: Any) -> dict[str, tuple[dict[str, Any], float]]:
    draining: dict[str, tuple[dict[str, Any], float]] = group.__dict__.setdefault("draining", {})
    return draining
