"""An alarm's state by its data points, as CloudWatch documents it."""

from typing import get_args

import pytest
from hypothesis import given, strategies as some

from modules.rehearsal.alarms.states import MissingData, State, state_of

POINTS = {"0": False, "X": True, "-": None}
KEPT: State = "OK"
# CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": the tables for 3 of 3 and for 2 of 3.
# "kept" is "Retain current state".
DOCUMENTED = [
    (3, "0 - X - X", "OK", "OK", "OK", "OK"),
    (3, "0 - - - -", "OK", "OK", "OK", "OK"),
    (3, "- - - - -", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"),
    (3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (3, "- - X - -", "ALARM", "kept", "ALARM", "OK"),
    (2, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "0 - X - -", "OK", "OK", "ALARM", "OK"),
    (2, "- - - - 0", "OK", "OK", "ALARM", "OK"),
    (2, "- - - X -", "ALARM", "kept", "ALARM", "OK"),
]
MISSING: tuple[MissingData, ...] = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize("current", get_args(State))
@pytest.mark.parametrize(("datapoints_to_alarm", "points", "missing", "ignore", "breaching", "fine"), DOCUMENTED)
def test_the_documented_examples(
    datapoints_to_alarm: int, points: str, missing: str, ignore: str, breaching: str, fine: str, current: State
) -> None:
    expected = [missing, ignore, breaching, fine]
    states = [
        state_of(
            [POINTS[point] for point in points.split()],
            periods=3,
            datapoints_to_alarm=datapoints_to_alarm,
            missing=treatment,
            current=current,
        )
        for treatment in MISSING
    ]
    assert states == [current if state == "kept" else state for state in expected]


alarms = some.integers(1, 6).flatmap(
    lambda periods: some.tuples(
        some.just(periods),
        some.integers(1, periods),
        some.lists(some.sampled_from([True, False, None]), min_size=periods + 2, max_size=periods + 2),
    )
)
Alarm = tuple[int, int, list[bool | None]]


@given(alarm=alarms, missing=some.sampled_from(MISSING), current=some.sampled_from(get_args(State)))
def test_with_enough_data_the_newest_points_decide_whatever_missing_counts_as(
    alarm: Alarm, missing: MissingData, current: State
) -> None:
    periods, datapoints_to_alarm, points = alarm
    available = [point for point in points if point is not None]
    state = state_of(points, periods=periods, datapoints_to_alarm=datapoints_to_alarm, missing=missing, current=current)
    if len(available) >= periods:
        assert state == ("ALARM" if sum(available[-periods:]) >= datapoints_to_alarm else "OK")


@given(alarm=alarms, current=some.sampled_from(get_args(State)))
def test_what_alarms_while_missing_is_fine_alarms_also_while_missing_is_bad(alarm: Alarm, current: State) -> None:
    periods, datapoints_to_alarm, points = alarm

    def state(missing: MissingData) -> State:
        return state_of(
            points, periods=periods, datapoints_to_alarm=datapoints_to_alarm, missing=missing, current=current
        )

    if state("notBreaching") == "ALARM":
        assert {state(missing) for missing in MISSING} == {"ALARM"}
    assert state("breaching") in ("OK", "ALARM")
    assert state("notBreaching") in ("OK", "ALARM")


@given(alarm=alarms, missing=some.sampled_from(MISSING), current=some.sampled_from(get_args(State)))
def test_only_missing_data_make_an_alarm_lose_its_state(alarm: Alarm, missing: MissingData, current: State) -> None:
    periods, datapoints_to_alarm, points = alarm
    state = state_of(points, periods=periods, datapoints_to_alarm=datapoints_to_alarm, missing=missing, current=current)
    if state == "INSUFFICIENT_DATA" and current != state:
        assert missing == "missing"
        assert points == [None] * len(points)
