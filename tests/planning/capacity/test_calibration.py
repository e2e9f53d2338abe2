"""A worker from measured points: synthetic ones whose worker is known, and points that it was not fitted to."""

import math
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from modules.planning.capacity.calibration import (
    Fitted,
    Measurement,
    Quantity,
    deviations,
    fit,
    predicted,
)
from modules.planning.capacity.closed_loop import Users
from modules.planning.capacity.worker import Worker

THINK = (0.5, 1.0)
LIGHT, HALF, FULL = 0.1, 0.6, 1.2
"""Users against those that just saturate the workers."""
EVERYTHING: tuple[Quantity, ...] = ("requests_per_second", "mean_seconds", "median_seconds", "p95_seconds")


def closed(name: str, number: int, workers: int, values: dict[Quantity, float] | None = None) -> Measurement:
    return Measurement(
        name=name,
        load=Users(number=max(1, number), think_seconds=THINK),
        workers=workers,
        values=values or {"mean_seconds": 1},
    )


def measured(worker: Worker, point: Measurement, noise: Random | None = None, share: float = 0) -> Measurement:
    """What a load generator would report of this worker."""
    values = {
        quantity: predicted(worker, point, quantity) * (1 + (noise.uniform(-share, share) if noise else 0))
        for quantity in EVERYTHING
    }
    return Measurement(name=point.name, load=point.load, workers=point.workers, values=values)


def points(worker: Worker, workers: int, shares: tuple[float, ...]) -> list[Measurement]:
    cycle = worker.service_seconds + worker.fixed_delay_seconds + sum(THINK) / 2
    saturating = workers * cycle / worker.service_seconds
    return [closed(f"{share:g}", math.ceil(share * saturating), workers) for share in shares]


WORKERS = st.builds(
    Worker,
    service_seconds=st.floats(min_value=0.002, max_value=0.1),
    fixed_delay_seconds=st.floats(min_value=0.001, max_value=2),
)


@settings(max_examples=60)
@given(worker=WORKERS, workers=st.integers(1, 8), by=st.sampled_from(["mean_seconds", "requests_per_second"]))
def test_three_points_give_the_worker_that_made_them(worker: Worker, workers: int, by: Fitted) -> None:
    fitted = fit([measured(worker, point) for point in points(worker, workers, (LIGHT, HALF, FULL))], by=by)
    assert fitted.service_seconds == pytest.approx(worker.service_seconds, rel=1e-3)
    assert fitted.fixed_delay_seconds == pytest.approx(worker.fixed_delay_seconds, rel=1e-2, abs=1e-5)


@settings(max_examples=40)
@given(workers=st.integers(1, 8), seed=st.integers(0, 1000))
def test_points_measured_within_two_per_cent_predict_others_within_five(workers: int, seed: int) -> None:
    true = Worker(service_seconds=0.0077, fixed_delay_seconds=0.09)
    noise = Random(seed)
    known = [measured(true, point, noise, 0.02) for point in points(true, workers, (LIGHT, HALF, FULL))]
    held_out = [measured(true, point) for point in points(true, workers, (0.3, 0.9, 1.1, 1.5))]
    found = deviations(fit(known), held_out)
    assert len(found) == len(held_out) * len(EVERYTHING)
    assert not any(one.fitted for one in found)
    # Near the knee a queue is far longer for a little more load.
    assert all(abs(one.percent) < (5 if one.quantity == "requests_per_second" else 15) for one in found)


def test_open_loops_are_fitted_as_well() -> None:
    true = Worker(service_seconds=0.01, fixed_delay_seconds=0.05)
    known = [
        measured(true, Measurement(name=f"{rate:g}", load=rate, workers=2, values={"mean_seconds": 1}))
        for rate in (10.0, 100.0, 180.0)
    ]
    fitted = fit(known)
    assert fitted.service_seconds == pytest.approx(0.01, rel=1e-6)
    assert fitted.fixed_delay_seconds == pytest.approx(0.05, rel=1e-6)


def test_a_worker_without_a_delay_is_found_too() -> None:
    true = Worker(service_seconds=0.01, fixed_delay_seconds=0)
    fitted = fit([measured(true, point) for point in points(true, 2, (LIGHT, HALF, FULL))])
    assert fitted.service_seconds == pytest.approx(0.01, rel=1e-3)
    assert fitted.fixed_delay_seconds < 1e-4


def test_what_was_fitted_is_told_from_what_is_checked() -> None:
    worker = Worker(service_seconds=0.01, fixed_delay_seconds=0.1)
    first, second = (measured(worker, point) for point in points(worker, 2, (LIGHT, FULL)))
    found = deviations(worker, [first, second], by="mean_seconds", fitted=frozenset({first.name}))
    assert [(one.name, one.quantity) for one in found if one.fitted] == [(first.name, "mean_seconds")]
    assert all(one.percent == pytest.approx(0) for one in found)


@pytest.mark.parametrize(
    ("given_points", "said"),
    [
        ([], "0 points for two unknowns; measure one at low load and one near saturation"),
        ([closed("only", 10, 1)], "1 points for two unknowns"),
        ([closed("same", 10, 4), closed("again", 10, 4)], "too much alike"),
        ([closed("light", 1, 8, {"mean_seconds": 0.1}), closed("lighter", 2, 8, {"mean_seconds": 0.1})], "alike"),
        (
            [closed("one", 10, 1), closed("other", 500, 1, {"median_seconds": 1})],
            "other: mean_seconds was not measured, and is what is to be fitted",
        ),
    ],
)
def test_points_that_do_not_tell_are_refused_in_words(given_points: list[Measurement], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit(given_points)


def test_the_throughput_of_an_open_loop_is_nothing_to_fit_to() -> None:
    opened = [
        Measurement(name=f"{rate:g}", load=rate, workers=1, values={"requests_per_second": rate}) for rate in (1.0, 9.0)
    ]
    with pytest.raises(ValueError, match="an open loop's throughput is its load generator's; fit the mean"):
        fit(opened, by="requests_per_second")


def test_a_run_with_its_ramp_up_misses_the_response_time_law() -> None:
    worker = Worker(service_seconds=0.01, fixed_delay_seconds=0.1)
    (run,) = (measured(worker, point) for point in points(worker, 2, (HALF,)))
    assert run.response_time_law == pytest.approx(0)
    ramped = Measurement(
        name="ramped",
        load=run.load,
        workers=run.workers,
        values={**run.values, "requests_per_second": 0.9 * run.values["requests_per_second"]},
    )
    assert ramped.response_time_law == pytest.approx(-0.1)


@pytest.mark.parametrize("values", [{}, {"mean_seconds": 0}, {"mean_seconds": -1}, {"mean_seconds": float("nan")}])
def test_a_measurement_of_nothing_is_refused(values: dict[Quantity, float]) -> None:
    with pytest.raises(ValueError, match="run"):
        Measurement(name="run", load=1.0, workers=1, values=values)
