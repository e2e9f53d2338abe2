"""How much load, for how long."""

from dataclasses import dataclass

from modules.planning.capacity.checks import not_negative, positive
from modules.planning.capacity.closed_loop import Users


@dataclass(frozen=True, kw_only=True)
class Wish:
    """
    Attributes:
        load: users who wait for their answer, think and ask again, or requests per second that come whether or not the
            earlier ones are answered.
        seconds: that are measured.
        warm_up_seconds: before that, in which half of the time the users come one after the other, and nothing counts.
        model: each request costs some 4,000 tokens of it.
        timeout_seconds: how patient users are; an answer that takes longer has failed.
        in_flight_seconds: arrivals of so many seconds can wait for their answers at once; further ones are sent late,
            and the result says so.
        seed: of the arrivals.

    Raises:
        ValueError: a number means nothing.
    """

    load: Users | float
    seconds: float
    warm_up_seconds: float
    model: str
    timeout_seconds: float = 30
    in_flight_seconds: float = 10
    seed: int = 1

    def __post_init__(self) -> None:
        positive(seconds=self.seconds, timeout_seconds=self.timeout_seconds, in_flight_seconds=self.in_flight_seconds)
        not_negative(warm_up_seconds=self.warm_up_seconds)
        if not isinstance(self.load, Users):
            positive(rate=self.load)
            # Refuses more of them than an address has ports for.
            Users(number=self.users)

    @property
    def users(self) -> int:
        """Of Locust: in an open loop as many as can be waiting for an answer."""
        return self.load.number if isinstance(self.load, Users) else max(10, round(self.in_flight_seconds * self.load))

    @property
    def most_requests(self) -> int:
        """That it asks, warm-up included, if answers take no time."""
        rate = self.load.requests_per_second(0) if isinstance(self.load, Users) else self.load
        return round(rate * (self.seconds + self.warm_up_seconds))

    def __str__(self) -> str:
        what = f"{self.load.number:,} users" if isinstance(self.load, Users) else f"{self.load:,g} requests/s"
        return f"{what} for {self.seconds:g} s after {self.warm_up_seconds:g} s of warm-up"
