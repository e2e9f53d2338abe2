"""By what a fault is seen at all: a fault that nothing shows has proved nothing."""

from collections.abc import Iterable, Iterator

from modules.operations.drill.facts import Fact, in_order
from modules.operations.drill.written import Writes

SHORTEST_REFUSAL_SECONDS = 2
"""Shorter gaps between two writes are the database's everyday life: a checkpoint, a lost packet."""
CLOCK_TOLERANCE_SECONDS = 1
"""AWS tells some times in whole seconds, cut off."""
HEALTHY_TARGET = ("initial", "healthy", "unused")
RISING_TASK = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING")


def effects_told(facts: Iterable[Fact], began: float) -> Iterator[str]:
    """What targets, tasks, database and alarms told after the fault, and would not in steady state."""
    for fact in in_order(facts):
        if (
            fact.seen >= began
            and fact.time >= began - CLOCK_TOLERANCE_SECONDS
            and not fact.trouble
            and _is_effect(fact)
        ):
            yield f"{' '.join(part for part in (fact.source, fact.about) if part)}: {fact.text}"


def effects_on_writes(writes: Writes | None) -> Iterator[str]:
    if writes and writes.lost:
        yield f"{len(writes.lost)} acknowledged writes are gone"
    if writes and writes.refused_seconds >= SHORTEST_REFUSAL_SECONDS:
        yield f"no write was acknowledged for {writes.refused_seconds:.1f} s"


def _is_effect(fact: Fact) -> bool:
    values = fact.values
    if fact.source == "target":
        return values.get("state") not in HEALTHY_TARGET
    if fact.source == "task":
        return values.get("status") not in RISING_TASK or values.get("health") == "UNHEALTHY"
    if fact.source == "database":
        return values.get("status") != "available"
    if fact.source == "database event":
        return values.get("categories") != "backup"
    return fact.source == "alarm" and values.get("state") == "ALARM"
