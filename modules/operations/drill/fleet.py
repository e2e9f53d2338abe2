"""Whether every wanted task runs and is healthy, over time."""

from collections.abc import Iterable

from modules.operations.drill.facts import Fact, in_order

TARGETS = "targets"
"""Facts of the load balancer: `healthy`."""
SERVICE = "service"
"""Facts of ECS: `desired` and `running`."""


def incomplete_periods(facts: Iterable[Fact], *, begins: float, ends: float) -> list[tuple[float, float]]:
    """Periods between `begins` and `ends` in which fewer tasks ran, or were healthy, than were wanted at that moment.

    What is only known from a poll holds from that poll on. A time of which nothing is known counts as complete.
    """
    known: dict[str, float] = {}
    periods: list[tuple[float, float]] = []
    since: float | None = None
    for fact in in_order(fact for fact in facts if fact.source == "fleet"):
        known |= {name: value for name, value in fact.values.items() if not isinstance(value, str)}
        complete = _complete(known)
        if not complete and since is None:
            since = fact.time
        elif complete and since is not None:
            periods.append((since, fact.time))
            since = None
    if since is not None:
        periods.append((since, ends))
    return [(max(first, begins), min(last, ends)) for first, last in periods if first < ends and last > begins]


def _complete(known: dict[str, float]) -> bool:
    wanted = known.get("desired")
    return wanted is None or all(known.get(name, wanted) >= wanted for name in ("running", "healthy"))
