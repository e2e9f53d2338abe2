"""A measured recovery time among thousands that the planning has simulated."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from modules.operations.drill.verdict import Bounds
from modules.planning.percentile import percentile

_SIMULATED, _MEASURED, _OBJECTIVE, _BOUNDS = "#54aeff", "#1a7f37", "#cf222e", "#ddf4ff"


def distribution(
    simulated: Sequence[float], *, name: str, bounds: Bounds, objective: float | None, measured: float | None
) -> Figure:
    """A histogram of simulated recovery times at random moments of the fault, in seconds.

    Args:
        name: of what is measured, such as "RTO degraded".
    """
    figure = Figure(figsize=(10, 3), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(bounds.least, bounds.most, color=_BOUNDS, zorder=0, label="predicted bounds")
    axes.hist(simulated, bins=40, color=_SIMULATED, weights=[100 / len(simulated)] * len(simulated))
    for seconds, color, style, label in (
        (objective, _OBJECTIVE, "--", "objective"),
        (measured, _MEASURED, "-", "measured"),
    ):
        if seconds is not None:
            axes.axvline(seconds, color=color, linestyle=style, label=f"{label}: {seconds:.4g} s")
    axes.set_xlim(left=0)
    axes.set_xlabel(f"{name} (s)")
    axes.set_ylabel("of all faults (%)")
    axes.legend(fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    half, most = percentile(simulated, 50), percentile(simulated, 95)
    axes.set_title(
        f"{name} of {len(simulated):,} faults simulated as on AWS: half within {half:.0f} s, 95 % within {most:.0f} s",
        loc="left",
        fontsize=10,
    )
    return figure
