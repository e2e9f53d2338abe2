"""How long a health check takes to see a fault: operations.md section 1 has the worked examples."""

import pytest
from hypothesis import given, strategies as st

from modules.planning.detection import detection_time

INTERVALS = st.integers(min_value=5, max_value=300)
TIMEOUTS = st.integers(min_value=2, max_value=120)
THRESHOLDS = st.integers(min_value=2, max_value=10)


@pytest.mark.parametrize(
    ("interval", "timeout", "threshold", "refused", "black_hole"),
    [
        pytest.param(30, 5, 3, (60, 90), (65, 95), id="the source, with a timeout of 5 s"),
        pytest.param(30, 10, 3, (60, 90), (70, 100), id="the source, with a timeout of 10 s"),
        pytest.param(10, 5, 2, (10, 20), (15, 25), id="10 s x 2"),
        pytest.param(5, 2, 2, (5, 10), (7, 12), id="the shortest that AWS allows"),
    ],
)
def test_detection_takes_what_the_table_in_operations_section_1_says(
    interval: int, timeout: int, threshold: int, refused: tuple[int, int], black_hole: tuple[int, int]
) -> None:
    time = detection_time(interval, timeout, threshold)
    assert (time.refused_shortest, time.refused_longest) == refused
    assert (time.unanswered_shortest, time.unanswered_longest) == black_hole


@given(interval=INTERVALS, timeout=TIMEOUTS, threshold=THRESHOLDS)
def test_silence_costs_the_timeout_more_than_a_refused_connection_and_luck_saves_one_interval(
    interval: int, timeout: int, threshold: int
) -> None:
    time = detection_time(interval, timeout, threshold)
    assert time.unanswered_shortest - time.refused_shortest == timeout
    assert time.unanswered_longest - time.refused_longest == timeout
    assert time.refused_longest - time.refused_shortest == interval
    assert time.refused_shortest > 0


@given(interval=INTERVALS, timeout=TIMEOUTS, threshold=THRESHOLDS, more=st.integers(min_value=0, max_value=100))
def test_detection_never_gets_faster_with_a_longer_interval_timeout_or_threshold(
    interval: int, timeout: int, threshold: int, more: int
) -> None:
    before = vars(detection_time(interval, timeout, threshold))
    for slower in (
        detection_time(interval + more, timeout, threshold),
        detection_time(interval, timeout + more, threshold),
        detection_time(interval, timeout, threshold + more),
    ):
        assert all(vars(slower)[bound] >= seconds for bound, seconds in before.items())
