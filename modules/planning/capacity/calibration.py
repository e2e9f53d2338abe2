"""From a few measured points to a worker, and from a worker to points that it was not fitted to.

Two unknowns: the time for which a request occupies a worker, and the rest of its time. Points at low load fix their
sum, points near saturation fix the first; both are needed. Least squares of the logarithms, so that a deviation of a
per cent counts the same at every load (Gauss-Newton with Levenberg's and Marquardt's damping).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from modules.planning.capacity.checks import positive
from modules.planning.capacity.closed_loop import ClosedLoop, Users, closed_loop
from modules.planning.capacity.open_loop import OpenLoop, open_loop
from modules.planning.capacity.worker import Worker

Quantity = Literal["requests_per_second", "mean_seconds", "median_seconds", "p95_seconds", "p99_seconds"]
Fitted = Literal["mean_seconds", "requests_per_second"]
PERCENTILES: dict[Quantity, float] = {"median_seconds": 50, "p95_seconds": 95, "p99_seconds": 99}

_STEPS = 100
_SMALLEST_STEP = 1e-9
_LARGEST_VARIATION, _SMALLEST_VARIATION = 4.0, 1e-4
_DISTINGUISHABLE = 1e-4
"""Squared sine of the angle between what the two unknowns do to the points: below it, one can stand for the other."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One run of a load generator, warm-up left out.

    Attributes:
        load: users in a closed loop, or requests per second in an open one.
        workers: that share the load evenly, each with a core to itself.
        values: what was measured.

    Raises:
        ValueError: there is no worker, no value, or a value that is not above 0.
    """

    name: str
    load: Users | float
    workers: int
    values: dict[Quantity, float]

    def __post_init__(self) -> None:
        positive(workers=self.workers)
        if not self.values:
            raise ValueError(f"{self.name}: nothing was measured")
        for quantity, value in self.values.items():
            positive(**{f"{self.name}, {quantity}": value})

    @property
    def response_time_law(self) -> float | None:
        """X (R + Z) / N - 1 of a closed loop: off by more than a twentieth, the ramp-up was measured along, the load
        generator was saturated, or users thought for another time. None: an open loop, or not both were measured."""
        throughput, mean = self.values.get("requests_per_second"), self.values.get("mean_seconds")
        if not isinstance(self.load, Users) or throughput is None or mean is None:
            return None
        return throughput / self.load.requests_per_second(mean) - 1


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A measured value beside the model's."""

    name: str
    quantity: Quantity
    measured: float
    predicted: float
    fitted: bool

    @property
    def percent(self) -> float:
        """Of the prediction from the measurement; above 0 it is too high."""
        return 100 * (self.predicted / self.measured - 1)


def fit(measurements: Sequence[Measurement], by: Fitted = "mean_seconds") -> Worker:
    """The worker whose predictions are closest to the measured values of one kind.

    Args:
        by: what is compared; `requests_per_second` says something in closed loops alone.

    Raises:
        ValueError: fewer than two points, a point without that value, or points so much alike that they cannot tell
            queueing from delay.
    """
    if len(measurements) < 2:
        raise ValueError(
            f"{len(measurements)} points for two unknowns; measure one at low load and one near saturation"
        )
    for measurement in measurements:
        if by not in measurement.values:
            raise ValueError(f"{measurement.name}: {by} was not measured, and is what is to be fitted")
        if by == "requests_per_second" and not isinstance(measurement.load, Users):
            raise ValueError(f"{measurement.name}: an open loop's throughput is its load generator's; fit the mean")
    distances = partial(_distances, measurements, by)
    point, damping = _guess(measurements, by), 1e-3
    now = distances(point)
    for _ in range(_STEPS):
        first, second = _slopes(distances, point, now)
        squares = (_dot(first, first), _dot(first, second), _dot(second, second))
        step = _solution(squares, (_dot(first, now), _dot(second, now)), damping)
        candidate = (point[0] - step[0], point[1] - step[1])
        then = distances(candidate)
        if _dot(then, then) < _dot(now, now):
            point, now, damping = candidate, then, damping / 10
        else:
            damping *= 10
        if max(abs(step[0]), abs(step[1])) < _SMALLEST_STEP:
            break
    _refuse_points_alike(_slopes(distances, point, now))
    return _worker(point)


