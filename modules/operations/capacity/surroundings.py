"""Tables of what a fleet asks of everything around it: database, cache, memory, quotas."""

from collections.abc import Sequence

from modules.operations.table import Table
from modules.planning.capacity.cache_size import cache_advice
from modules.planning.capacity.connection_cases import Case
from modules.planning.capacity.connection_remedies import Remedy
from modules.planning.capacity.database_size import database_advice, smaller_than_advised
from modules.planning.capacity.memory import (
    GENEROUS_MEMORY_MIB_PER_WORKER,
    idle_memory_mib,
    task_sizes,
)
from modules.planning.capacity.quotas import Quota
from modules.planning.capacity.spend_logs import spend_log_growth
from modules.planning.connections import connection_budget, connection_pool
from modules.settings import Environment

_NOTHING = "-"


def connections(pool: int, cases: Sequence[Case]) -> Table:
    return Table(
        title=f"Database connections with pools of {pool}",
        columns=("", "tasks", "connections", "available", "left"),
        rows=[(one.name, str(one.tasks), str(one.connections), str(one.available), str(one.left)) for one in cases],
    )


def remedies(pool: int, found: Sequence[Remedy]) -> Table:
    """In the order in which to try them."""
    return Table(
        title=f"So that pools of {pool} fit" if found else f"Pools of {pool} fit: nothing to do",
        columns=("", "enough by itself", "change", "because"),
        rows=[
            (
                f"{place}. {one.name}",
                "yes" if one.enough else "no",
                ", ".join(f"{path}: {value}" for path, value in one.changes.items()) or _NOTHING,
                one.why,
            )
            for place, one in enumerate(found, start=1)
        ],
    )


def memory() -> Table:
    """Of every task size with a worker for each vCPU."""
    generous = {size.cpu_units: size for size in task_sizes(GENEROUS_MEMORY_MIB_PER_WORKER)}
    return Table(
        title="Memory of a task (GiB) by its workers, one for each vCPU",
        columns=("vCPU and workers", "idle, without database engine", "recommended", "newer recommendation"),
        rows=[
            (
                str(size.workers),
                f"{idle_memory_mib(size.workers) / 1024:.1f}",
                f"{size.memory_mib / 1024:g}",
                f"{generous[size.cpu_units].memory_mib / 1024:g}" if size.cpu_units in generous else _NOTHING,
            )
            for size in task_sizes()
        ],
    )


def data(environment: Environment, requests_per_second: float, mean_requests_per_second: float) -> Table:
    """Database, cache and the log of spend, as LiteLLM recommends them and as they are set.

    Args:
        mean_requests_per_second: over whole days; the log of spend grows with it.
    """
    service, database = environment.service, environment.database
    budget, pool = connection_budget(environment), max(1, connection_pool(environment))
    advice = database_advice(requests_per_second, budget.max_connections_for(pool))
    less = smaller_than_advised(database.instance_class, advice)
    cache = cache_advice(requests_per_second, service.maximum_tasks, service.workers)
    growth = spend_log_growth(mean_requests_per_second)
    earliest, latest = growth.days_until_full(database.maximum_storage_gib or database.storage_gib)
    storage = f"{database.maximum_storage_gib or database.storage_gib} GiB"
    return Table(
        title=f"Database and cache for {requests_per_second:,g} requests/s",
        columns=("", "recommended", "set", ""),
        rows=[
            (
                "database",
                advice.name + (" and a read replica" if advice.read_replica else ""),
                database.instance_class,
                f"has {less}" if less else "as large or larger",
            ),
            (
                "cache",
                cache.node_type if cache.why else "none needed",
                environment.cache.node_type if environment.cache else "none",
                "; ".join(cache.why),
            ),
            (
                "log of spend",
                "maximum_spend_logs_retention_period in litellm.yaml",
                storage,
                f"{growth.least_gib_per_day:.1f} to {growth.most_gib_per_day:.1f} GiB a day at a mean of "
                f"{mean_requests_per_second:,g} requests/s: full after {earliest:.1f} to {latest:.1f} days",
            ),
        ],
    )


def quotas(found: Sequence[Quota]) -> Table:
    return Table(
        title="AWS's default quotas, and addresses",
        columns=("", "needed", "allowed", "arithmetic", ""),
        rows=[
            (
                one.name,
                f"{one.needed:,.0f}",
                f"{one.allowed:,.0f}",
                one.arithmetic,
                "holds" if one.holds else one.remedy,
            )
            for one in found
        ],
    )
