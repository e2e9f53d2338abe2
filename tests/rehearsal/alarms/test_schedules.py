"""When a scheduled action is due."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from modules.rehearsal.alarms.schedules import UnsupportedScheduleError, is_due

# A Wednesday.
MOMENT = datetime(2026, 1, 14, 7, 0, tzinfo=UTC)


def due(schedule: str, timezone: str | None = None, moment: datetime = MOMENT) -> bool:
    second = timedelta(seconds=1)
    return is_due(
        schedule, timezone, after=moment - second, until=moment + second, created=moment - timedelta(minutes=10)
    )


@pytest.mark.parametrize(
    ("schedule", "timezone", "expected"),
    [
        ("cron(0 7 * * ? *)", None, True),
        ("cron(0 7 ? * MON-FRI *)", None, True),
        ("cron(0 7 ? * 4 *)", None, True),
        ("cron(0 7 ? * SAT,SUN *)", None, False),
        ("cron(0 8 * * ? *)", "Europe/Berlin", True),
        ("cron(0 7 * * ? *)", "Europe/Berlin", False),
        ("cron(0/15 * * * ? *)", None, True),
        ("cron(5/15 * * * ? *)", None, False),
        ("cron(0 7 14 JAN ? 2026)", None, True),
        ("cron(0 7 14 2 ? *)", None, False),
        ("at(2026-01-14T07:00:00)", None, True),
        ("at(2026-01-14T07:00:00)", "Europe/Berlin", False),
        ("rate(5 minutes)", None, True),
        ("rate(7 minutes)", None, False),
    ],
)
def test_schedules(schedule: str, timezone: str | None, expected: bool) -> None:
    assert due(schedule, timezone) is expected


def test_a_moment_is_met_once() -> None:
    moments = [MOMENT + timedelta(seconds=0.7 * step) for step in range(-200, 200)]
    created = moments[0]
    met = [
        is_due("cron(0 7 * * ? *)", "UTC", after=after, until=until, created=created)
        for after, until in pairwise(moments)
    ]
    assert met.count(True) == 1


@pytest.mark.parametrize("schedule", ["cron(0 7 L * ? *)", "cron(0 7 * *)", "rate(5 moons)", "at(noon)", "daily"])
def test_what_is_not_known_is_said(schedule: str) -> None:
    with pytest.raises(UnsupportedScheduleError):
        due(schedule)
