"""Health checks: what they see in time, and what they must not kill."""

from collections.abc import Iterator

from modules.planning.detection import detection_time
from modules.planning.recovery.facts import DATABASE_FAILOVER, READINESS_PATH
from modules.rules.finding import Finding, Rule
from modules.settings import Environment


def detection_meets_the_zone_objective(environment: Environment) -> Iterator[Finding]:
    health = environment.load_balancer.health_check
    objective = environment.objectives.zone_failure_seconds
    detection = detection_time(health.interval_seconds, health.timeout_seconds, health.unhealthy_threshold)
    if detection.unanswered_longest > objective:
        yield Finding(
            rule="detection",
            severity="warning",
            message=(
                f"a lost zone is detected after {health.interval_seconds} s x {health.unhealthy_threshold} checks + "
                f"{health.timeout_seconds} s timeout = up to {detection.unanswered_longest} s (at best "
                f"{detection.refused_shortest} s), but objectives.zone_failure_seconds is {objective}; lower "
                "load_balancer.health_check.interval_seconds or unhealthy_threshold"
            ),
        )


def readiness_does_not_kill(environment: Environment) -> Iterator[Finding]:
    health = environment.load_balancer.health_check
    patience = health.interval_seconds * health.unhealthy_threshold
    if health.path == READINESS_PATH and patience <= DATABASE_FAILOVER.upper:
        yield Finding(
            rule="readiness_kill",
            severity="warning",
            message=(
                f"{READINESS_PATH} fails while the database is away, and ECS replaces every task after "
                f"{health.interval_seconds} s x {health.unhealthy_threshold} = {patience} s, but a failover takes up "
                f"to {DATABASE_FAILOVER.upper} s; check /health/liveliness there, or wait longer"
            ),
        )


RULES: tuple[Rule, ...] = (
    detection_meets_the_zone_objective,
    readiness_does_not_kill,
)
