"""What users feel while a plan is applied, and what takes effect only later."""

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


@dataclass(frozen=True)
class Modification:
    """Of a setting of the database's; one that waits is made in the maintenance window, unless the change says
    apply_immediately."""

    setting: str
    severity: Severity
    what: str
    waits: bool = True


MODIFICATIONS = (
    Modification("instance_class", "brief", "the instance restarts as another class"),
    Modification("engine_version", "brief", "the engine is upgraded; longest for a major version"),
    Modification("identifier", "brief", "the instance restarts with another name, and so another address"),
    Modification("port", "brief", "the instance restarts on another port", waits=False),
    Modification("multi_az", "none", "no downtime; writes are slower while the standby is filled"),
    Modification("allocated_storage", "none", "storage grows without downtime"),
    Modification("parameter_group_name", "none", "its parameters wait for a restart that nobody makes", waits=False),
)
"""RDS API Reference, ModifyDBInstance: what takes the database away, and when."""
FAILS_OVER = ("instance_class",)
"""Made on the standby first, where there is one; an engine is upgraded on both at once."""


def disruptions(planned: Planned) -> list[Disruption]:
    """The worst first."""
    found = [one for change in planned.changes for one in _of(change)]
    order: list[Severity] = ["outage", "brief", "none"]
    return sorted(found, key=lambda one: order.index(one.severity))


def _of(change: Change) -> Iterator[Disruption]:
    def felt(severity: Severity, what: str) -> Disruption:
        return Disruption(address=change.address, severity=severity, what=what)

    if change.gone and change.type == "aws_ecs_service" and not change.before.get("load_balancer"):
        yield felt("none", "no user reaches it: it is behind no load balancer, as a load test's fake LLM provider")
    elif change.gone and change.type in OUTAGES:
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
    for one in MODIFICATIONS:
        if one.setting not in changed:
            continue
        said = f"{one.setting}: {one.what}"
        if one.severity == "brief":
            standby = change.before.get("multi_az") and one.setting in FAILS_OVER
            away = "a failover, 60 to 120 s without a database" if standby else "minutes without a database"
            said = f"{said}; {away}"
        if one.waits and not change.after.get("apply_immediately"):
            window = change.after.get("maintenance_window", "the next")
            said = f"{said}, in the maintenance window ({window} UTC), not during the apply"
        yield one.severity, said


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
