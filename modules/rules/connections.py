"""The database connections that a fleet can open against those that the database allows."""

from collections.abc import Iterator

from modules.planning.connections import connection_budget, connection_pool
from modules.rules.finding import Finding, Rule
from modules.settings import Environment


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
