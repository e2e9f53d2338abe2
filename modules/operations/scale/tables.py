"""What runs, what the model says of it, and what to do, for a notebook and a terminal."""

from collections.abc import Mapping, Sequence

from modules.operations.scale.carry_out import Moment
from modules.operations.scale.choice import Scaling, in_a_line
from modules.operations.scale.history import History, Series
from modules.operations.scale.running import Running
from modules.operations.table import Table
from modules.planning.capacity.connection_cases import Case, connection_cases
from modules.planning.capacity.sizing import Need, rate_carried, tasks_needed
from modules.planning.connections import connection_pool
from modules.planning.percentile import percentile
from modules.planning.right_sizing import CONSISTENT_PERCENT
from modules.settings import Environment

_NOTHING = "-"


def running(environment: Environment, now: Running) -> Table:
    """What is there beside what the environment's file says; where they differ, somebody has scaled by hand."""
    service, autoscaling = environment.service, environment.service.autoscaling
    filed = {
        "wanted": service.desired_tasks,
        "minimum": autoscaling.minimum_tasks if autoscaling else None,
        "maximum": autoscaling.maximum_tasks if autoscaling else None,
    }
    found = {"wanted": now.wanted, "minimum": now.minimum, "maximum": now.maximum}
    rows = [
        (
            f"tasks: {name}",
            _count(found[name]),
            _count(filed[name]),
            _differs(environment, name, found[name], filed[name]),
        )
        for name in found
    ]
    return Table(
        title=f"{environment.name}-litellm now",
        columns=("", "now", "in the file", ""),
        rows=[
            *rows,
            ("tasks: running", str(now.running), "", "" if now.running == now.wanted else "not as many as wanted"),
            ("targets: healthy", str(now.healthy), "", "" if now.healthy == now.running else "not as many as run"),
        ],
    )


def measured(history: History) -> Table:
    """The recorded hours in numbers."""
    series: Mapping[str, tuple[Series, str]] = {
        "CPU (%)": (history.cpu_percent, "{:.1f}"),
        "memory (%)": (history.memory_percent, "{:.1f}"),
        "requests/s": (history.requests_per_second, "{:,.1f}"),
        "tasks that served": (history.tasks, "{:.1f}"),
    }
    return Table(
        title=f"Recorded, in periods of {history.period_seconds} s",
        columns=("", "periods", "mean", f"{CONSISTENT_PERCENT} % are below", "most"),
        rows=[_statistics(name, one.values, style) for name, (one, style) in series.items()],
    )


def opinion(fleets: Mapping[str, Environment], need: Need) -> Table:
    """What the capacity model thinks of numbers of tasks: the rate that they carry, and what the load needs."""
    rows: list[tuple[str, ...]] = []
    for name, environment in fleets.items():
        service = environment.service
        fewest = tasks_needed(need, service.workers)
        carried = {lost: _rate(environment, need, zone_lost=lost) for lost in (False, True)}
        rows.append(
            (
                name,
                str(service.desired_tasks),
                f"{carried[False]:,.0f}",
                f"{carried[True]:,.0f}",
                str(fewest),
                "enough" if service.desired_tasks >= fewest else f"{fewest - service.desired_tasks} too few",
            )
        )
    return Table(
        title=(
            f"The capacity model at {need.requests_per_second:,g} requests/s, workers busy for at most "
            f"{need.utilisation_limit_percent} % of their time"
        ),
        columns=(
            "",
            "tasks",
            "carry (requests/s)",
            "with a zone lost",
            "needed with a zone lost",
            "",
        ),
        rows=rows,
    )


def connections(environment: Environment) -> Table:
    """The database's connections with these numbers of tasks and the pools that tasks have now."""
    pool = max(1, connection_pool(environment))
    return Table(
        title=f"Database connections, {pool} for each of {environment.service.workers} workers of a task",
        columns=("", "tasks", "connections", "available", ""),
        rows=[_case(one) for one in connection_cases(environment, pool)],
    )


def decision(environment: Environment, scaling: Scaling | None) -> Table:
    """What would be set now, and what makes it last."""
    if scaling is None:
        rows: list[tuple[str, ...]] = [("at once", "nothing: no number of tasks was asked for")]
    else:
        bounds = "" if scaling.minimum is None else f", autoscaling between {scaling.minimum} and {scaling.maximum}"
        in_the_file = f"environments/{environment.name}.yaml: {in_a_line(scaling.lines)}"
        rows = [
            ("at once", f"{scaling.tasks} tasks{bounds}"),
            ("at the next deployment", f"that {scaling.next_deployment}"),
            ("to make it last", in_the_file if scaling.lines else "the file says so already"),
            *([("when that is deployed", scaling.pools)] if scaling.pools and scaling.lines else []),
            ("to take it back", f"make scale {scaling.way_back}"),
        ]
    return Table(title="What was asked for", columns=("when", "what"), rows=rows)


def outcome(moments: list[Moment]) -> str:
    first, last = moments[0], moments[-1]
    return f"{last.healthy} tasks serve {last.seconds:.1f} s after the change; {first.healthy} did before it."


def _rate(environment: Environment, need: Need, *, zone_lost: bool) -> float:
    return rate_carried(
        environment.service.desired_tasks,
        environment.service.workers,
        zones=need.zones,
        utilisation_limit_percent=need.utilisation_limit_percent,
        zone_lost=zone_lost,
    )


def _case(case: Case) -> tuple[str, ...]:
    left = f"{case.left} left" if case.holds else f"{-case.left} are refused"
    return case.name, str(case.tasks), str(case.connections), str(case.available), left


def _count(tasks: int | None) -> str:
    return _NOTHING if tasks is None else str(tasks)


def _differs(environment: Environment, name: str, found: int | None, filed: int | None) -> str:
    if found == filed:
        return ""
    if name == "wanted" and environment.service.autoscaling:
        return "autoscaling decides"
    return "set by hand, by a schedule, or not deployed yet"


def _statistics(name: str, values: Sequence[float], style: str) -> tuple[str, ...]:
    if not values:
        return name, "0", _NOTHING, _NOTHING, _NOTHING
    numbers = (sum(values) / len(values), percentile(values, CONSISTENT_PERCENT), max(values))
    return name, str(len(values)), *(style.format(number) for number in numbers)
