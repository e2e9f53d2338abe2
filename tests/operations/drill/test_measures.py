"""Recovery times, failed requests and latencies of hand-made timelines, whose numbers can be said beforehand."""

import pytest
from hypothesis import given, strategies as st

from modules.operations.drill.facts import Fact
from modules.operations.drill.latency import latency
from modules.operations.drill.measures import Fault, Limits, Measures, measure
from modules.operations.drill.requests import Request
from modules.operations.drill.written import Writes

from .timelines import NOON, alarm, healthy, requests, service

LIMITS = Limits(error_rate=0.05, window_seconds=5, settle_seconds=10)
FOUR_OF_FOUR = [healthy(-10, 4), service(-10, 4, 4)]


def measured(
    sent: list[Request],
    facts: list[Fact] | None = None,
    *,
    until: float = 100,
    ended: float | None = 0,
    writes: Writes | None = None,
    alarms: tuple[str, ...] = (),
) -> Measures:
    fault = Fault(began=NOON, ended=None if ended is None else NOON + ended)
    return measure(sent, facts or [], fault, observed_until=NOON + until, limits=LIMITS, alarms=alarms, writes=writes)


def test_the_service_has_recovered_with_the_first_request_after_the_last_degradation() -> None:
    """Half of the requests fail for 60 s, which is what a dead half of the targets costs until it is detected."""
    found = measured(requests(fails=lambda time: 0 <= time < 60 and round(time * 10) % 2 == 0))
    assert found.rto_degraded_seconds == pytest.approx(59.9)
    assert found.failed_requests == 300
    assert found.errors == {"HTTP 502": 300}
    assert found.requests == 1100


def test_a_service_that_fails_again_has_not_recovered_in_between() -> None:
    found = measured(requests(fails=lambda time: 0 <= time < 5 or 40 <= time < 45))
    assert found.rto_degraded_seconds == pytest.approx(45)


def test_failures_below_the_limit_are_counted_but_no_degradation() -> None:
    found = measured(requests(fails=lambda time: time in (20, 50)))
    assert (found.rto_degraded_seconds, found.failed_requests) == (0, 2)


@pytest.mark.parametrize(("last_failure", "recovered"), [(89, 89.1), (95, None), (99.9, None)])
def test_a_recovery_counts_when_it_has_lasted(last_failure: float, recovered: float | None) -> None:
    found = measured(requests(fails=lambda time: 0 <= time <= last_failure))
    assert found.rto_degraded_seconds == (None if recovered is None else pytest.approx(recovered))


def test_full_recovery_waits_for_every_wanted_task_to_run_and_to_be_healthy() -> None:
    facts = [*FOUR_OF_FOUR, service(1, 4, 3), healthy(2, 3), service(40, 4, 4), healthy(71, 4)]
    found = measured(requests(fails=lambda time: 0 <= time < 2), facts)
    assert found.rto_degraded_seconds == pytest.approx(2)
    assert found.rto_full_seconds == pytest.approx(71)


def test_a_fleet_that_never_was_short_has_recovered_with_its_users() -> None:
    found = measured(requests(fails=lambda time: 3 <= time < 8), FOUR_OF_FOUR)
    assert found.rto_full_seconds == found.rto_degraded_seconds == pytest.approx(8)


def test_a_task_that_is_missing_in_the_end_is_no_full_recovery() -> None:
    found = measured(requests(), [*FOUR_OF_FOUR, healthy(2, 3)])
    assert (found.rto_degraded_seconds, found.rto_full_seconds) == (0, None)


def test_tasks_that_autoscaling_takes_away_are_not_missing() -> None:
    found = measured(requests(), [*FOUR_OF_FOUR, service(1, 3, 3), healthy(2, 3)])
    assert found.rto_full_seconds == 0
    assert found.effects == ()


def test_full_recovery_never_comes_before_the_users_own() -> None:
    facts = [*FOUR_OF_FOUR, healthy(2, 3), healthy(10, 4)]
    found = measured(requests(fails=lambda time: 0 <= time < 30), facts)
    assert found.rto_full_seconds == found.rto_degraded_seconds == pytest.approx(30)


def test_requests_in_flight_when_the_fault_comes_are_hit_by_it() -> None:
    sent = [*requests(last=0), Request(scheduled=NOON - 1, sent=NOON - 1, finished=NOON + 0.5, error="broken off")]
    found = measured(sent)
    assert (found.failed_requests, found.failed_in_baseline) == (1, 0)


def test_latency_is_told_before_during_and_after() -> None:
    found = measured(
        requests(
            fails=lambda time: 0 <= time < 10,
            latency=lambda time: 0.2 if 0 <= time < 40 else 0.1,
        ),
        ended=40,
    )
    before, during, after = found.latency_before, found.latency_during, found.latency_after
    assert (before.p50_seconds, before.p99_seconds) == (pytest.approx(0.1), pytest.approx(0.1))
    assert during.p50_seconds == pytest.approx(0.2)
    assert during.answered == 301, "one was in flight, and the failed ones have no latency of their own"
    assert after.longest_seconds == pytest.approx(0.1)
    assert before.answered + during.answered + after.answered + found.failed_requests == found.requests


