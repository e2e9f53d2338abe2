"""The fleet's database connections in each of its situations."""

from dataclasses import dataclass

from modules.planning.capacity.checks import positive
from modules.planning.connections import connection_budget, connections, tasks_in_deployment
from modules.settings import Environment


@dataclass(frozen=True, kw_only=True)
class Case:
    """Connections when every worker's pool is full, which it is under load."""

    name: str
    tasks: int
    connections: int
    available: int

    @property
    def holds(self) -> bool:
        return self.connections <= self.available

    @property
    def left(self) -> int:
        """Below 0: connections that are refused ("too many clients already")."""
        return self.available - self.connections


def connection_cases(environment: Environment, pool: int) -> list[Case]:
    """Steady, in a rolling deployment, at autoscaling's maximum, and in a deployment at that maximum.

    Raises:
        ValueError: the pool has no connection.
    """
    positive(pool=pool)
    service, budget = environment.service, connection_budget(environment)
    percent = service.deployment.maximum_percent
    cases = {
        "steady": service.desired_tasks,
        "rolling deployment": tasks_in_deployment(service.desired_tasks, percent),
        "autoscaling's maximum": budget.maximum_tasks,
        "deployment at the maximum": budget.worst_case_tasks,
    }
    return [
        Case(
            name=name,
            tasks=tasks,
            connections=connections(pool, budget.workers, tasks),
            available=budget.available,
        )
        for name, tasks in cases.items()
    ]
