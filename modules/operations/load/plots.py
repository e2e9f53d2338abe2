"""A run as a picture: latency as it went on, and how it is distributed."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from modules.operations.load.requests import Request
from modules.operations.load.result import measured
from modules.operations.load.wish import Wish
from modules.planning.percentile import percentile

_ANSWERED, _FAILED, _LIMIT, _SHADE = "#1f6feb", "#cf222e", "#57606a", "#eaeef2"
_MOST_POINTS = 20_000


def course(requests: Sequence[Request], *, began: float, wish: Wish, title: str) -> Figure:
    """Every request of the run over time, warm-up shaded; beside it the share that was answered within a time.

    Args:
        requests: of the whole run; at most 20,000 of them are drawn, evenly chosen.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    over_time, distribution = figure.subplots(1, 2, gridspec_kw={"width_ratios": (3, 2)})
    shown = requests[:: 1 + len(requests) // _MOST_POINTS]
    for succeeded, color, label in ((True, _ANSWERED, "answered"), (False, _FAILED, "failed")):
        some = [one for one in shown if one.succeeded is succeeded]
        if some:
            over_time.scatter(
                [one.due - began for one in some],
                [1000 * one.latency_seconds for one in some],
                s=5,
                color=color,
                label=label,
            )
    over_time.axvspan(0, wish.warm_up_seconds, color=_SHADE, zorder=0)
    over_time.set_xlim(left=0)
    over_time.set_xlabel("seconds since the load began (shaded: warm-up, left out)")
    over_time.set_ylabel("latency (ms)")
    over_time.set_yscale("log")
    over_time.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    over_time.yaxis.set_minor_formatter(NullFormatter())
    over_time.yaxis.set_major_formatter(FuncFormatter(lambda milliseconds, _: f"{milliseconds:,g}"))
    over_time.legend(loc="upper right", fontsize=8, frameon=False)
    _distribution(distribution, [one for one in measured(requests, wish, began) if one.succeeded])
    for axes in (over_time, distribution):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    return figure


def _distribution(axes: Axes, answered: Sequence[Request]) -> None:
    """Up to the 99.5th percentile: the slowest few would leave no room for the rest."""
    axes.set_xlabel("latency (ms)")
    axes.set_ylabel("answered within it (%)")
    if not answered:
        return
    seconds = sorted(one.latency_seconds for one in answered)
    axes.plot(
        [1000 * one for one in seconds],
        [100 * (place + 1) / len(seconds) for place in range(len(seconds))],
        color=_ANSWERED,
        linewidth=1.5,
    )
    for percent, below in ((50, 12), (95, 18), (99, 10)):
        value = 1000 * percentile(seconds, percent)
        axes.plot(value, percent, "o", color=_LIMIT, markersize=4)
        axes.annotate(
            f"p{percent} {value:,.0f} ms", (value, percent), xytext=(5, -below), textcoords="offset points", fontsize=8
        )
    axes.set_xlim(0.9 * 1000 * seconds[0], 1.15 * 1000 * percentile(seconds, 99.5))
    axes.set_ylim(0, 103)
