"""Scaling as it went: tasks that were wanted, ran and served."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from modules.operations.scale.carry_out import Moment

_LINES = (("wanted", "#57606a"), ("running", "#bc4c00"), ("healthy", "#1f6feb"))


def as_it_went(moments: Sequence[Moment], *, title: str) -> Figure:
    figure = Figure(figsize=(10, 3), layout="constrained")
    axes = figure.subplots()
    seconds = [one.seconds for one in moments]
    for name, color in _LINES:
        axes.step(seconds, [getattr(one, name) for one in moments], where="post", color=color, label=name)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("seconds since the change")
    axes.set_ylabel("tasks")
    axes.legend(loc="lower right", fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    return figure
