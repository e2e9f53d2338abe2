"""A fleet put into an environment: the settings that change, what has to change with them, and their lines of YAML."""

from typing import Any

from modules.planning.addresses import most_tasks
from modules.planning.capacity.cheapest import Configuration
from modules.planning.capacity.database_size import class_for_connections
from modules.planning.capacity.sizing import Need
from modules.planning.connections import (
    connection_budget,
    connection_pool,
    connections,
    tasks_in_deployment,
    tasks_kept_in_deployment,
)
from modules.planning.database_classes import database_class
from modules.planning.thresholds import connections_threshold
from modules.settings import Environment
from modules.settings.change import Changes, changed


def changes_for(environment: Environment, need: Need, configuration: Configuration) -> Changes:
    """What makes the environment this fleet for this need; values that it has already are left out.

    The least number of tasks is the one that survives a zone: what autoscaling adds comes minutes after its loss.
    """
    wanted = _fleet(environment, need, configuration)
    after = changed(environment, wanted)
    for repair in (_rollout, _healthy_targets, _pool, _connections, _steady_connections):
        more = repair(after)
        wanted |= more
        after = changed(after, more)
    return {path: value for path, value in wanted.items() if value != _value(environment, path)}


def fits(environment: Environment, need: Need, configuration: Configuration) -> bool:
    """Whether there are addresses for its tasks and, at the latest with a larger database, a connection for each
    worker."""
    most = most_tasks(environment)
    if most is not None and most < configuration.tasks + (environment.service.autoscaling is not None):
        return False
    after = changed(environment, changes_for(environment, need, configuration))
    return connection_budget(after).fits(max(1, connection_pool(after)))


def yaml_lines(changes: Changes) -> str:
    """As they stand in an environment's file."""
    lines: list[str] = []
    open_sections: list[str] = []
    # One section after the other, each of them once.
    for path in sorted(changes, key=lambda path: path.split(".")[:-1]):
        *sections, last = path.split(".")
        shared = 0
        while shared < min(len(sections), len(open_sections)) and sections[shared] == open_sections[shared]:
            shared += 1
        lines += [f"{'  ' * depth}{sections[depth]}:" for depth in range(shared, len(sections))]
        lines.append(f"{'  ' * len(sections)}{last}: {_scalar(changes[path])}")
        open_sections = sections
    return "\n".join(lines)


def _fleet(environment: Environment, need: Need, configuration: Configuration) -> Changes:
    changes: Changes = {
        "load.requests_per_second": need.requests_per_second,
        "load.utilisation_limit_percent": need.utilisation_limit_percent,
        "service.cpu_architecture": configuration.cpu_architecture,
        "service.cpu_units": configuration.cpu_units,
        "service.memory_mib": configuration.memory_mib,
        "service.workers": configuration.workers,
        "service.desired_tasks": configuration.tasks,
    }
    if environment.service.autoscaling:
        changes["service.autoscaling.minimum_tasks"] = configuration.tasks
        changes["service.autoscaling.maximum_tasks"] = _maximum(environment, configuration)
    return changes


def _maximum(environment: Environment, configuration: Configuration) -> int:
    """The environment's own, where it leaves room above the minimum; else half as many again, as far as there are
    addresses."""
    tasks, autoscaling = configuration.tasks, environment.service.autoscaling
    addresses = most_tasks(environment)
    half_more = tasks + max(1, tasks // 2)
    own = autoscaling.maximum_tasks if autoscaling else 0
    maximum = own if own > tasks else half_more
    return max(tasks + 1, maximum if addresses is None else min(maximum, addresses))


def _rollout(environment: Environment) -> Changes:
    """A deployment has to start at least one task beside those that it keeps."""
    service, deployment = environment.service, environment.service.deployment
    fewest = service.minimum_tasks
    kept = tasks_kept_in_deployment(fewest, deployment.minimum_healthy_percent)
    if tasks_in_deployment(fewest, deployment.maximum_percent) > kept:
        return {}
    percent = -(-100 * (kept + 1) // fewest)
    return {"service.deployment.maximum_percent": percent} if percent <= 200 else {}


def _healthy_targets(environment: Environment) -> Changes:
    """An alarm below the least number of tasks."""
    below = max(1, environment.service.minimum_tasks - 1)
    return {"alarms.healthy_targets": below} if environment.alarms.healthy_targets > below else {}


def _pool(environment: Environment) -> Changes:
    """A stated pool that no longer fits gives way to the one that does."""
    pool = environment.litellm.database_connection_pool
    fits_still = pool == "auto" or connection_budget(environment).fits(pool)
    return {} if fits_still else {"litellm.database_connection_pool": "auto"}


def _connections(environment: Environment) -> Changes:
    """At least one for each worker, also below the alarm, from a database that has the memory for them."""
    budget, database = connection_budget(environment), environment.database
    steady = connections(1, budget.workers, environment.service.desired_tasks)
    needed = max(
        budget.max_connections_for(1), -(-100 * (steady + 1) // environment.alarms.database_connections_percent)
    )
    if needed <= budget.max_connections:
        return {}
    changes: Changes = {"database.parameters.max_connections": needed}
    shape = database_class(database.instance_class)
    if shape is None or shape.default_max_connections >= needed:
        return changes
    name = class_for_connections(needed)
    larger = database_class(name) if name else None
    if name is None or larger is None:
        return {}
    # RDS's own share, and PostgreSQL's usual one (PostgreSQL documentation, "Query Planning").
    return changes | {
        "database.instance_class": name,
        "database.parameters.shared_buffers_mib": larger.memory_mib // 4,
        "database.parameters.effective_cache_size_mib": larger.memory_mib * 3 // 4,
    }


def _steady_connections(environment: Environment) -> Changes:
    """A pool with which the alarm on connections is not always on."""
    budget, tasks = connection_budget(environment), environment.service.desired_tasks
    threshold = connections_threshold(budget.max_connections, environment.alarms.database_connections_percent)
    if connections(connection_pool(environment), budget.workers, tasks) < threshold:
        return {}
    pool = (threshold - 1) // (budget.workers * tasks)
    return {"litellm.database_connection_pool": pool} if pool else {}


def _value(environment: Environment, path: str) -> Any:
    value: Any = environment
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _scalar(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
