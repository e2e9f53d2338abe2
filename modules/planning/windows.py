"""Windows of time that come back every day or every week, in UTC, as RDS and ElastiCache write them."""

from dataclasses import dataclass

MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class Window:
    """Minutes of a week that begins on Monday at midnight; a window may run over the week's end."""

    start: int
    minutes: int

    def overlaps(self, other: "Window") -> bool:
        return (other.start - self.start) % MINUTES_PER_WEEK < self.minutes or (
            self.start - other.start
        ) % MINUTES_PER_WEEK < other.minutes


def daily_windows(text: str) -> list[Window]:
    """`23:30-00:15` on each day of the week."""
    start, end = (_minute_of_day(time) for time in text.split("-"))
    return [
        Window(start=day * MINUTES_PER_DAY + start, minutes=(end - start) % MINUTES_PER_DAY) for day in range(len(DAYS))
    ]


def weekly_window(text: str) -> Window:
    """`sun:23:30-mon:00:30`."""
    start, end = (_minute_of_week(time) for time in text.split("-"))
    return Window(start=start, minutes=(end - start) % MINUTES_PER_WEEK)


def _minute_of_day(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _minute_of_week(time: str) -> int:
    day, time_of_day = time.split(":", 1)
    return DAYS.index(day) * MINUTES_PER_DAY + _minute_of_day(time_of_day)
