"""The model as pictures: throughput and latency over tasks and over rates, a lost zone, connections, autoscaling."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modules.planning.capacity.backlog import Course
from modules.planning.capacity.closed_loop import Users, closed_loop
from modules.planning.capacity.connection_cases import Case
from modules.planning.capacity.published import ROWS
from modules.planning.capacity.sizing import Need, situation
from modules.planning.capacity.source_table import CLAIMS
from modules.planning.capacity.worker import PUBLISHED, PUBLISHED_BY_THROUGHPUT, Worker

_MODEL, _CHECK, _WRONG, _LIMIT, _SHADE = "#1f6feb", "#116329", "#cf222e", "#57606a", "#d0e3ff"


def users_over_tasks(users: Users, workers: int, *, most_tasks: int = 10) -> Figure:
    """Throughput and median of a closed loop, between both calibrations; published points, and the source's claims."""
    figure, (throughput, median) = _pair()
    tasks = range(1, most_tasks + 1)
    lines = {
        worker: [closed_loop(users, count * workers, worker) for count in tasks]
        for worker in (PUBLISHED, PUBLISHED_BY_THROUGHPUT)
    }
    rates = [[loop.requests_per_second for loop in loops] for loops in lines.values()]
    medians = [[1000 * loop.percentile_seconds(50) for loop in loops] for loops in lines.values()]
    for axes, (mean_fit, throughput_fit) in ((throughput, rates), (median, medians)):
        axes.fill_between(tasks, mean_fit, throughput_fit, color=_SHADE, label="between both calibrations")
        axes.plot(tasks, mean_fit, color=_MODEL, label="model")
        axes.set_xlabel(f"tasks of {workers} workers")
        axes.set_xticks(list(tasks))
    published = [row.workers // workers for row in ROWS]
    throughput.plot(
        published, [row.values["requests_per_second"] for row in ROWS], "o", color=_CHECK, label="published"
    )
    median.plot(published, [1000 * row.values["median_seconds"] for row in ROWS], "o", color=_CHECK, label="published")
    ceiling = users.requests_per_second(0)
    throughput.axhline(ceiling, color=_LIMIT, linestyle="--", linewidth=1)
    throughput.annotate(
        f"{ceiling:,.0f}: answers that take no time",
        (most_tasks, ceiling),
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=8,
        ha="right",
    )
    wrong = CLAIMS[-1]
    if wrong.tasks <= most_tasks:
        throughput.plot(wrong.tasks, wrong.requests_per_second, "X", color=_WRONG, label="source's claim")
        middle = 500 * sum(wrong.median_seconds)
        half = 500 * (wrong.median_seconds[1] - wrong.median_seconds[0])
        median.errorbar(wrong.tasks, middle, half, fmt="X", color=_WRONG, capsize=3, label="source's claim")
    throughput.set_ylim(bottom=0)
    throughput.set_ylabel("requests/s")
    median.set_yscale("log")
    median.set_yticks(_LATENCIES, [f"{milliseconds:,}" for milliseconds in _LATENCIES])
    median.minorticks_off()
    median.set_ylabel("median (ms)")
    throughput.legend(loc="lower right", **_LEGEND)
    figure.suptitle(f"{users.number:,} users who wait for {users.mean_think_seconds:g} s between requests")
    return figure


def rates_of_a_fleet(fleets: Mapping[str, int], workers: int, need: Need, worker: Worker) -> Figure:
    """Utilisation and the objective's percentile over the rate, of independent clients.

    Args:
        fleets: tasks by what to call them.
    """
    figure, (utilisation, latency) = _pair()
    colors = (_MODEL, _WRONG, _CHECK, _LIMIT)
    for (name, tasks), color in zip(fleets.items(), colors, strict=False):
        if not tasks:
            continue
        most = tasks * workers * worker.requests_per_second
        rates = [most * share / 200 for share in range(1, 198)]
        label = f"{name}: {tasks} tasks"
        utilisation.plot([0, most], [0, 100], color=color, label=label)
        times = (situation(rate, tasks, workers, worker, percent=need.percent) for rate in rates)
        slow = [1000 * one.percentile_seconds for one in times]
        latency.plot(rates, slow, color=color, label=label)
    limit = need.limit_percent(worker)
    utilisation.axhline(limit, color=_LIMIT, linestyle="--", linewidth=1)
    utilisation.annotate(f"limit {limit:.0f} %", (0, limit), xytext=(4, 3), textcoords="offset points", fontsize=8)
    for axes in (utilisation, latency):
        axes.axvline(need.requests_per_second, color=_LIMIT, linewidth=1)
        axes.set_xlabel(f"requests/s (line: the load, {need.requests_per_second:,g})")
        axes.set_xlim(left=0)
    utilisation.set_ylim(0, 105)
    utilisation.set_ylabel("of a worker's time (%)")
    latency.set_yscale("log")
    latency.set_ylabel(f"{need.percent:g} % of answers within (ms)")
    if need.latency:
        latency.axhline(1000 * need.latency.seconds, color=_LIMIT, linestyle="--", linewidth=1)
    utilisation.legend(loc="lower right", **_LEGEND)
    figure.suptitle("Independent clients: a fleet, and what a lost zone leaves of it")
    return figure


def timeline(courses: Mapping[str, Course], *, title: str) -> Figure:
    """Tasks that serve, and how long a request waits, from the change on."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    fleet, wait = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (1, 1.4)})
    until = max(120.0, *(1.15 * _end(one) for one in courses.values()))
    for (name, one), color in zip(courses.items(), (_MODEL, _WRONG), strict=False):
        times = [moment.seconds for moment in one.moments]
        fleet.step([*times, until], [*(m.tasks for m in one.moments), one.tasks], where="post", color=color, label=name)
        seconds, waits = _waits(one, until)
        wait.plot(seconds, waits, color=color, label=f"{name}: at most {_words(one.longest_wait_seconds)}")
    for axes, label in ((fleet, "tasks that serve"), (wait, "wait of a request (s)")):
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
        axes.set_xlim(0, until)
        axes.spines[["top", "right"]].set_visible(False)
    fleet.yaxis.get_major_locator().set_params(integer=True)
    wait.legend(loc="upper right", **_LEGEND)
    wait.set_xlabel("seconds since the change")
    figure.suptitle(title)
    return figure


def connection_budget(pools: Mapping[int, Sequence[Case]]) -> Figure:
    """Connections of each situation against what the database allows, by the size of a worker's pool."""
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    axes = figure.subplots()
    height = 0.8 / len(pools)
    for place, (pool, cases) in enumerate(pools.items()):
        positions = [index + place * height for index in range(len(cases))]
        color = (_MODEL, _CHECK, _LIMIT)[place % 3]
        bars = axes.barh(positions, [one.connections for one in cases], height, color=color, label=f"pools of {pool}")
        axes.bar_label(bars, padding=3, fontsize=8)
        for bar, one in zip(bars, cases, strict=True):
            if not one.holds:
                bar.set_hatch("///")
                bar.set_edgecolor("white")
    cases = next(iter(pools.values()))
    axes.set_yticks(
        [index + height * (len(pools) - 1) / 2 for index in range(len(cases))],
        [f"{one.name} ({one.tasks} tasks)" for one in cases],
    )
    axes.invert_yaxis()
    available = cases[0].available
    axes.axvline(available, color=_WRONG, linestyle="--", linewidth=1)
    axes.set_xlabel(f"connections (dashed: {available} available; hatched: too many)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", **_LEGEND)
    figure.suptitle("Database connections")
    return figure


_LATENCIES = (50, 100, 200, 500, 1000, 2000, 5000)
_LEGEND = {"fontsize": 8, "frameon": False}


def _pair() -> tuple[Figure, tuple[Axes, Axes]]:
    figure = Figure(figsize=(10, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure, (left, right)


def _end(one: Course) -> float:
    return one.moments[-1].seconds if math.isinf(one.gone_seconds) else max(one.gone_seconds, _last_change(one))


def _last_change(one: Course) -> float:
    return max((later.seconds for now, later in pairwise(one.moments) if later.tasks != now.tasks), default=0.0)


def _waits(one: Course, until: float) -> tuple[list[float], list[float]]:
    """Both sides of each step: more tasks shorten the wait at once."""
    seconds, waits = [], []
    for now, later in pairwise(one.moments):
        seconds += [now.seconds, later.seconds]
        waits += [now.wait_seconds, later.backlog / now.capacity if now.capacity else math.nan]
    last = one.moments[-1]
    return [*seconds, last.seconds, until], [*waits, last.wait_seconds, math.nan if last.backlog else 0.0]


def _words(seconds: float) -> str:
    return "without end" if math.isinf(seconds) else f"{seconds:,.0f} s"
