"""When a scheduled action is due: cron(...), rate(...) and at(...) as Application Auto Scaling writes them."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_CATCH_UP = timedelta(hours=1)
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


class UnsupportedScheduleError(Exception):
    """The schedule is none, or uses what the rehearsal does not know, such as L, W or #."""


def is_due(schedule: str, timezone: str | None, *, after: datetime, until: datetime, created: datetime) -> bool:
    """Whether a moment of the schedule lies after `after` and not after `until`; all with a time zone.

    Raises:
        UnsupportedScheduleError
    """
    found = re.fullmatch(r"(cron|at|rate)\((.*)\)", schedule.strip())
    if found is None:
        raise UnsupportedScheduleError(f"schedule {schedule!r}")
    kind, stated = found.groups()
    zone = ZoneInfo(timezone or "UTC")
    try:
        if kind == "at":
            moment = datetime.fromisoformat(stated).replace(tzinfo=zone)
            return after < moment <= until
        if kind == "rate":
            number, unit = stated.split()
            every = int(number) * _UNITS[unit.removesuffix("s")]
            return (until - created) // every > max((after - created) // every, 0)
        fields = stated.split()
        return any(_matches(fields, moment.astimezone(zone)) for moment in _minutes(after, until))
    except (ValueError, KeyError):
        raise UnsupportedScheduleError(f"schedule {schedule!r}") from None


def _minutes(after: datetime, until: datetime) -> list[datetime]:
    """The full minutes in between; of a machine that slept long, the last ones."""
    first = max(after, until - _CATCH_UP).astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    count = int((until - first) / timedelta(minutes=1)) + 1 if until >= first else 0
    return [first + timedelta(minutes=index) for index in range(count)]


def _matches(fields: list[str], moment: datetime) -> bool:
    """Application Auto Scaling User Guide, "Schedule recurring scaling actions using cron expressions"."""
    minute, hour, day_of_month, month, day_of_week, year = fields
    return (
        _in_field(minute, moment.minute, 0, 59)
        and _in_field(hour, moment.hour, 0, 23)
        and _in_field(day_of_month, moment.day, 1, 31)
        and _in_field(month, moment.month, 1, 12, _MONTHS)
        # Sunday is 1.
        and _in_field(day_of_week, moment.isoweekday() % 7 + 1, 1, 7, _DAYS)
        and _in_field(year, moment.year, 1970, 2199)
    )


def _in_field(field: str, value: int, lowest: int, highest: int, names: tuple[str, ...] = ()) -> bool:
    def number(text: str) -> int:
        return names.index(text.upper()) + 1 if text.upper() in names else int(text)

    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = lowest, highest
        else:
            first_text, _, last_text = span.partition("-")
            first = number(first_text)
            last = number(last_text) if last_text else highest if step else first
        if first <= value <= last and (value - first) % (int(step) if step else 1) == 0:
            return True
    return False