def with_spread(worker: Worker, measurement: Measurement, quartile_distance_seconds: float) -> Worker:
    """The same worker with a delay that varies so much that the middle half of the answers is spread as measured.

    Args:
        measurement: at low load, where little queues.
        quartile_distance_seconds: from the first quartile of the measured answers to the third.
    """
    positive(quartile_distance_seconds=quartile_distance_seconds)

    def distance(variation: float) -> float:
        loop = _loop(replace(worker, delay_variation=variation), measurement)
        return loop.percentile_seconds(75) - loop.percentile_seconds(25)

    least, most = 0.0, _LARGEST_VARIATION
    if distance(least) >= quartile_distance_seconds:
        return replace(worker, delay_variation=0)
    while most - least > _SMALLEST_VARIATION:
        middle = (least + most) / 2
        least, most = (middle, most) if distance(middle) < quartile_distance_seconds else (least, middle)
    return replace(worker, delay_variation=most)


def deviations(
    worker: Worker,
    measurements: Sequence[Measurement],
    *,
    by: Fitted | None = None,
    fitted: frozenset[str] = frozenset(),
) -> list[Deviation]:
    """Every measured value beside the model's.

    Args:
        by: what the worker was fitted to, at the points whose names are in `fitted`: no test of the model.
    """
    return [
        Deviation(
            name=measurement.name,
            quantity=quantity,
            measured=measured,
            predicted=predicted(worker, measurement, quantity),
            fitted=quantity == by and measurement.name in fitted,
        )
        for measurement in measurements
        for quantity, measured in measurement.values.items()
    ]


def predicted(worker: Worker, measurement: Measurement, quantity: Quantity) -> float:
    """What the model says that would be measured.

    Raises:
        ValueError: an open loop saturates its workers.
    """
    loop = _loop(worker, measurement)
    if quantity == "requests_per_second":
        return loop.requests_per_second
    return loop.mean_seconds if quantity == "mean_seconds" else loop.percentile_seconds(PERCENTILES[quantity])


def _loop(worker: Worker, measurement: Measurement) -> ClosedLoop | OpenLoop:
    load, workers = measurement.load, measurement.workers
    return closed_loop(load, workers, worker) if isinstance(load, Users) else open_loop(load, workers, worker)


_Point = tuple[float, float]
"""Logarithms of service time and delay: neither can become negative."""


def _worker(point: _Point) -> Worker:
    return Worker(service_seconds=math.exp(point[0]), fixed_delay_seconds=math.exp(point[1]))


def _guess(measurements: Sequence[Measurement], by: Fitted) -> _Point:
    """Below saturation at every point, and of the latency's order."""
    rates = []
    for one in measurements:
        rate = one.load.requests_per_second(0) if isinstance(one.load, Users) else one.load
        rates.append(one.values.get("requests_per_second", rate) / one.workers)
    latencies = [
        one.values.get("mean_seconds")
        or (one.load.number / one.values[by] - one.load.mean_think_seconds if isinstance(one.load, Users) else 0)
        for one in measurements
    ]
    shortest = max(1e-4, min(latencies))
    return math.log(min(0.9 / max(rates), shortest / 2)), math.log(shortest / 2)


def _distances(measurements: Sequence[Measurement], by: Fitted, point: _Point) -> list[float]:
    worker = _worker(point)
    values = []
    for one in measurements:
        try:
            values.append(math.log(predicted(worker, one, by) / one.values[by]))
        except ValueError:
            # Saturated: as wrong as can be, so that the step is taken back.
            values.append(math.inf)
    return values


def _slopes(distances: "partial[list[float]]", point: _Point, now: list[float]) -> tuple[list[float], list[float]]:
    width = 1e-6

    def slope(moved: _Point) -> list[float]:
        # Downwards, so that no point becomes saturated.
        return [(before - then) / width for then, before in zip(distances(moved), now, strict=True)]

    return slope((point[0] - width, point[1])), slope((point[0], point[1] - width))


def _dot(first: list[float], second: list[float]) -> float:
    return sum(one * other for one, other in zip(first, second, strict=True))


def _solution(squares: tuple[float, float, float], right: _Point, damping: float) -> _Point:
    """Of the damped normal equations."""
    a, b, d = squares[0] * (1 + damping), squares[1], squares[2] * (1 + damping)
    determinant = a * d - b * b
    if determinant <= 0:
        return 0.0, 0.0
    return (d * right[0] - b * right[1]) / determinant, (a * right[1] - b * right[0]) / determinant


def _refuse_points_alike(slopes: tuple[list[float], list[float]]) -> None:
    first, second = slopes
    a, b, d = _dot(first, first), _dot(first, second), _dot(second, second)
    if a * d - b * b < _DISTINGUISHABLE * a * d:
        raise ValueError(
            "the points are too much alike to tell a worker's time from the rest of a request's; measure one at low "
            "load and one near saturation"
        )
