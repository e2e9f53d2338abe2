"""Prediction beside measurement, for a notebook and a terminal."""

from modules.operations.calibration.campaign import ALLOWED_PERCENT, Calibration
from modules.operations.table import Table
from modules.planning.capacity.calibration import Deviation
from modules.planning.capacity.closed_loop import Users, closed_loop


def comparison(calibration: Calibration) -> Table:
    """A row for each point; what the model was fitted to says nothing of it."""
    rows: list[tuple[str, ...]] = []
    for point in calibration.points:
        found = calibration.of(point)
        assert isinstance(point.measurement.load, Users)
        loop = closed_loop(point.measurement.load, calibration.workers, calibration.worker)
        rows.append(
            (
                f"{point.measurement.load.number:,}",
                f"{100 * loop.utilisation:.0f}",
                _both(found["requests_per_second"], 1),
                _both(found["mean_seconds"], 1000),
                _both(found["median_seconds"], 1000),
                f"{100 * point.result.law.deviation:+.1f}",
                calibration.verdict(point),
            )
        )
    quantities = tuple(f"{name}: measured, predicted" for name in ("requests/s", "mean (ms)", "median (ms)"))
    columns = ("users", "busy (%)", *quantities, "law (%)", "verdict")
    return Table(title=sentence(calibration), columns=columns, rows=rows)


def sentence(calibration: Calibration) -> str:
    """The verdict."""
    verdicts = calibration.verdicts
    said = f"{verdicts.count('holds')} of {len(verdicts)} points that the model was not fitted to are as predicted"
    throughput, median = ALLOWED_PERCENT["requests_per_second"], ALLOWED_PERCENT["median_seconds"]
    said += f" (throughput within {throughput:g} %, median within {median:g} %)"
    if lost := verdicts.count("not measured"):
        said += f"; at {lost} the load generator did not keep up"
    return said


def worker(calibration: Calibration) -> Table:
    """What was fitted."""
    found = calibration.worker
    return Table(
        title="The worker",
        columns=("what", "value"),
        rows=[
            ("time for which a request occupies it (ms)", f"{1000 * found.service_seconds:.2f}"),
            ("rest of a request's time, LLM and network (ms)", f"{1000 * found.fixed_delay_seconds:.1f}"),
            ("squared coefficient of variation of that rest", f"{found.delay_variation:.3f}"),
            ("requests/s that saturate it", f"{found.requests_per_second:.1f}"),
            (
                f"requests/s that saturate all {calibration.workers}",
                f"{calibration.workers * found.requests_per_second:.1f}"
                + (f"; the pilot saw {calibration.pilot.requests_per_second:.1f}" if calibration.pilot else ""),
            ),
        ],
    )


def for_capacity(calibration: Calibration) -> str:
    """Lines for the parameters of the notebook `capacity`."""
    found = calibration.worker
    return f"SERVICE_SECONDS = {found.service_seconds:.5f}\nLLM_SECONDS = {found.fixed_delay_seconds:.4f}"


def _both(one: Deviation, scale: float) -> str:
    digits = 1 if scale == 1 else 0
    off = "fitted" if one.fitted else f"{one.percent:+.1f} %"
    return f"{scale * one.measured:.{digits}f}, {scale * one.predicted:.{digits}f} ({off})"
