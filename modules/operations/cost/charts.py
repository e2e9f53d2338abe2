"""Estimates as pictures."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from modules.planning.cost.compare import Step, side_by_side
from modules.planning.cost.lines import Component, Estimate

_TOTAL, _MORE, _LESS, _GREY = "#57606a", "#cf222e", "#1a7f37", "#57606a"
_COLORS = dict(
    zip(
        [component.value for component in Component],
        (
            "#1f6feb", "#54aeff", "#8250df", "#bc4c00", "#cf222e", "#bf8700",
            "#1a7f37", "#4ac26b", "#6e7781", "#9a6700", "#e16f24", "#d0d7de",
        ),
        strict=True,
    )
)  # fmt: skip
_DOLLARS = FuncFormatter(lambda amount, _: f"${amount:,.0f}")


def waterfall(steps: Sequence[Step], title: str) -> Figure:
    """From one environment's total to another's, a bar for each component that differs."""
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    for place, step in enumerate(steps):
        whole = place in (0, len(steps) - 1)
        change = step.end - step.start
        color = _TOTAL if whole else _MORE if change > 0 else _LESS
        axes.bar(place, change, bottom=step.start, color=color, width=0.65)
        label = f"${step.end:,.0f}" if whole else f"{change:+,.0f}"
        axes.annotate(label, (place, max(step.start, step.end)), ha="center", va="bottom", fontsize=8)
        if place + 1 < len(steps):
            axes.hlines(step.end, place + 0.325, place + 0.675, color=_GREY, linewidth=0.8)
    axes.set_xticks(range(len(steps)), [step.label for step in steps], rotation=30, ha="right")
    axes.yaxis.set_major_formatter(_DOLLARS)
    axes.set_ylabel("a month")
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    return figure


def bars(estimates: Mapping[str, Estimate], title: str) -> Figure:
    """A stacked bar for each estimate, by component."""
    figure = Figure(figsize=(10, 1.2 + 0.7 * len(estimates)), layout="constrained")
    axes = figure.subplots()
    names = list(estimates)
    left = [0.0] * len(names)
    for component, amounts in side_by_side(estimates)[:-1]:
        axes.barh(names, amounts, left=left, color=_COLORS[component], label=component, height=0.6)
        left = [before + amount for before, amount in zip(left, amounts, strict=True)]
    for place, total in enumerate(left):
        axes.annotate(f" ${total:,.0f}", (total, place), va="center", fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.xaxis.set_major_formatter(_DOLLARS)
    axes.set_xlabel("a month")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    figure.suptitle(title)
    return figure


def sensitivity(points: Sequence[tuple[float, Estimate]], marked: float, title: str) -> Figure:
    """The month over its mean load: what follows the requests on top of what does not."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots()
    loads = [load for load, _ in points]
    fixed = [one.usd - one.usd_by_traffic for _, one in points]
    total = [one.usd for _, one in points]
    axes.fill_between(loads, 0, fixed, color=_COLORS["compute"], alpha=0.35, label="without a request")
    axes.fill_between(loads, fixed, total, color=_COLORS["data transfer"], alpha=0.45, label="by the requests")
    axes.axvline(marked, color=_GREY, linestyle="--", linewidth=1)
    axes.annotate("as stated", (marked, max(total)), rotation=90, va="top", ha="right", fontsize=8)
    axes.yaxis.set_major_formatter(_DOLLARS)
    axes.set_ylim(0)
    axes.set_xlim(loads[0], loads[-1])
    axes.set_xlabel("requests/s, mean of the month; the number of tasks stays")
    axes.set_ylabel("a month")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", fontsize=8)
    figure.suptitle(title)
    return figure
