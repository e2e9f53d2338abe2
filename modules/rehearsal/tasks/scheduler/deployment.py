"""How many tasks a deployment starts and stops, and when it has failed. Pure arithmetic."""

import math
from dataclasses import dataclass

_FEWEST_FAILURES, _MOST_FAILURES = 3, 200
_FAILURES_PER_TASK = 0.5
_THROTTLE_AFTER = 3
_THROTTLE_SECONDS = 10.0
_LONGEST_THROTTLE_SECONDS = 27 * 60
"""Amazon ECS Developer Guide, "Amazon ECS service throttle logic"; how the time grows is documented nowhere."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Tasks that are not asked to stop: of the primary deployment, and of those before it."""

    primary: int
    primary_healthy: int
    former: int
    former_healthy: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    start: int
    stop_primary: int
    stop_former_unhealthy: int
    stop_former_healthy: int


def plan(desired: int, counts: Counts, *, minimum_percent: int, maximum_percent: int, failed: bool = False) -> Plan:
    """One step of a rolling update (Amazon ECS API, DeploymentConfiguration).

    Args:
        failed: the primary deployment starts no more tasks.
    """
    fewest_healthy = math.ceil(desired * minimum_percent / 100)
    most = math.floor(desired * maximum_percent / 100)
    room = most - counts.primary - counts.former
    spare = counts.primary_healthy + counts.former_healthy - fewest_healthy
    return Plan(
        start=0 if failed else max(min(desired - counts.primary, room), 0),
        stop_primary=max(counts.primary - desired, 0),
        stop_former_unhealthy=counts.former - counts.former_healthy,
        stop_former_healthy=max(min(spare, counts.former_healthy), 0),
    )


def failures_allowed(desired: int) -> int:
    """The circuit breaker opens at this many failed tasks (Amazon ECS Developer Guide, "How the Amazon ECS deployment
    circuit breaker detects failures": half the tasks, at least 3 and at most 200)."""
    return min(max(_FEWEST_FAILURES, math.ceil(desired * _FAILURES_PER_TASK)), _MOST_FAILURES)


def pause_seconds(failures_in_a_row: int) -> float:
    """How long ECS waits until it starts the next task, after tasks that never ran."""
    if failures_in_a_row < _THROTTLE_AFTER:
        return 0
    return float(min(_THROTTLE_SECONDS * 2 ** (failures_in_a_row - _THROTTLE_AFTER), _LONGEST_THROTTLE_SECONDS))
