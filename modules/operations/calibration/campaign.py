"""Some points of the running fleet: two for the fit, the others to hold it to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from modules.operations.calibration.pilot import CalibrationError, Measure, Pilot, pilot, refuse_failures
from modules.operations.load.result import Result
from modules.planning.capacity.calibration import Deviation, Measurement, deviations, fit, with_spread
from modules.planning.capacity.closed_loop import Users
from modules.planning.capacity.worker import Worker

FITTED_SHARES = (0.1, 0.75)
"""Of the users who saturate the fleet: far apart, or the noise of two latencies that are nearly the same is taken for
the service time."""
CHECKED_SHARES = (0.2, 0.3, 0.45, 0.6, 0.8)
"""Of the users who saturate the fleet. Beyond four fifths a per cent of the service time is several per cent of the
latency, and on a rehearsal, where load generator, balancer and provider share the fleet's cores, a worker has less of
one than at low load: no single service time holds there."""
ORDER = (0.1, 0.8, 0.45, 0.75, 0.2, 0.6, 0.3)
"""Of measuring: a machine that becomes slower or faster meanwhile does not look like a load that grows."""
ALLOWED_PERCENT: dict[str, float] = {"requests_per_second": 5, "median_seconds": 15}


@dataclass(frozen=True, kw_only=True)
class Point:
    """
    Attributes:
        measurement: throughput, mean and median of the result.
    """

    fitted: bool
    measurement: Measurement
    result: Result


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """
    Attributes:
        pilot: None where the users who saturate the fleet were stated.
        points: few users first.
    """

    pilot: Pilot | None
    saturating_users: float
    workers: int
    worker: Worker
    points: Sequence[Point]

    @property
    def deviations(self) -> list[Deviation]:
        measurements = [point.measurement for point in self.points]
        fitted = frozenset(point.measurement.name for point in self.points if point.fitted)
        return deviations(self.worker, measurements, by="mean_seconds", fitted=fitted)

    def of(self, point: Point) -> dict[str, Deviation]:
        """By what was measured."""
        return {one.quantity: one for one in self.deviations if one.name == point.measurement.name}

    def verdict(self, point: Point) -> Literal["fitted", "holds", "off", "not measured"]:
        """`not measured`: the response-time law does not hold, so that the point is the load generator's."""
        if not point.result.law.holds:
            return "not measured"
        if point.fitted:
            return "fitted"
        found = self.of(point)
        good = all(abs(found[name].percent) <= allowed for name, allowed in ALLOWED_PERCENT.items())
        return "holds" if good else "off"

    @property
    def verdicts(self) -> list[str]:
        """Of the points that the model was not fitted to."""
        return [self.verdict(point) for point in self.points if not point.fitted]

    @property
    def holds(self) -> bool:
        return all(verdict == "holds" for verdict in self.verdicts)


def calibrate(
    measure: Measure,
    count_workers: Callable[[], int],
    *,
    seconds: float,
    saturating_users: float | None = None,
    pilot_seconds: float = 8,
    say: Callable[[str], None] = print,
) -> Calibration:
    """
    Args:
        measure: is asked for one load after the other.
        count_workers: that serve now.
        seconds: of each point.
        saturating_users: from an earlier pilot, or as many as the fleet is to be held to; None: a pilot finds them.

    Raises:
        CalibrationError: the load broke the fleet, the fleet changed meanwhile, or is too small for so many points.
    """
    workers = count_workers()
    seen = None if saturating_users else pilot(measure, pilot_seconds, say=say)
    saturating = seen.saturating_users if seen else saturating_users
    assert saturating
    numbers = {share: max(1, round(share * saturating)) for share in (*FITTED_SHARES, *CHECKED_SHARES)}
    if len(set(numbers.values())) < len(numbers):
        raise CalibrationError(
            f"{saturating:.0f} users saturate the fleet: too few for {len(numbers)} different points"
        )
    say(
        f"{saturating:.0f} users are taken to saturate {workers} workers; measuring {len(numbers)} points of "
        f"{seconds:g} s"
    )
    points = {}
    for share in ORDER:
        result = measure(Users(number=numbers[share]), seconds)
        points[share] = _point(result, workers, fitted=share in FITTED_SHARES)
        say(f"{points[share].measurement.name}: {result.requests_per_second:.1f} requests/s; {result.law.arithmetic}")
        if (now := count_workers()) != workers:
            raise CalibrationError(
                f"the fleet had {workers} workers and has {now} now: a task was lost, or autoscaling changed their "
                "number; calibrate an environment that keeps it ('make scale' can hold it)"
            )
    low, high = (points[share] for share in FITTED_SHARES)
    assert low.result.latency
    try:
        worker = fit([low.measurement, high.measurement])
    except ValueError as error:
        raise CalibrationError(f"the model cannot be fitted to the two points: {error}") from None
    worker = with_spread(worker, low.measurement, low.result.latency.p75 - low.result.latency.p25)
    return Calibration(
        pilot=seen,
        saturating_users=saturating,
        workers=workers,
        worker=worker,
        points=[points[share] for share in sorted(points)],
    )


def _point(result: Result, workers: int, *, fitted: bool) -> Point:
    latency, number = refuse_failures(result), result.users
    assert number
    measurement = Measurement(
        name=f"{number} users",
        load=Users(number=number),
        workers=workers,
        values={
            "requests_per_second": result.requests_per_second,
            "mean_seconds": latency.mean,
            "median_seconds": latency.p50,
        },
    )
    return Point(fitted=fitted, measurement=measurement, result=result)
