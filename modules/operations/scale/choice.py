"""What to set for an operator's wish, what is wrong with it, and what becomes of it with the next deployment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modules.operations.scale.running import Running
from modules.planning.capacity.changes import yaml_lines
from modules.planning.connections import connection_pool
from modules.settings import Environment
from modules.settings.change import Changes, changed

TASKS, MINIMUM, MAXIMUM = (
    "service.desired_tasks",
    "service.autoscaling.minimum_tasks",
    "service.autoscaling.maximum_tasks",
)
POOL = "litellm.database_connection_pool"

Check = Callable[[Environment], Sequence[str]]
"""What the rules find so wrong with an environment that it cannot be deployed."""


class RefusedError(Exception):
    """The wish cannot be carried out; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Numbers of tasks; 0: as it is.

    Attributes:
        tasks: now. Where autoscaling is on it becomes the minimum too, unless one is stated: it would be undone.
    """

    tasks: int = 0
    minimum: int = 0
    maximum: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.tasks or self.minimum or self.maximum)


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """
    Attributes:
        minimum, maximum: None where nothing scales the service.
        environment: as it runs then, with the connection pools of the tasks that run.
        lines: of the environment's file, for the change to last; empty when the file says so already.
        pools: what becomes of the workers' pools when it is deployed instead; empty: nothing.
        next_deployment: what it makes of a change by hand.
        way_back: arguments of `make scale` that undo it.
    """

    tasks: int
    minimum: int | None
    maximum: int | None
    environment: Environment
    lines: str
    pools: str
    next_deployment: str
    way_back: str


def as_it_runs(environment: Environment, running: Running) -> Environment:
    """With the numbers of tasks that are there now.

    Raises:
        ValueError: they are no numbers that an environment may have.
    """
    return _with(environment, running.wanted, running.minimum, running.maximum)


def choose(environment: Environment, running: Running, wish: Wish, check: Check) -> Scaling:
    """
    Raises:
        RefusedError: a rule would stop such an environment, or there is nothing to scale with.
    """
    if running.deployments > 1:
        raise RefusedError("tasks are being replaced by a deployment: wait for its end, then scale")
    if running.minimum is None or running.maximum is None or environment.service.autoscaling is None:
        if wish.minimum or wish.maximum:
            raise RefusedError(
                f"{environment.name} has no autoscaling, and so no minimum and maximum: state TASKS alone"
            )
        tasks, minimum, maximum = wish.tasks, None, None
    else:
        minimum = wish.minimum or wish.tasks or min(running.minimum, wish.maximum or running.minimum)
        maximum = wish.maximum or max(running.maximum, minimum, wish.tasks)
        tasks = wish.tasks or min(max(running.wanted, minimum), maximum)
    try:
        after = _with(environment, tasks, minimum, maximum)
        filed = _with(environment, tasks, minimum, maximum, pool=environment.litellm.database_connection_pool)
    except ValueError as error:
        # pydantic's own lines around the message are for programmers.
        said = [line.strip() for line in str(error).splitlines() if "Value error" in line]
        raise RefusedError("; ".join(said).replace("Value error, ", "") or str(error)) from None
    lines, pools = yaml_lines(_difference(environment, tasks, minimum, maximum)), _pools(environment, filed)
    already = set(check(environment))
    if wrong := [line for line in check(after) if line not in already]:
        # The tasks that run keep their pools, a deployment gives others: what cannot be set may still be deployed.
        can_be_deployed = already.issuperset(check(filed))
        raise RefusedError("\n".join(wrong) + (_deployed_instead(filed, lines, pools) if can_be_deployed else ""))
    return Scaling(
        tasks=tasks,
        minimum=minimum,
        maximum=maximum,
        environment=after,
        lines=lines,
        pools=pools,
        next_deployment=_next_deployment(environment),
        way_back=_arguments(running.wanted, running.minimum, running.maximum),
    )


def _with(
    environment: Environment, tasks: int, minimum: int | None, maximum: int | None, pool: str | int | None = None
) -> Environment:
    """
    Args:
        pool: None: tasks that run keep theirs, however many of them there are.
    """
    changes: Changes = {TASKS: tasks, POOL: pool or max(1, connection_pool(environment))}
    if environment.service.autoscaling and minimum is not None and maximum is not None:
        changes |= {MINIMUM: minimum, MAXIMUM: maximum}
    return changed(environment, changes)


def _difference(environment: Environment, tasks: int, minimum: int | None, maximum: int | None) -> Changes:
    service, autoscaling = environment.service, environment.service.autoscaling
    wanted: Changes = {TASKS: tasks} if tasks != service.desired_tasks else {}
    if autoscaling and minimum is not None and minimum != autoscaling.minimum_tasks:
        wanted[MINIMUM] = minimum
    if autoscaling and maximum is not None and maximum != autoscaling.maximum_tasks:
        wanted[MAXIMUM] = maximum
    return wanted


def _pools(environment: Environment, filed: Environment) -> str:
    now, then = connection_pool(environment), connection_pool(filed)
    if now == then:
        return ""
    if then == 0:
        return f"workers' pools of {now} connections would have none left; max_connections has to be raised"
    return f"workers' pools go from {now} to {then} connections, which replaces every task"


def _deployed_instead(filed: Environment, lines: str, pools: str) -> str:
    return f". It cannot be set by hand, and can be deployed: {in_a_line(lines)} in environments/{filed.name}.yaml" + (
        f"; {pools}" if pools else ""
    )


def in_a_line(lines: str) -> str:
    """Lines of YAML for a sentence."""
    return " ".join(line.strip() for line in lines.splitlines())


def _next_deployment(environment: Environment) -> str:
    service, autoscaling = environment.service, environment.service.autoscaling
    if autoscaling is None:
        return f"sets the number of tasks back to the file's {service.desired_tasks}"
    if autoscaling.schedules:
        return "leaves it as it is: the next moment of service.autoscaling.schedules sets its own bounds"
    return (
        f"sets the bounds back to the file's {autoscaling.minimum_tasks} to {autoscaling.maximum_tasks}; the number of "
        f"tasks is autoscaling's, which then takes one away at a time while the CPU is below "
        f"{autoscaling.scale_in_below_percent} %"
    )


def _arguments(tasks: int, minimum: int | None, maximum: int | None) -> str:
    bounds = "" if minimum is None else f" MINIMUM_TASKS={minimum} MAXIMUM_TASKS={maximum}"
    return f"TASKS={tasks}{bounds}"
