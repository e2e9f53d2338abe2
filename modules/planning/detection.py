"""How long a load balancer's health check takes to see a fault.

Checks are independent of the fault's moment, so that the first failing one comes up to an interval after it.
Connections that are refused fail at once; a black hole costs the timeout as well (Elastic Load Balancing, "Health
checks for your target groups").
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DetectionTime:
    """Seconds from a fault until a target counts as unhealthy: bounds for either way of failing."""

    refused_shortest: int
    refused_longest: int
    unanswered_shortest: int
    unanswered_longest: int


def detection_time(interval_seconds: int, timeout_seconds: int, unhealthy_threshold: int) -> DetectionTime:
    shortest = interval_seconds * (unhealthy_threshold - 1)
    longest = interval_seconds * unhealthy_threshold
    return DetectionTime(
        refused_shortest=shortest,
        refused_longest=longest,
        unanswered_shortest=shortest + timeout_seconds,
        unanswered_longest=longest + timeout_seconds,
    )
