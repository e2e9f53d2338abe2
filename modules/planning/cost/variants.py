"""The same plan with one thing different, to see what that thing costs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from modules.planning.cost.terraform_json import Plan, Resource
from modules.planning.cost.traffic import service

Variant = Callable[[Plan], Plan]


def with_values(plan: Plan, type_: str, **values: Any) -> Plan:
    """Every resource of a type with other values of some attributes."""
    return replace(
        plan,
        resources=tuple(
            replace(one, values={**one.values, **values}) if one.type == type_ else one for one in plan.resources
        ),
    )


def without(plan: Plan, leaves_out: Callable[[Resource], bool]) -> Plan:
    return replace(plan, resources=tuple(one for one in plan.resources if not leaves_out(one)))


def on_architecture(architecture: str) -> Variant:
    """Tasks on `X86_64` or `ARM64`."""
    return lambda plan: with_values(
        plan, "aws_ecs_task_definition", runtime_platform={"cpu_architecture": architecture}
    )


def on_spot(on_demand_tasks: int, percent: int) -> Variant:
    """A share of the tasks beyond some on Fargate Spot, as the setting `service.spot` makes it."""
    strategy = [
        {"capacity_provider": "FARGATE", "base": on_demand_tasks, "weight": 100 - percent},
        {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": percent},
    ]

    def varied(plan: Plan) -> Plan:
        of_litellm = service(plan)

        def changed(one: Resource) -> Resource:
            return replace(one, values={**one.values, "capacity_provider_strategy": strategy})

        return replace(plan, resources=tuple(changed(one) if one is of_litellm else one for one in plan.resources))

    return varied


def with_database_standby(standby: bool) -> Variant:
    return lambda plan: with_values(plan, "aws_db_instance", multi_az=standby)


def with_nat_gateways(count: int) -> Variant:
    """That many gateways, each with its address; those that are there first, then copies of the first."""

    def varied(plan: Plan) -> Plan:
        kept = plan
        for type_ in ("aws_nat_gateway", "aws_eip"):
            there = plan.of(type_)
            if there:
                copies = [replace(there[0], name=f"{there[0].name}_{number}") for number in range(len(there), count)]
                others = tuple(one for one in kept.resources if one.type != type_)
                kept = replace(kept, resources=(*others, *there[:count], *copies))
        return kept

    return varied


def with_cache_nodes(count: int) -> Variant:
    return lambda plan: with_values(plan, "aws_elasticache_replication_group", num_cache_clusters=count)


def without_second_region(plan: Plan) -> Plan:
    """Nothing outside of the stack's own region: no copies of backups and secrets, no keys for them."""
    here = without(plan, lambda resource: resource.region != plan.region)
    return with_values(here, "aws_secretsmanager_secret", replica=[])
