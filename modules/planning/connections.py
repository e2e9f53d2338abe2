"""The database connections that a fleet of LiteLLM workers can open, and the pool that fits.

Every worker process holds a pool of its own (LiteLLM, docs/proxy/prod.md: limit / (instances x workers)), and a rolling
deployment runs old and new tasks side by side (Amazon ECS API, DeploymentConfiguration: `maximumPercent` of the wanted
tasks, rounded down).
"""

from dataclasses import dataclass


def tasks_in_deployment(tasks: int, maximum_percent: int) -> int:
    """Tasks that run at the most while `tasks` wanted ones are replaced."""
    return tasks * maximum_percent // 100


def connections(pool: int, workers: int, tasks: int) -> int:
    """Connections that `tasks` tasks hold when every worker's pool is full."""
    return pool * workers * tasks


@dataclass(frozen=True, kw_only=True)
class ConnectionBudget:
    """What the database allows against what the fleet can open at its worst moment: a deployment at maximum scale."""

    max_connections: int
    reserved: int
    workers: int
    maximum_tasks: int
    maximum_percent: int

    @property
    def available(self) -> int:
        return self.max_connections - self.reserved

    @property
    def worst_case_tasks(self) -> int:
        return tasks_in_deployment(self.maximum_tasks, self.maximum_percent)

    def worst_case(self, pool: int) -> int:
        return connections(pool, self.workers, self.worst_case_tasks)

    def fits(self, pool: int) -> bool:
        return self.worst_case(pool) <= self.available

    @property
    def largest_pool(self) -> int:
        """The largest pool that fits; 0 when not even one connection for each worker does."""
        return max(0, self.available // (self.workers * self.worst_case_tasks))

    def max_connections_for(self, pool: int) -> int:
        """The smallest `max_connections` with which this pool fits."""
        return self.worst_case(pool) + self.reserved
