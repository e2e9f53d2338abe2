"""Hand-made timelines: requests at a beat, and facts of a fleet."""

from collections.abc import Callable

from modules.operations.drill.facts import Fact
from modules.operations.drill.requests import Request

NOON = 1_800_000_000.0


def requests(
    *,
    first: float = -10,
    last: float = 100,
    rate: int = 10,
    fails: Callable[[float], bool] = lambda _: False,
    latency: Callable[[float], float] = lambda _: 0.1,
    start: float = NOON,
) -> list[Request]:
    """At `rate` per second from `first` to `last`, seconds from the fault."""
    times = [first + number / rate for number in range(int((last - first) * rate))]
    return [
        Request(
            scheduled=start + time,
            sent=start + time,
            finished=start + time + latency(time),
            status=502 if fails(time) else 200,
            error="HTTP 502" if fails(time) else None,
        )
        for time in times
    ]


def healthy(at: float, count: int, start: float = NOON) -> Fact:
    return Fact(source="fleet", about="targets", text=f"{count} healthy", seen=start + at, values={"healthy": count})


def service(at: float, desired: int, running: int, start: float = NOON) -> Fact:
    return Fact(
        source="fleet",
        about="service",
        text=f"{running} of {desired} run",
        seen=start + at,
        values={"desired": desired, "running": running},
    )


def alarm(at: float, name: str, state: str = "ALARM", start: float = NOON) -> Fact:
    # CloudWatch tells of it later than it was.
    values: dict[str, float | str] = {"state": state}
    return Fact(source="alarm", about=name, text=f"is {state}", at=start + at, seen=start + at + 20, values=values)
