"""The source's right-sizing of what was recorded, in words and as a picture."""

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from modules.operations.scale.history import History, Series
from modules.operations.table import Table
from modules.planning.right_sizing import (
    CONSISTENT_PERCENT,
    LEAST_SAMPLES,
    SCALE_DOWN_BELOW_PERCENT,
    SCALE_UP_ABOVE_PERCENT,
    Utilisation,
    right_memory_mib,
    right_tasks,
    utilisation,
)
from modules.settings import Environment

_CPU, _MEMORY, _REQUESTS, _TASKS, _LIMIT, _KEEP = "#1f6feb", "#8250df", "#116329", "#57606a", "#cf222e", "#dafbe1"
_THIN: Any = {"linewidth": 1, "markersize": 3}


def right_sizing(environment: Environment, history: History) -> Table:
    """What the source's rule says of CPU and memory, and what follows for the environment's file."""
    return Table(
        title=(
            f"Right-sizing: down when consistently under {SCALE_DOWN_BELOW_PERCENT} %, up when consistently over "
            f"{SCALE_UP_ABOVE_PERCENT} %"
        ),
        columns=("", f"{CONSISTENT_PERCENT} % are above, and below", "advice", ""),
        rows=[
            _row("CPU", history.cpu_percent, lambda found: _tasks(environment, history, found)),
            _row("memory", history.memory_percent, lambda found: _memory(environment, found)),
        ],
    )


def picture(history: History, *, title: str) -> Figure:
    """CPU and memory against both limits, the requests, and the tasks that served them."""
    figure = Figure(figsize=(10, 6), layout="constrained")
    used, requests, tasks = figure.subplots(3, 1, sharex=True, gridspec_kw={"height_ratios": (2, 1, 1)})
    used.axhspan(SCALE_DOWN_BELOW_PERCENT, SCALE_UP_ABOVE_PERCENT, color=_KEEP, zorder=0)
    for series, color, label in ((history.cpu_percent, _CPU, "CPU"), (history.memory_percent, _MEMORY, "memory")):
        used.plot(
            _hours(series, history.ended), series.values, ".-", color=color, label=label, linewidth=1, markersize=3
        )
    for percent, text in ((SCALE_DOWN_BELOW_PERCENT, "down below"), (SCALE_UP_ABOVE_PERCENT, "up above")):
        used.axhline(percent, color=_LIMIT, linestyle="--", linewidth=1)
        used.annotate(f"{text} {percent} %", (1, percent), xycoords=("axes fraction", "data"), ha="right", va="bottom")
    used.set_ylim(0, 105)
    used.set_ylabel("used (%)")
    used.legend(loc="upper left", fontsize=8, frameon=False)
    for axes, series, color, label in (
        (requests, history.requests_per_second, _REQUESTS, "requests/s"),
        (tasks, history.tasks, _TASKS, "tasks that served"),
    ):
        axes.plot(_hours(series, history.ended), series.values, ".-", color=color, **_THIN)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(label)
    for axes in (used, requests, tasks):
        axes.spines[["top", "right"]].set_visible(False)
    tasks.set_xlim(right=0)
    tasks.set_xlabel("hours before now")
    figure.suptitle(title)
    return figure


def _hours(series: Series, ended: float) -> list[float]:
    return [(at - ended) / 3600 for at in series.times]


def _row(name: str, series: Series, what_follows: Callable[[Utilisation], str]) -> tuple[str, str, str, str]:
    if not series.values:
        return name, "-", "unknown", "nothing is recorded yet"
    found = utilisation(series.values)
    too_few = f"{found.samples} of the {LEAST_SAMPLES} periods that it takes to judge are recorded"
    return (
        name,
        f"{found.quiet_percent:.1f} %, {found.busy_percent:.1f} %",
        found.advice,
        too_few if found.advice == "unknown" else what_follows(found),
    )


def _tasks(environment: Environment, history: History, found: Utilisation) -> str:
    if found.advice == "keep":
        return ""
    served = history.tasks.values
    mean = sum(served) / len(served) if served else environment.service.desired_tasks
    return (
        f"{mean:.1f} tasks served on average; {right_tasks(mean, found.busy_percent)} would have been busy for "
        f"{SCALE_UP_ABOVE_PERCENT} % at most; what a lost zone takes is the model's question, below"
    )


def _memory(environment: Environment, found: Utilisation) -> str:
    if found.advice == "keep":
        return ""
    cpu_units, memory_mib = environment.service.cpu_units, environment.service.memory_mib
    right = right_memory_mib(cpu_units, memory_mib, found.busy_percent)
    if right is None:
        return f"no size of Fargate's with {cpu_units} CPU units has enough: state more service.cpu_units"
    if right == memory_mib:
        return f"service.memory_mib {memory_mib} is already the least that Fargate has with {cpu_units} CPU units"
    return f"service.memory_mib: {right}, instead of {memory_mib}"
