"""The model as pictures: throughput and latency over tasks and over rates, a lost zone, connections, autoscaling."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from modules.planning.capacity.backlog import Course
from modules.planning.capacity.closed_loop import Users, closed_loop
from modules.planning.capacity.connection_cases import Case
from modules.planning.capacity.published import ROWS, WORKERS_OF_A_TASK
from modules.planning.capacity.sizing import Need, situation
from modules.planning.capacity.source_table import CLAIMS
from modules.planning.capacity.worker import PUBLISHED, PUBLISHED_BY_THROUGHPUT, Worker

_MODEL, _CHECK, _WRONG, _LIMIT, _SHADE = "#1f6feb", "#116329", "#cf222e", "#57606a", "#d0e3ff"


def users_over_tasks(users: Users, own_workers: int, *, most_tasks: int = 10) -> Figure:
    """Throughput and median of a closed loop, between both calibrations; published points, and the source's claim.

    Args:
        own_workers: of the environment's fleet, in all its tasks.
    """
    figure, (throughput, median) = _pair()
    tasks = range(1, most_tasks + 1)
    lines = [
        [closed_loop(users, count * WORKERS_OF_A_TASK, worker) for count in tasks]
        for worker in (PUBLISHED, PUBLISHED_BY_THROUGHPUT)
    ]
    rates = [[loop.requests_per_second for loop in loops] for loops in lines]
    medians = [[1000 * loop.percentile_seconds(50) for loop in loops] for loops in lines]
    for axes, (mean_fit, throughput_fit) in ((throughput, rates), (median, medians)):
        axes.fill_between(tasks, mean_fit, throughput_fit, color=_SHADE, label="between both calibrations")
        axes.plot(tasks, mean_fit, color=_MODEL, label="model")
        axes.axvline(own_workers / WORKERS_OF_A_TASK, color=_LIMIT, linestyle=":", linewidth=1)
        axes.set_xlabel(f"tasks of {WORKERS_OF_A_TASK} workers (dotted: {own_workers} workers, this environment's)")
        axes.set_xticks(list(tasks))
        axes.set_xlim(0.6, most_tasks + 0.4)
    published = [row.workers // WORKERS_OF_A_TASK for row in ROWS]
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
    median.set_ylim(40, 1.3 * max(map(max, medians)))
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
    utilisation.annotate(f"limit {limit:.0f} %", (0, limit), **_ON_THE_LINE)
    for axes in (utilisation, latency):
        axes.axvline(need.requests_per_second, color=_LIMIT, linewidth=1)
        axes.set_xlabel(f"requests/s (line: the load, {need.requests_per_second:,g})")
        axes.set_xlim(left=0)
    utilisation.set_ylim(0, 105)
    utilisation.set_ylabel("of a worker's time (%)")
    latency.set_yscale("log")
    latency.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    latency.yaxis.set_major_formatter(FuncFormatter(lambda milliseconds, _: f"{milliseconds:,g}"))
    latency.yaxis.set_minor_formatter(NullFormatter())
    latency.set_ylabel(f"{need.percent:g} % of answers within (ms)")
    if need.latency:
        allowed = 1000 * need.latency.seconds
        latency.axhline(allowed, color=_LIMIT, linestyle="--", linewidth=1)
        latency.annotate(f"objective {allowed:,g} ms", (0, allowed), **_ON_THE_LINE)
    utilisation.legend(loc="lower right", **_LEGEND)
    figure.suptitle("Independent clients: a fleet, and what a lost zone leaves of it")
    return figure


def timeline(courses: Mapping[str, Course], *, title: str) -> Figure:
    """Tasks that serve, and how long a request waits, from the change on."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    fleet, wait = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (1, 1.4)})
    until = max(one.moments[-1].seconds for one in courses.values())
    for (name, one), color in zip(courses.items(), (_MODEL, _WRONG), strict=False):
        # Whoever is done first stays as it is.
        moments = [*one.moments, replace(one.moments[-1], seconds=until)]
        seconds = [moment.seconds for moment in moments]
        fleet.step(seconds, [moment.tasks for moment in moments], where="post", color=color, label=name)
        waits = [moment.wait_seconds for moment in moments]
        wait.plot(seconds, waits, color=color, label=f"{name}: {_words(one)}")
    for axes, label in ((fleet, "tasks that serve"), (wait, "wait of a request (s)")):
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.spines[["top", "right"]].set_visible(False)
    fleet.yaxis.get_major_locator().set_params(integer=True)
    wait.set_ylim(top=max(1.0, wait.get_ylim()[1]))
    wait.legend(loc="upper left", **_LEGEND)
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
    figure.legend(loc="outside upper right", **_LEGEND)
    figure.suptitle("Database connections")
    return figure


_LATENCIES = (50, 100, 200, 500, 1000, 2000, 5000)
_ON_THE_LINE: dict[str, Any] = {"xytext": (4, 3), "textcoords": "offset points", "fontsize": 8}
_LEGEND = {"fontsize": 8, "frameon": False}


def _pair() -> tuple[Figure, tuple[Axes, Axes]]:
    figure = Figure(figsize=(10, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure, (left, right)


def _words(one: Course) -> str:
    longest, gone = one.longest_wait_seconds, one.gone_seconds
    if not gone:
        return "nobody waits"
    if math.isinf(longest):
        return "without end"
    return f"up to {longest:,.0f} s" + ("" if math.isinf(gone) else f", until {gone:,.0f} s after the change")
