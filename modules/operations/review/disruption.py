"""What users feel while a plan is applied, and what takes effect only later."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from modules.operations.review.differences import changed_attributes
from modules.operations.review.plan_json import Change, Planned

Severity = Literal["outage", "brief", "none"]


@dataclass(frozen=True, kw_only=True)
class Disruption:
    """
    Attributes:
        severity: `outage` ends with the apply at the earliest; `brief` is seconds to minutes; `none` is said of a
            change that people fear, or that waits.
    """

    address: str
    severity: Severity
    what: str


OUTAGES = {
    "aws_db_instance": "the database is away, and tasks refuse what needs it",
    "aws_ecs_service": "every task ends before new ones start: some minutes without an answer",
    "aws_ecs_cluster": "every task ends before new ones start: some minutes without an answer",
    "aws_lb": "its DNS name ends; clients of that name find nothing until they know the new one",
    "aws_lb_target_group": "no task is behind the listener until the service has registered them again",
    "aws_lb_listener": "nobody listens on its port until the new one is there",
    "aws_vpc": "everything in it goes as well",
    "aws_subnet": "what stands in it goes as well",
    "aws_nat_gateway": "tasks of its zones reach no LLM provider until the new one is there: some minutes",
    "aws_internet_gateway": "nobody reaches the load balancer, and no task the internet",
}
"""What ends for users when one is destroyed, or replaced without the new one being there first."""
BRIEF = {
    "aws_elasticache_replication_group": "the cache is away; LiteLLM answers without it, limits count per task",
    "aws_vpc_security_group_ingress_rule": "who comes that way is refused from then on, or until the new rule is there",
    "aws_vpc_security_group_egress_rule": "who goes that way is stopped from then on, or until the new rule is there",
    "aws_route": "what goes that way is stopped from then on, or until the new one is there",
    "aws_route53_record": "the name is not found, or resolves to the old address as long as resolvers remember it",
    "aws_vpc_endpoint": "calls of that service go another way, or wait until the new one is there",
}
DATABASE = (
    (r"instance_class", "brief", "the instance restarts as another class"),
    (r"engine_version", "brief", "the engine is upgraded; minutes, and more for a major version"),
    (r"(multi_az)", "none", "no downtime; writes are slower while the standby is filled"),
    (r"(allocated_storage|max_allocated_storage|iops|storage_throughput)", "none", "storage changes without downtime"),
    (r"port|ca_cert_identifier|parameter_group_name", "brief", "the instance restarts"),
    (r"identifier", "brief", "the instance gets another name, and with it another address"),
)
"""RDS User Guide, "Settings for DB instances": which modification takes the database away."""
WAITS = ("instance_class", "engine_version", "multi_az", "port", "ca_cert_identifier", "parameter_group_name")
"""Settings that wait for the maintenance window unless the change says apply_immediately."""


def disruptions(planned: Planned) -> list[Disruption]:
    """The worst first."""
    found = [one for change in planned.changes for one in _of(change)]
    order: list[Severity] = ["outage", "brief", "none"]
    return sorted(found, key=lambda one: order.index(one.severity))


def _of(change: Change) -> Iterator[Disruption]:
    def felt(severity: Severity, what: str) -> Disruption:
        return Disruption(address=change.address, severity=severity, what=what)

    if change.gone and change.type in OUTAGES:
        if change.create_first:
            yield felt("brief", "the new one is there before the old one goes; connections to the old one end")
        else:
            yield felt("outage", OUTAGES[change.type])
    elif change.gone and change.type in BRIEF:
        yield felt("brief", BRIEF[change.type])
    elif change.action == "update":
        changed = changed_attributes(change)
        match change.type:
            case "aws_db_instance":
                for severity, what in _database(change, changed):
                    yield felt(severity, what)
            case "aws_ecs_service":
                for severity, what in _service(change, changed):
                    yield felt(severity, what)
            case "aws_db_parameter_group" if "parameter" in changed:
                if waiting := _static_parameters(change):
                    yield felt("none", f"{', '.join(waiting)} wait for the next restart of the database")
            case "aws_elasticache_replication_group" if changed & {"node_type", "engine_version"}:
                yield felt("brief", "nodes are replaced in turn; connections end once")


def _database(change: Change, changed: Iterable[str]) -> Iterator[tuple[Severity, str]]:
    rows: list[tuple[str, Severity, str]] = list(DATABASE)  # type: ignore[arg-type]
    for pattern, severity, what in rows:
        found = [name for name in changed if re.fullmatch(pattern, name)]
        if not found:
            continue
        if severity == "brief" and change.before.get("multi_az") and found[0] in ("instance_class", "engine_version"):
            what = f"{what}; a failover to the standby, 60 to 120 s without a database"
        elif severity == "brief":
            what = f"{what}; minutes without a database"
        if found[0] in WAITS and not change.after.get("apply_immediately"):
            window = change.after.get("maintenance_window", "the next")
            yield severity, f"{found[0]}: {what}, in the maintenance window ({window} UTC), not during the apply"
        else:
            yield severity, f"{found[0]}: {what}"


def _service(change: Change, changed: Iterable[str]) -> Iterator[tuple[Severity, str]]:
    wanted_before, wanted = change.before.get("desired_count"), change.after.get("desired_count")
    if "task_definition" in changed or "network_configuration" in changed or change.after.get("force_new_deployment"):
        least = change.after.get("deployment_minimum_healthy_percent")
        yield (
            "none",
            f"all {wanted} tasks are replaced in turn, with at least {least} % of them serving; "
            "answers under way end within the deregistration delay",
        )
    if wanted_before != wanted:
        yield "none", f"{wanted_before} tasks become {wanted}"


def _static_parameters(change: Change) -> list[str]:
    """Parameters with a new value that PostgreSQL reads only at its start."""
    before = {one.get("name"): one.get("value") for one in change.before.get("parameter") or []}
    return sorted(
        one["name"]
        for one in change.after.get("parameter") or []
        if one.get("apply_method") == "pending-reboot" and before.get(one["name"]) != one.get("value")
    )
