"""A run whose numbers do not belong together is told apart from one that says something of the gateway."""

import math
import random

import pytest
from hypothesis import given, strategies as st

from modules.operations.load.law import arrivals_law, response_time_law
from modules.operations.load.requests import Request
from modules.operations.load.result import evaluate, measured
from modules.operations.load.tables import verdict
from modules.operations.load.wish import Wish
from modules.planning.capacity.closed_loop import Users

SECONDS = 60.0


def played(users: Users, latency: float, *, slow_generator: float = 0.0, seed: int = 1) -> list[Request]:
    """Users who wait and think as stated, and a generator that takes some seconds more of each cycle."""
    choose, requests = random.Random(seed), []
    for _ in range(users.number):
        due = choose.uniform(-5, 0)
        while due < SECONDS:
            finished = due + choose.lognormvariate(math.log(latency), 0.3)
            if due >= 0:
                requests.append(Request(due, due, finished, 200))
            due = finished + choose.uniform(*users.think_seconds) + slow_generator
    return requests


@given(number=st.integers(1, 200), latency=st.floats(0.001, 3), seed=st.integers(0, 1000))
def test_the_law_holds_for_users_who_do_as_they_are_told(number: int, latency: float, seed: int) -> None:
    users = Users(number=number)
    law = response_time_law(users, played(users, latency, seed=seed), SECONDS)
    # Three standard errors leave a run in some hundreds, of which none is far off.
    assert abs(law.deviation) < 1.7 * law.allowed


def test_the_law_is_exact_for_constant_times() -> None:
    users = Users(number=2, think_seconds=(0.5, 0.5))
    requests = [Request(due, due, due + 0.5, 200) for due in range(60) for _ in range(2)]
    law = response_time_law(users, requests, SECONDS)
    assert law.deviation == pytest.approx(0)
    assert law.holds
    assert law.arithmetic == "2.0 requests/s x (0.500 s + 0.5 s think time) = 2.0 of 2 users"


@given(number=st.integers(50, 200), latency=st.floats(0.001, 1))
def test_a_saturated_generator_is_told(number: int, latency: float) -> None:
    users = Users(number=number)
    law = response_time_law(users, played(users, latency, slow_generator=0.5), SECONDS)
    assert law.deviation < 0
    assert "the load generator is saturated" in law.wrong


def arrivals(rate: float, *, late: float = 0.0) -> list[Request]:
    return [
        Request(number / rate, number / rate + late, number / rate + late + 0.1, 200)
        for number in range(int(rate * SECONDS))
    ]


def test_arrivals_on_time_hold_and_late_missing_and_unsent_ones_do_not() -> None:
    assert arrivals_law(10, arrivals(10), SECONDS).holds
    assert "too late" in arrivals_law(10, arrivals(10, late=0.2), SECONDS).wrong
    assert "another rate" in arrivals_law(20, arrivals(10), SECONDS).wrong
    unsent = [*arrivals(10), Request(1.0, None, 60.0, None, "not sent")]
    assert "1 requests were not sent" in arrivals_law(10, unsent, SECONDS).wrong


def test_only_what_was_due_after_the_warm_up_counts() -> None:
    wish = Wish(load=1.0, seconds=10, warm_up_seconds=5, model="played")
    requests = [Request(100.0 + second, 100.0 + second, 101.0 + second, 200) for second in range(20)]
    assert [request.due for request in measured(requests, wish, 100.0)] == [105.0 + second for second in range(10)]


def test_the_verdict_says_what_a_person_wants_to_know() -> None:
    users = Users(number=100)
    wish = Wish(load=users, seconds=SECONDS, warm_up_seconds=0, model="played")
    good = verdict(evaluate(wish, played(users, 0.2)))
    assert good.startswith("1")
    assert good.endswith("the response-time law holds")
    bad = verdict(evaluate(wish, played(users, 0.2, slow_generator=0.5)))
    assert "say nothing of the gateway" in bad


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"seconds": 0}, "seconds is 0"),
        ({"warm_up_seconds": -1}, "warm up seconds is -1"),
        ({"load": -3.0}, "rate is -3"),
        ({"load": 1e6}, "number above 0|65|64511"),
    ],
)
def test_a_wish_that_means_nothing_is_told(change: dict[str, float], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        Wish(**{"load": 1.0, "seconds": 1, "warm_up_seconds": 0, "model": "played", **change})
