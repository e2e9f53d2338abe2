"""LiteLLM's published benchmark and the source's table: what the model reproduces, and what it was not fitted to."""

from dataclasses import replace

import pytest

from modules.planning.capacity.calibration import Fitted, fit
from modules.planning.capacity.published import CALIBRATIONS, ROWS, USERS, reproduction
from modules.planning.capacity.source_table import CLAIMS, source_table, users_for
from modules.planning.capacity.worker import PUBLISHED, REQUESTS_PER_WORKER_SECOND


@pytest.mark.parametrize("by", ["mean_seconds", "requests_per_second"])
def test_the_stated_workers_are_what_the_published_rows_are_fitted_to(by: Fitted) -> None:
    fitted, stated = fit(ROWS, by), CALIBRATIONS[by]
    assert stated.service_seconds == pytest.approx(fitted.service_seconds, rel=0.005)
    assert stated.fixed_delay_seconds == pytest.approx(fitted.fixed_delay_seconds, rel=0.005)
    assert round(PUBLISHED.requests_per_second) == REQUESTS_PER_WORKER_SECOND


def test_published_throughput_is_reproduced_within_5_per_cent_and_medians_within_15_without_a_fit_to_either() -> None:
    limits = {"requests_per_second": 5, "median_seconds": 15}
    checked = [one for one in reproduction() if one.quantity in limits]
    assert len(checked) == 4
    for one in checked:
        assert not one.fitted
        assert abs(one.percent) <= limits[one.quantity], one


def test_the_fit_to_throughput_reproduces_the_medians_as_well() -> None:
    medians = [one for one in reproduction("requests_per_second") if one.quantity == "median_seconds"]
    assert [abs(one.percent) <= 15 for one in medians] == [True, True]


def test_what_was_fitted_is_marked_and_the_rest_is_not() -> None:
    assert {one.quantity for one in reproduction() if one.fitted} == {"mean_seconds"}
    assert {one.quantity for one in reproduction("requests_per_second") if one.fitted} == {"requests_per_second"}


def test_the_slowest_hundredth_is_known_to_come_out_too_fast() -> None:
    """closed_loop.py says so; operations.md, section 5, saw the same."""
    for one in reproduction():
        if one.quantity == "p99_seconds":
            assert -45 < one.percent < -20
        if one.quantity == "p95_seconds":
            assert abs(one.percent) < 15


def test_the_published_two_tasks_were_measured_with_their_ramp_up() -> None:
    two, four = ROWS
    assert two.response_time_law == pytest.approx(0.049, abs=0.001)
    assert four.response_time_law == pytest.approx(0.008, abs=0.001)


def test_the_sources_first_two_lines_hold_and_its_third_contradicts_itself() -> None:
    two, four, eight = source_table()
    for line in (two, four):
        assert line.verdict == "holds"
        assert abs(line.rate_percent) <= 5
        assert abs(line.median_percent) <= 15
    assert eight.verdict == "contradicts itself"
    assert eight.requests_per_second == pytest.approx(1170, abs=10)
    assert eight.rate_percent < -40
    assert eight.median_seconds > 0.094


def test_a_claim_that_the_model_misses_does_not_hold() -> None:
    """With a worker of half the speed, 8 of them carry half of the 1,035 requests/s."""
    slow = replace(PUBLISHED, service_seconds=2 * PUBLISHED.service_seconds)
    two, *_ = source_table(slow)
    assert two.rate_percent < -40
    assert two.verdict == "not confirmed"


def test_the_contradiction_is_derived_from_the_claims_own_numbers() -> None:
    """1,000 / 0.75 = 1,333 whatever the latency; 2,000 x (0.75 + 0.05) to 2,000 x (0.75 + 0.075) users."""
    *_, eight = source_table()
    assert USERS.requests_per_second(0) == pytest.approx(1333.3, abs=0.1)
    assert eight.claim.requests_per_second > USERS.requests_per_second(0)
    for part in ("1,000 / 0.75 = 1,333 requests/s", "1,212 to 1,250", "1,600 to 1,650 users", "94 ms", "48 %"):
        assert part in eight.why


def test_so_many_users_would_ask_what_the_source_expects_of_eight_tasks() -> None:
    needed = users_for(2000, 32)
    assert 1650 < needed < 1800
    with pytest.raises(ValueError, match="8 workers carry 1032 requests/s at the most"):
        users_for(2000, 8)


def test_the_claims_are_the_sources() -> None:
    """source-architecture.md, "Expected Performance by Scale"."""
    assert [(one.tasks, one.requests_per_second, one.median_seconds) for one in CLAIMS] == [
        (2, 1035, (0.2, 0.2)),
        (4, 1170, (0.1, 0.1)),
        (8, 2000, (0.05, 0.075)),
    ]
