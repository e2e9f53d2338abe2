"""The model's curve and the measured points on it."""

from matplotlib.figure import Figure

from modules.operations.calibration.campaign import ALLOWED_PERCENT, Calibration
from modules.planning.capacity.closed_loop import Users, closed_loop

_MODEL, _FITTED, _CHECKED, _WRONG, _SHADE, _LIMIT = "#1f6feb", "#57606a", "#116329", "#cf222e", "#d0e3ff", "#57606a"
_LEGEND = {"fontsize": 8, "frameon": False}


def prediction(calibration: Calibration, *, title: str) -> Figure:
    """Throughput and median over users: what the model says, what is allowed around it, and what was measured."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    throughput, median = figure.subplots(1, 2)
    saturating = calibration.saturating_users
    numbers = range(1, max(2, round(1.1 * saturating)) + 1)
    step = max(1, len(numbers) // 60)
    loops = [closed_loop(Users(number=number), calibration.workers, calibration.worker) for number in numbers[::step]]
    curves = {
        "requests_per_second": (throughput, [loop.requests_per_second for loop in loops], 1),
        "median_seconds": (median, [loop.percentile_seconds(50) for loop in loops], 1000),
    }
    for quantity, (axes, values, scale) in curves.items():
        allowed = ALLOWED_PERCENT[quantity] / 100
        users = list(numbers[::step])
        axes.fill_between(
            users,
            [scale * value / (1 + allowed) for value in values],
            [scale * value / (1 - allowed) for value in values],
            color=_SHADE,
            label="allowed",
        )
        axes.plot(users, [scale * value for value in values], color=_MODEL, label="model")
        for verdict, color in (("fitted", _FITTED), ("holds", _CHECKED), ("off", _WRONG), ("not measured", _WRONG)):
            some = [point for point in calibration.points if calibration.verdict(point) == verdict]
            if some:
                axes.plot(
                    [point.result.users for point in some],
                    [scale * calibration.of(point)[quantity].measured for point in some],
                    "x" if verdict == "not measured" else "o",
                    color=color,
                    label=f"measured, {verdict}",
                )
        axes.set_title(f"shaded: what was measured may be {100 * allowed:g} % off", loc="left", fontsize=9)
        axes.axvline(saturating, color=_LIMIT, linestyle=":", linewidth=1)
        axes.set_xlabel(f"users (dotted: {saturating:.0f}, who saturate {calibration.workers} workers)")
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.spines[["top", "right"]].set_visible(False)
    throughput.set_ylabel("requests/s")
    median.set_ylabel("median (ms)")
    throughput.legend(loc="lower right", **_LEGEND)
    figure.suptitle(title)
    return figure