def test_the_success_rate_is_told_by_the_second() -> None:
    found = measured(requests(fails=lambda time: 2 <= time < 2.5))
    rates = {second.second: second.success_rate for second in found.seconds}
    assert (rates[1], rates[2], rates[3]) == (1, 0.5, 1)
    assert min(rates) == -10
    assert {second.due for second in found.seconds} == {10}


def test_each_alarm_has_its_time_by_cloudwatchs_own_clock() -> None:
    facts = [alarm(-30, "old"), alarm(5, "old", "OK"), alarm(95, "errors"), alarm(150, "errors")]
    found = measured(requests(), facts, alarms=("errors", "old", "latency"))
    assert found.alarms == {"errors": 95, "old": None, "latency": None}


def test_a_fault_that_nothing_shows_had_no_effect() -> None:
    quiet = [*FOUR_OF_FOUR, Fact(source="experiment", text="completed", seen=NOON + 3), alarm(-5, "errors")]
    trouble = Fact(source="database", text="ThrottlingException", seen=NOON + 4, trouble=True)
    assert measured(requests(fails=lambda time: time == -5), [*quiet, trouble]).effects == ()


@pytest.mark.parametrize(
    ("fact", "effect"),
    [
        (
            Fact(source="task", about="abc", text="STOPPED", seen=NOON + 3, values={"status": "STOPPED"}),
            "task abc: STOPPED",
        ),
        (Fact(source="database event", text="failover started", seen=NOON + 3), "database event: failover started"),
        (healthy(2, 3), "fewer tasks than wanted from 2.0 s on"),
        (alarm(95, "errors"), "alarm errors: is ALARM"),
    ],
)
def test_a_fault_may_be_seen_by_any_source(fact: Fact, effect: str) -> None:
    assert measured(requests(), [*FOUR_OF_FOUR, fact]).effects == (effect,)


@pytest.mark.parametrize(
    "fact",
    [
        Fact(source="task", about="abc", text="RUNNING", seen=NOON + 3, values={"status": "RUNNING"}),
        Fact(source="target", about="abc", text="initial", seen=NOON + 3, values={"state": "initial"}),
        Fact(source="database event", text="Backing up", seen=NOON + 3, values={"categories": "backup"}),
        Fact(source="service event", text="has reached a steady state", seen=NOON + 3),
    ],
)
def test_what_is_also_told_in_steady_state_is_no_effect(fact: Fact) -> None:
    assert measured(requests(), [fact]).effects == ()


def test_lost_and_refused_writes_are_effects() -> None:
    writes = Writes(acknowledged=100, lost=(41, 42), refused_seconds=61.5)
    found = measured(requests(), writes=writes)
    assert found.effects == ("2 acknowledged writes are gone", "no write was acknowledged for 61.5 s")
    assert found.writes == writes


def test_without_an_answer_there_is_no_latency() -> None:
    found = latency([])
    assert found.answered == 0
    assert (found.p50_seconds, found.p95_seconds, found.p99_seconds, found.longest_seconds) == (None,) * 4


def infinite(value: float | None) -> float:
    return float("inf") if value is None else value


# A quarter of a second: sums of them are exact, so that shifting can be, too.
failing = st.sets(st.integers(-20, 239))
fleets = st.lists(st.tuples(st.integers(-20, 239), st.integers(0, 4)), max_size=8)


def timeline(failed: set[int], fleet: list[tuple[int, int]], start: float) -> tuple[list[Request], list[Fact]]:
    sent = [
        Request(
            scheduled=start + quarter / 4,
            sent=start + quarter / 4,
            finished=start + quarter / 4 + 0.25,
            error="HTTP 502" if quarter in failed else None,
        )
        for quarter in range(-20, 240)
    ]
    return sent, [service(-10, 4, 4, start), *(healthy(quarter / 4, count, start) for quarter, count in fleet)]


def of_timeline(failed: set[int], fleet: list[tuple[int, int]], start: float = NOON) -> Measures:
    sent, facts = timeline(failed, fleet, start)
    return measure(sent, facts, Fault(began=start), observed_until=start + 60, limits=LIMITS)


@given(failing, fleets)
def test_users_recover_no_later_than_the_fleet(failed: set[int], fleet: list[tuple[int, int]]) -> None:
    found = of_timeline(failed, fleet)
    assert infinite(found.rto_degraded_seconds) <= infinite(found.rto_full_seconds)


@given(failing, fleets, st.integers(-10_000_000, 10_000_000))
def test_the_same_at_another_time_measures_the_same(failed: set[int], fleet: list[tuple[int, int]], later: int) -> None:
    times = {"fault", "observed_until"}
    here, there = of_timeline(failed, fleet), of_timeline(failed, fleet, NOON + later)
    assert here.model_dump(exclude=times) == there.model_dump(exclude=times)


@given(failing, failing, fleets)
def test_more_failures_never_shorten_a_recovery(failed: set[int], more: set[int], fleet: list[tuple[int, int]]) -> None:
    few, many = of_timeline(failed, fleet), of_timeline(failed | more, fleet)
    assert infinite(few.rto_degraded_seconds) <= infinite(many.rto_degraded_seconds)
    assert infinite(few.rto_full_seconds) <= infinite(many.rto_full_seconds)
    assert few.failed_requests <= many.failed_requests
