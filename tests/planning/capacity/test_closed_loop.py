"""Closed loops: laws that hold in any system, cases that can be worked out by hand, and nonsense."""

import pytest
from hypothesis import given, settings, strategies as st

from modules.planning.capacity.closed_loop import Users, closed_loop
from modules.planning.capacity.worker import PUBLISHED, Worker

from .conftest import COUNTS, WORKERS, users


def test_one_user_never_queues() -> None:
    loop = closed_loop(Users(number=1, think_seconds=(1, 1)), 3, Worker(service_seconds=0.25, fixed_delay_seconds=0.5))
    assert loop.mean_seconds == pytest.approx(0.75)
    assert loop.requests_per_second == pytest.approx(1 / 1.75)
    assert loop.percentile_seconds(50) == pytest.approx(0.5 + 0.25 * 0.6931, abs=1e-4)


def test_two_users_on_one_worker_are_worked_out_by_hand() -> None:
    """Mean-value analysis: alone R = 1, X = 1 / 3, Q = 1 / 3; of two R = 1 x (1 + 1 / 3), X = 2 / (2 + 4 / 3) = 0.6."""
    loop = closed_loop(Users(number=2, think_seconds=(2, 2)), 1, Worker(service_seconds=1, fixed_delay_seconds=0))
    assert loop.mean_seconds == pytest.approx(4 / 3)
    assert loop.requests_per_second == pytest.approx(0.6)
    assert loop.utilisation == pytest.approx(0.6)


@given(load=users(), workers=COUNTS, worker=WORKERS)
def test_the_response_time_law_holds(load: Users, workers: int, worker: Worker) -> None:
    loop = closed_loop(load, workers, worker)
    assert load.requests_per_second(loop.mean_seconds) == pytest.approx(loop.requests_per_second)


@given(load=users(), workers=COUNTS, worker=WORKERS)
def test_throughput_is_below_what_the_workers_carry_and_what_the_users_can_ask(
    load: Users, workers: int, worker: Worker
) -> None:
    loop = closed_loop(load, workers, worker)
    assert loop.requests_per_second <= workers * worker.requests_per_second * (1 + 1e-9)
    least = worker.fixed_delay_seconds + worker.service_seconds
    assert loop.requests_per_second <= load.requests_per_second(least) * (1 + 1e-9)
    assert loop.mean_seconds >= least * (1 - 1e-9)


@given(load=users(), workers=COUNTS, more=COUNTS, worker=WORKERS)
def test_more_workers_never_lower_throughput_nor_lengthen_answers(
    load: Users, workers: int, more: int, worker: Worker
) -> None:
    few, many = closed_loop(load, workers, worker), closed_loop(load, workers + more, worker)
    assert many.requests_per_second >= few.requests_per_second * (1 - 1e-9)
    assert many.mean_seconds <= few.mean_seconds * (1 + 1e-9)


@settings(max_examples=30)
@given(load=users(), workers=COUNTS, worker=WORKERS)
def test_percentiles_increase_and_fit_the_mean(load: Users, workers: int, worker: Worker) -> None:
    """The mean is the area above the percentiles' curve."""
    loop = closed_loop(load, workers, worker)
    points = [loop.percentile_seconds(percent) for percent in (0.5 + step for step in range(100))]
    assert points == sorted(points)
    assert points[0] >= worker.fixed_delay_seconds
    # The slowest half per cent is cut off, so that a little is missing.
    assert sum(points) / 100 == pytest.approx(loop.mean_seconds, rel=0.05)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"number": 0}, "number of users is 0; it should be a number above 0"),
        ({"number": -3}, "number of users is -3"),
        ({"number": 10, "think_seconds": (-1, 1)}, "shortest think seconds is -1; it should be 0 or more"),
        ({"number": 10, "think_seconds": (2, 1)}, "users think for 2 to 1 s; state the shorter time first"),
        ({"number": 10, "think_seconds": (0, float("inf"))}, "longest think seconds is inf"),
        ({"number": 64_512}, "64512 users on 1 addresses: each of them has 64511 ports .* take 2 addresses or more"),
        ({"number": 10, "addresses": 0}, "addresses of users is 0"),
    ],
)
def test_users_that_cannot_be_are_refused_in_words(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Users(**wrong)  # type: ignore[arg-type]


def test_two_addresses_have_ports_for_more_users() -> None:
    assert Users(number=64_512, addresses=2).number == 64_512


def test_users_who_never_pause_are_refused() -> None:
    never = Users(number=10, think_seconds=(0, 0))
    with pytest.raises(ValueError, match="think time and fixed delay are both 0: users who never pause are no load"):
        closed_loop(never, 4, Worker(service_seconds=0.01, fixed_delay_seconds=0))
    with pytest.raises(ValueError, match="think time and response together is 0"):
        never.requests_per_second(0)
    # Either of them is enough.
    assert closed_loop(never, 4, Worker(service_seconds=0.01, fixed_delay_seconds=0.1)).requests_per_second > 0


@pytest.mark.parametrize("percent", [0, -1, 100, 101, float("nan")])
def test_a_percentile_is_between_0_and_100(percent: float) -> None:
    with pytest.raises(ValueError, match="percent"):
        closed_loop(Users(number=1), 1).percentile_seconds(percent)


def test_no_worker_serves_nobody() -> None:
    with pytest.raises(ValueError, match="workers is 0"):
        closed_loop(Users(number=1), 0)


@pytest.mark.parametrize(("service", "delay"), [(0, 1), (-1, 1), (1, -1), (float("nan"), 1)])
def test_a_worker_that_cannot_be_is_refused(service: float, delay: float) -> None:
    with pytest.raises(ValueError, match="it should be"):
        Worker(service_seconds=service, fixed_delay_seconds=delay)


@given(vcpus=st.sampled_from([0.25, 0.5, 1, 2, 4, 8]), workers=st.integers(1, 16))
def test_workers_that_share_vcpus_carry_no_more_than_the_vcpus(vcpus: float, workers: int) -> None:
    together = workers * PUBLISHED.sharing(vcpus, workers).requests_per_second
    assert together == pytest.approx(min(vcpus, workers) * PUBLISHED.requests_per_second)
