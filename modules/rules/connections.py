"""The database connections that a fleet can open against those that the database allows."""

from collections.abc import Iterator

from modules.planning.connections import ConnectionBudget
from modules.rules.finding import Finding, Rule
from modules.settings import Environment


def connection_budget(environment: Environment) -> ConnectionBudget:
    """The budget that the rule checks and from which `database_connection_pool: auto` takes its size.

    A read replica changes nothing: every worker has another pool of the same size for it (LiteLLM 1.106.2,
    proxy_cli.py), and it has the primary's `max_connections`, so that the same arithmetic holds on either.
    """
    return ConnectionBudget(
        max_connections=environment.database.parameters.max_connections,
        reserved=environment.database.reserved_connections,
        workers=environment.service.workers,
        maximum_tasks=environment.service.maximum_tasks,
        maximum_percent=environment.service.deployment.maximum_percent,
    )


def connection_pool(environment: Environment) -> int:
    """Connections of one worker: the setting, or the largest that fits."""
    pool = environment.litellm.database_connection_pool
    return connection_budget(environment).largest_pool if pool == "auto" else pool


def connection_budget_holds(environment: Environment) -> Iterator[Finding]:
    budget = connection_budget(environment)
    asked = environment.litellm.database_connection_pool
    pool = max(1, connection_pool(environment))
    if budget.fits(pool):
        return
    largest = budget.largest_pool
    remedies = [
        f"raise database.parameters.max_connections to {budget.max_connections_for(pool)}",
        "lower service.autoscaling.maximum_tasks, service.workers or service.deployment.maximum_percent",
    ]
    if asked != "auto" and largest >= 1:
        remedies.insert(0, f"set litellm.database_connection_pool to {largest} or 'auto'")
    yield Finding(
        rule="connection_budget",
        severity="error",
        message=(
            f"{pool} connections x {budget.workers} workers x {budget.worst_case_tasks} tasks "
            f"({budget.maximum_tasks} at the maximum, {budget.maximum_percent} % of them during a deployment) = "
            f"{budget.worst_case(pool)}, but {budget.max_connections} max_connections - {budget.reserved} reserved = "
            f"{budget.available}; {', or '.join(remedies)}"
        ),
    )


RULES: tuple[Rule, ...] = (connection_budget_holds,)
