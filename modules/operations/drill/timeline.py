"""A drill as a picture: what users saw, how long answers took, how many tasks served."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from modules.operations.drill.facts import Fact, in_order
from modules.operations.drill.measures import Measures
from modules.operations.drill.requests import Request

_ANSWERED, _FAILED, _WANTED, _FAULT, _ALARM = "#1f6feb", "#cf222e", "#57606a", "#fff1b8", "#bc4c00"
_MOMENT_SECONDS = 2.0


def timeline(measures: Measures, requests: Sequence[Request], facts: Sequence[Fact], *, title: str) -> Figure:
    """Three plots over the seconds since the fault, which is shaded, with alarms and the measured recovery times."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    users, latency, fleet = figure.subplots(3, 1, sharex=True, gridspec_kw={"height_ratios": (2, 2, 1.5)})
    began = measures.fault.began
    _success(users, measures)
    _writes(users, measures)
    _latency(latency, requests, began)
    _fleet(fleet, facts, began, measures.observed_until)
    for axes in (users, latency, fleet):
        axes.axvspan(0, (measures.fault.ended or measures.observed_until) - began, color=_FAULT, zorder=0)
        for seconds in measures.alarms.values():
            if seconds is not None:
                axes.axvline(seconds, color=_ALARM, linestyle=":", linewidth=1)
        axes.spines[["top", "right"]].set_visible(False)
    for name, seconds in (("degraded", measures.rto_degraded_seconds), ("full", measures.rto_full_seconds)):
        if seconds:
            users.axvline(seconds, color=_WANTED, linestyle="--", linewidth=1)
            users.annotate(
                f"RTO {name} {seconds:.1f} s", (seconds, 50), rotation=90, va="center", ha="right", fontsize=8
            )
    fleet.set_xlabel("seconds since the fault (shaded while it lasts; dotted: an alarm)")
    figure.suptitle(title)
    return figure


def _success(axes: Axes, measures: Measures) -> None:
    seconds = [one.second + 0.5 for one in measures.seconds]
    rates = [100 * one.success_rate for one in measures.seconds]
    axes.step(seconds, rates, where="mid", color=_ANSWERED, linewidth=1.2)
    axes.set_ylim(-5, 105)
    axes.set_ylabel("answered (% of each second)")
    axes.set_title(f"{measures.failed_requests} of {measures.requests} requests failed", loc="left", fontsize=10)


def _writes(axes: Axes, measures: Measures) -> None:
    """A bar for the time without a write, where it is longer than a moment."""
    writes = measures.writes
    if writes is None or writes.refused_from is None or writes.refused_seconds < _MOMENT_SECONDS:
        return
    first = writes.refused_from - measures.fault.began
    axes.hlines(8, first, first + writes.refused_seconds, color=_FAILED, linewidth=5)
    axes.annotate(f"no write taken for {writes.refused_seconds:.1f} s", (first, 16), fontsize=8, color=_FAILED)


def _latency(axes: Axes, requests: Sequence[Request], began: float) -> None:
    for succeeded, color, label in ((True, _ANSWERED, "answered"), (False, _FAILED, "failed")):
        some = [one for one in requests if one.succeeded is succeeded]
        if some:
            axes.scatter(
                [one.scheduled - began for one in some],
                [one.latency_seconds for one in some],
                s=6,
                color=color,
                label=label,
            )
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("time to an answer (s)")
    if requests:
        axes.legend(loc="upper right", fontsize=8, frameon=False)


def _fleet(axes: Axes, facts: Iterable[Fact], began: float, until: float) -> None:
    told = in_order(fact for fact in facts if fact.source == "fleet")
    for name, color, label in (("desired", _WANTED, "wanted"), ("healthy", _ANSWERED, "healthy")):
        points = [(fact.time - began, fact.values[name]) for fact in told if name in fact.values]
        if points:
            points.append((until - began, points[-1][1]))
            axes.step(*zip(*points, strict=True), where="post", color=color, label=label, linewidth=1.2)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("tasks")
    if told:
        axes.legend(loc="lower right", fontsize=8, frameon=False)
