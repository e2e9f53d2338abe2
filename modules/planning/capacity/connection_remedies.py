"""What to do when the connections do not fit, cheapest first (operations.md, section 6)."""

from dataclasses import dataclass

from modules.planning.capacity.checks import positive
from modules.planning.capacity.database_size import class_for_connections
from modules.planning.connections import (
    ConnectionBudget,
    connection_budget,
    tasks_in_deployment,
    tasks_kept_in_deployment,
)
from modules.planning.database_classes import database_class
from modules.settings import Environment

PGBOUNCER_CONNECTIONS_OF_A_TASK = 20
"""LiteLLM 1.102.4 and later, proxy/db/pgbouncer.py: LITELLM_PGBOUNCER_MAX_DB_CONNECTIONS."""


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """
    Attributes:
        changes: values by the path of their setting; none when it is no setting of this project, or cannot help.
        enough: whether the connections fit when nothing else is changed.
        why: the arithmetic, or what stands against it.
    """

    name: str
    changes: dict[str, int | str]
    enough: bool
    why: str


def connection_remedies(environment: Environment, pool: int) -> list[Remedy]:
    """None when the connections fit.

    Args:
        pool: that each worker is to have; LiteLLM's own default is 10.

    Raises:
        ValueError: the pool has no connection.
    """
    positive(pool=pool)
    budget = connection_budget(environment)
    if budget.fits(pool):
        return []
    return [
        _smaller_pool(budget),
        _smaller_deployment(environment, budget, pool),
        _more_connections(environment, budget, pool),
        _fewer_tasks(environment, budget, pool),
        _larger_class(budget, pool),
        _pooler(budget),
        _rds_proxy(),
    ]


def _smaller_pool(budget: ConnectionBudget) -> Remedy:
    pool = budget.largest_pool
    return Remedy(
        name="a smaller pool",
        changes={"litellm.database_connection_pool": pool} if pool else {},
        enough=pool >= 1,
        why=f"{budget.available} connections / ({budget.workers} workers x {budget.worst_case_tasks} tasks) = {pool} "
        "for each worker" + ("" if pool else ": not even one"),
    )


def _smaller_deployment(environment: Environment, budget: ConnectionBudget, pool: int) -> Remedy:
    service, tasks = environment.service, _tasks_that_fit(budget, pool)
    # The highest percentage of which ECS, rounding down, makes no more tasks than that.
    percent = min(budget.maximum_percent, (100 * (tasks + 1) - 1) // budget.maximum_tasks)
    fewest = service.minimum_tasks
    kept = tasks_kept_in_deployment(fewest, service.deployment.minimum_healthy_percent)
    rolls = percent > 100 and tasks_in_deployment(fewest, percent) > kept
    return Remedy(
        name="a deployment in smaller steps",
        changes={"service.deployment.maximum_percent": percent} if rolls else {},
        enough=rolls,
        why=f"{budget.available} / ({pool} x {budget.workers} workers) = {tasks} tasks at a time, of "
        f"{budget.maximum_tasks} at the maximum" + ("" if rolls else ": no deployment can start a task beside them"),
    )


def _more_connections(environment: Environment, budget: ConnectionBudget, pool: int) -> Remedy:
    needed, name = budget.max_connections_for(pool), environment.database.instance_class
    shape = database_class(name)
    enough = shape is None or needed <= shape.default_max_connections
    most = f"RDS gives {name} {shape.default_max_connections} by itself" if shape else f"{name} is not in our table"
    return Remedy(
        name="more connections of the same database",
        changes={"database.parameters.max_connections": needed} if enough else {},
        enough=enough,
        why=f"{pool} x {budget.workers} x {budget.worst_case_tasks} + {budget.reserved} reserved = {needed}; {most}"
        + ("" if enough else ": its memory does not carry more"),
    )


def _fewer_tasks(environment: Environment, budget: ConnectionBudget, pool: int) -> Remedy:
    service, tasks = environment.service, _tasks_that_fit(budget, pool)
    most = (100 * (tasks + 1) - 1) // budget.maximum_percent
    autoscaling = service.autoscaling
    scheduled = max((one.maximum_tasks for one in autoscaling.schedules), default=0) if autoscaling else 0
    enough = autoscaling is not None and most >= max(service.desired_tasks, service.minimum_tasks, scheduled)
    return Remedy(
        name="a lower maximum of autoscaling",
        changes={"service.autoscaling.maximum_tasks": most} if enough else {},
        enough=enough,
        why=f"{most} tasks, of which a deployment makes {tasks_in_deployment(most, budget.maximum_percent)}"
        + ("" if enough else f": fewer than the {max(service.desired_tasks, scheduled)} that are wanted"),
    )


def _larger_class(budget: ConnectionBudget, pool: int) -> Remedy:
    needed = budget.max_connections_for(pool)
    name = class_for_connections(needed)
    shape = database_class(name) if name else None
    return Remedy(
        name="a larger database",
        changes={"database.instance_class": name, "database.parameters.max_connections": needed} if name else {},
        enough=name is not None,
        why=f"{needed} connections; RDS gives {name} {shape.default_max_connections} by itself"
        if shape
        else f"{needed} connections: RDS gives no class more than 5000 by itself",
    )


def _pooler(budget: ConnectionBudget) -> Remedy:
    held = PGBOUNCER_CONNECTIONS_OF_A_TASK * budget.worst_case_tasks
    return Remedy(
        name="PgBouncer in each task",
        changes={},
        enough=held <= budget.available,
        why=f"{PGBOUNCER_CONNECTIONS_OF_A_TASK} connections x {budget.worst_case_tasks} tasks = {held} of "
        f"{budget.available}, whatever the workers' pools; migrations need the direct address. No setting of this "
        "project",
    )


def _rds_proxy() -> Remedy:
    return Remedy(
        name="RDS Proxy",
        changes={},
        enough=False,
        why="does not help: it pins a connection to each of Prisma's sessions (Prisma, \"Caveats when deploying to AWS "
        'platforms"); it shortens failovers alone',
    )


def _tasks_that_fit(budget: ConnectionBudget, pool: int) -> int:
    return max(0, budget.available) // (pool * budget.workers)
