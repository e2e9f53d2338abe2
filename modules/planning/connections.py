"""The database connections that a fleet of LiteLLM workers can open, and the pool that fits.

Every worker process holds a pool of its own (LiteLLM, docs/proxy/prod.md: limit / (instances x workers)), and a rolling
deployment runs old and new tasks side by side (Amazon ECS API, DeploymentConfiguration: `maximumPercent` of the wanted
tasks, rounded down).
"""

from dataclasses import dataclass

from modules.settings import Environment


def tasks_in_deployment(tasks: int, maximum_percent: int) -> int:
    """Tasks that run at the most while `tasks` wanted ones are replaced."""
    return tasks * maximum_percent // 100


def tasks_kept_in_deployment(tasks: int, minimum_healthy_percent: int) -> int:
    """Tasks that keep running meanwhile; ECS rounds this one up (Amazon ECS API, DeploymentConfiguration)."""
    return -(-tasks * minimum_healthy_percent // 100)


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
