"""The model's answers side by side."""

import math
from collections.abc import Sequence

from modules.operations.table import Table
from modules.planning.capacity.backlog import Course
from modules.planning.capacity.calibration import Deviation
from modules.planning.capacity.cheapest import Offer
from modules.planning.capacity.closed_loop import ClosedLoop, Users
from modules.planning.capacity.fleet import capacity, survivors
from modules.planning.capacity.simulation import Run
from modules.planning.capacity.sizing import Need, rate_carried, situation
from modules.planning.capacity.source_table import source_table
from modules.planning.capacity.worker import PUBLISHED, Worker
from modules.settings import Environment

_NOTHING = "-"


def fleet(environment: Environment, need: Need, worker: Worker) -> Table:
    """What the environment's fleet makes of the load: as it is, without a zone, at autoscaling's bounds."""
    service = environment.service
    fleets = {
        "wanted": service.desired_tasks,
        "wanted, one zone lost": survivors(service.desired_tasks, need.zones),
        "minimum": service.minimum_tasks,
        "minimum, one zone lost": survivors(service.minimum_tasks, need.zones),
        "maximum": service.maximum_tasks,
        "maximum, one zone lost": survivors(service.maximum_tasks, need.zones),
    }
    return Table(
        title=f"{environment.name}-litellm at {need.requests_per_second:,g} requests/s",
        columns=(
            "tasks",
            "",
            "workers",
            "saturated at (requests/s)",
            "of a worker's time",
            "median",
            f"{need.percent:g} %",
        ),
        rows=[_fleet_row(name, tasks, service.workers, need, worker) for name, tasks in fleets.items()],
    )


def carried(environment: Environment, need: Need, worker: Worker) -> Table:
    """The other way round: the rate within the limits."""
    service = environment.service

    def rate(*, zone_lost: bool) -> str:
        requests = rate_carried(
            service.desired_tasks,
            service.workers,
            zones=need.zones,
            utilisation_limit_percent=need.utilisation_limit_percent,
            latency=need.latency,
            worker=worker,
            zone_lost=zone_lost,
        )
        return f"{requests:,.0f}"

    return Table(
        title=f"{service.desired_tasks} tasks of {service.workers} workers carry, within {_limits(need, worker)}",
        columns=("", "requests/s"),
        rows=[("all tasks", rate(zone_lost=False)), ("one zone lost", rate(zone_lost=True))],
    )


def reproduction(found: Sequence[Deviation]) -> Table:
    """Published numbers beside the model's."""
    return Table(
        title="LiteLLM's published benchmark (1,000 users who wait for 0.5 to 1 s)",
        columns=("fleet", "what", "published", "model", "deviation", "proves"),
        rows=[
            (
                one.name,
                one.quantity.removesuffix("_seconds").replace("_", " "),
                _quantity(one, one.measured),
                _quantity(one, one.predicted),
                f"{one.percent:+.1f} %",
                "nothing: fitted to it" if one.fitted else "checked, not fitted",
            )
            for one in found
        ],
    )


def source(worker: Worker = PUBLISHED) -> Table:
    """The source's "Expected Performance by Scale", line by line."""
    rows: list[tuple[str, ...]] = []
    for one in source_table(worker):
        least, most = (1000 * seconds for seconds in one.claim.median_seconds)
        claimed = f"{least:.0f}" if least == most else f"{least:.0f} to {most:.0f}"
        rows.append(
            (
                str(one.claim.tasks),
                f"{one.claim.requests_per_second:,.0f} at {claimed} ms",
                f"{one.requests_per_second:,.0f} at {1000 * one.median_seconds:.0f} ms",
                f"{one.rate_percent:+.1f} %, {one.median_percent:+.1f} %",
                one.verdict,
                one.why,
            )
        )
    return Table(
        title="The source's expected performance by scale",
        columns=("tasks", "claim (requests/s, median)", "model", "deviation", "verdict", "why"),
        rows=rows,
    )


