"""A calibration finds the worker of a fleet that is played event by event, and says when it cannot."""

import itertools
from collections.abc import Callable

import pytest

from modules.operations.calibration import plots, tables
from modules.operations.calibration.campaign import calibrate
from modules.operations.calibration.pilot import CalibrationError, pilot
from modules.operations.load.law import response_time_law
from modules.operations.load.requests import Request
from modules.operations.load.result import Result, Spread
from modules.planning.capacity.closed_loop import Users
from modules.planning.capacity.simulation import simulate_closed
from modules.planning.capacity.worker import Worker

DEV = Worker(service_seconds=0.028, fixed_delay_seconds=0.181, delay_variation=0.04)
WORKERS = 2


def result_of(users: Users, seconds: float, latencies: list[float], *, failed: int = 0) -> Result:
    requests = [Request(0.0, 0.0, latency, 200) for latency in latencies]
    requests += [Request(0.0, 0.0, 0.1, 503, "HTTP 503")] * failed
    return Result(
        users=users.number,
        stated_requests_per_second=None,
        seconds=seconds,
        requests=len(requests),
        answered=len(latencies),
        requests_per_second=len(latencies) / seconds,
        errors={"HTTP 503": failed} if failed else {},
        latency=Spread.of(latencies),
        overhead=None,
        law=response_time_law(users, requests, seconds),
    )


def played(worker: Worker, *, disturbed: range = range(0)) -> Callable[[Users, float], Result]:
    """A fleet of two workers.

    Args:
        disturbed: numbers of users with whom the workers need twice the time, as when something else runs beside them.
    """
    seeds = itertools.count(1)

    def measure(users: Users, seconds: float) -> Result:
        service = worker.service_seconds * (2 if users.number in disturbed else 1)
        now = Worker(
            service_seconds=service,
            fixed_delay_seconds=worker.fixed_delay_seconds,
            delay_variation=worker.delay_variation,
        )
        run = simulate_closed(users, WORKERS, now, seed=next(seeds), seconds=1.25 * seconds)
        return result_of(users, run.seconds, list(run.responses))

    return measure


def silent(_: str) -> None:
    pass


def test_the_pilot_finds_what_saturates_the_fleet() -> None:
    seen = pilot(played(DEV), 30, say=silent)
    assert seen.unloaded_seconds == pytest.approx(0.21, rel=0.06)
    assert seen.requests_per_second == pytest.approx(WORKERS / 0.028, rel=0.06)
    assert seen.saturating_users == pytest.approx(WORKERS / 0.028 * 0.96, rel=0.1)


def test_the_worker_is_found_and_the_points_that_were_not_fitted_are_predicted() -> None:
    found = calibrate(played(DEV), lambda: WORKERS, seconds=300, say=silent)

    assert found.worker.service_seconds == pytest.approx(DEV.service_seconds, rel=0.07)
    assert found.worker.fixed_delay_seconds == pytest.approx(DEV.fixed_delay_seconds, rel=0.03)
    assert found.worker.delay_variation == pytest.approx(DEV.delay_variation, abs=0.015)
    assert found.verdicts == ["holds"] * 5
    assert found.holds
    numbers = [point.result.users for point in found.points]
    assert numbers == sorted(set(numbers), key=int)
    assert sum(point.fitted for point in found.points) == 2


def test_a_point_at_which_something_else_took_the_machine_is_told() -> None:
    found = calibrate(played(DEV, disturbed=range(25, 36)), lambda: WORKERS, seconds=120, pilot_seconds=60, say=silent)
    assert found.verdicts == ["holds", "holds", "off", "holds", "holds"]
    assert not found.holds


def test_tables_and_plot_show_prediction_beside_measurement() -> None:
    found = calibrate(played(DEV), lambda: WORKERS, seconds=120, say=silent)
    table = tables.comparison(found)
    assert len(table.rows) == 7
    assert [row[-1] for row in table.rows].count("fitted") == 2
    assert f"{found.verdicts.count('holds')} of 5 points" in table.title
    assert tables.for_capacity(found).startswith("SERVICE_SECONDS = 0.02")
    assert "LLM_SECONDS = 0.1" in tables.for_capacity(found)
    assert "requests/s that saturate all 2" in str(tables.worker(found))
    throughput, median = plots.prediction(found, title="dev").axes
    assert throughput.get_ylabel() == "requests/s"
    assert median.get_ylabel() == "median (ms)"


def test_a_fleet_that_breaks_under_the_pilot_ends_it_at_once() -> None:
    asked: list[int] = []

    def breaks(users: Users, seconds: float) -> Result:
        asked.append(users.number)
        return result_of(users, seconds, [0.2] * 100, failed=0 if users.number < 16 else 10)

    with pytest.raises(CalibrationError, match=r"16 users: 9.1 % of 110 requests failed \(HTTP 503: 10\)"):
        calibrate(breaks, lambda: WORKERS, seconds=60, say=silent)
    assert asked == [4, 8, 16]


def test_one_failure_is_borne() -> None:
    def hiccup(users: Users, seconds: float) -> Result:
        played_well = played(DEV)(users, seconds)
        return played_well.model_copy(update={"requests": played_well.answered + 1, "errors": {"HTTP 502": 1}})

    assert calibrate(hiccup, lambda: WORKERS, seconds=120, say=silent).points


def test_a_fleet_that_changes_meanwhile_is_no_fleet_to_fit() -> None:
    counts = iter([2, 2, 3])
    with pytest.raises(CalibrationError, match="the fleet had 2 workers and has 3 now"):
        calibrate(played(DEV), lambda: next(counts), seconds=60, say=silent)


def test_a_point_that_the_generator_could_not_ask_is_not_held_against_the_model() -> None:
    def starved(users: Users, seconds: float) -> Result:
        result = played(DEV)(users, seconds)
        # Of each cycle the generator takes a third for itself at one of the points.
        if 53 < users.number < 60:
            latencies = [result.latency.p50] * (result.answered * 2 // 3) if result.latency else []
            return result_of(users, result.seconds, latencies)
        return result

    found = calibrate(starved, lambda: WORKERS, seconds=120, pilot_seconds=60, say=silent)
    assert "not measured" in found.verdicts
    assert not found.holds
    assert "at 1 the load generator did not keep up" in tables.sentence(found)


def test_too_few_users_for_so_many_points_is_told() -> None:
    slow = Worker(service_seconds=1, fixed_delay_seconds=0.1)
    with pytest.raises(CalibrationError, match="users saturate the fleet: too few for 7 different points"):
        calibrate(played(slow), lambda: WORKERS, seconds=120, pilot_seconds=120, say=silent)


def test_users_who_are_known_to_saturate_the_fleet_need_no_pilot() -> None:
    asked: list[int] = []

    def measure(users: Users, seconds: float) -> Result:
        asked.append(users.number)
        return played(DEV)(users, seconds)

    found = calibrate(measure, lambda: WORKERS, seconds=60, saturating_users=60, say=silent)
    assert sorted(asked) == [6, 12, 18, 27, 36, 45, 48]
    assert found.pilot is None
    assert "the pilot saw" not in str(tables.worker(found))
