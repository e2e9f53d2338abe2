"""Windows of time over the ends of days and weeks."""

from hypothesis import given, strategies as st

from modules.planning.windows import MINUTES_PER_WEEK, Window, daily_windows, weekly_window

windows = st.builds(
    Window,
    start=st.integers(0, MINUTES_PER_WEEK - 1),
    minutes=st.integers(1, MINUTES_PER_WEEK - 1),
)


def minutes_of(window: Window) -> set[int]:
    return {minute % MINUTES_PER_WEEK for minute in range(window.start, window.start + window.minutes)}


def test_a_window_may_run_over_midnight_and_over_the_weeks_end() -> None:
    sunday = daily_windows("23:30-00:15")[6]
    assert sunday.minutes == 45
    assert weekly_window("mon:00:00-mon:00:30").overlaps(sunday)
    assert weekly_window("sun:23:30-mon:00:30") == Window(start=MINUTES_PER_WEEK - 30, minutes=60)


def test_a_daily_window_comes_seven_times_a_week() -> None:
    assert [window.start for window in daily_windows("01:00-02:00")] == [day * 24 * 60 + 60 for day in range(7)]


@given(one=windows, other=windows)
def test_windows_overlap_when_they_share_a_minute(one: Window, other: Window) -> None:
    shared = bool(minutes_of(one) & minutes_of(other))
    assert one.overlaps(other) is other.overlaps(one) is shared