def simulated(loop: ClosedLoop, run: Run, users: Users) -> Table:
    """The formulas beside a simulation, and two laws that hold in any system."""
    cycle = run.mean_seconds + users.mean_think_seconds
    return Table(
        title=f"{run.requests:,} simulated requests of {users.number:,} users on {loop.workers} workers",
        columns=("", "formula", "simulation"),
        rows=[
            ("requests/s", f"{loop.requests_per_second:,.1f}", f"{run.requests_per_second:,.1f}"),
            ("of a worker's time", f"{100 * loop.utilisation:.1f} %", f"{100 * run.utilisation:.1f} %"),
            ("mean", _milliseconds(loop.mean_seconds), _milliseconds(run.mean_seconds)),
            *(
                (f"{percent} %", _milliseconds(loop.percentile_seconds(percent)), _milliseconds(at))
                for percent, at in ((percent, run.percentile_seconds(percent)) for percent in (50, 95, 99))
            ),
            ("Little's law: X R / L", "1", f"{run.requests_per_second * run.mean_seconds / run.in_flight:.4f}"),
            ("response-time law: X (R + Z) / N", "1", f"{run.requests_per_second * cycle / users.number:.4f}"),
        ],
    )


def courses(courses: dict[str, Course]) -> Table:
    """What waits after a change, with good and bad luck."""
    return Table(
        title="While capacity is missing",
        columns=("", "requests/s", "most that wait", "longest wait", "nothing waits after", "tasks in the end"),
        rows=[
            (
                name,
                f"{one.requests_per_second:,g}",
                "without end" if math.isinf(one.largest_backlog) else f"{one.largest_backlog:,.0f}",
                _seconds(one.longest_wait_seconds),
                _seconds(one.gone_seconds),
                str(one.tasks),
            )
            for name, one in courses.items()
        ],
    )


def fleets_by_price(found: Sequence[Offer], *, most: int = 8, currency: str = "USD") -> Table:
    """The cheapest fleets that meet the need."""
    cheapest = found[0].price
    return Table(
        title=f"The {min(most, len(found))} cheapest of {len(found)} fleets",
        columns=("tasks", "vCPU", "GiB", "workers", "CPU", f"{currency} a month", "more than the cheapest"),
        rows=[
            (
                str(one.configuration.tasks),
                f"{one.configuration.vcpus:g}",
                f"{one.configuration.memory_mib / 1024:g}",
                str(one.configuration.workers),
                one.configuration.cpu_architecture,
                f"{one.price:,.0f}",
                f"{100 * (one.price / cheapest - 1):.0f} %" if cheapest else _NOTHING,
            )
            for one in found[:most]
        ],
    )


def _fleet_row(name: str, tasks: int, workers: int, need: Need, worker: Worker) -> tuple[str, ...]:
    if not tasks:
        return name, "0", "0", "0", "no task is left", _NOTHING, _NOTHING
    now = situation(need.requests_per_second, tasks, workers, worker, percent=need.percent)
    return (
        name,
        str(tasks),
        str(tasks * workers),
        f"{capacity(tasks, workers, worker):,.0f}",
        f"{100 * now.utilisation:.0f} %" + (", saturated" if now.utilisation >= 1 else ""),
        _milliseconds(now.median_seconds),
        _milliseconds(now.percentile_seconds),
    )


def _limits(need: Need, worker: Worker) -> str:
    limit = f"{need.limit_percent(worker):.0f} % of their time"
    return f"{limit} ({need.latency})" if need.latency else limit


def _quantity(one: Deviation, value: float) -> str:
    return f"{value:,.1f} requests/s" if one.quantity == "requests_per_second" else f"{1000 * value:.0f} ms"


def _milliseconds(seconds: float) -> str:
    return "grows" if math.isinf(seconds) else f"{1000 * seconds:,.0f} ms"


def _seconds(seconds: float) -> str:
    return "never" if math.isinf(seconds) else f"{seconds:,.0f} s"
