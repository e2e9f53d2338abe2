"""A target's health as Elastic Load Balancing judges it."""

from modules.rehearsal.balancer.configuration import Health, HealthCheck

REGISTERING = Health(
    state="initial", reason="Elb.RegistrationInProgress", description="Target registration is in progress"
)
CHECKING = Health(state="initial", reason="Elb.InitialHealthChecking", description="Initial health checks in progress")
HEALTHY = Health(state="healthy")
DRAINING = Health(
    state="draining", reason="Target.DeregistrationInProgress", description="Target deregistration is in progress"
)
NOT_IN_USE = Health(
    state="unused",
    reason="Target.NotInUse",
    description="Target group is not configured to receive traffic from the load balancer",
)
ZONE_NOT_IN_USE = Health(
    state="unused",
    reason="Target.NotInUse",
    description="Target is in an Availability Zone that is not enabled for the load balancer",
)
TIMEOUT = ("Target.Timeout", "Request timed out")
FAILED = ("Target.FailedHealthChecks", "Health checks failed")
NOT_CHECKED = Health(
    state="unavailable", reason="Target.HealthCheckDisabled", description="Health checks are not enabled"
)


def code_mismatch(status: int) -> tuple[str, str]:
    return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"


class Judgement:
    """Counts checks that passed or failed in a row.

    A new target is healthy after one passed check; the healthy threshold holds for one that was unhealthy (Elastic Load
    Balancing, "Health checks for Application Load Balancer target groups").

    Attributes:
        health: the verdict so far.
    """

    def __init__(self) -> None:
        self.health = REGISTERING
        self._passed = 0
        self._failed = 0

    def passed(self, check: HealthCheck) -> None:
        self._passed += 1
        self._failed = 0
        if self.health.state == "initial" or self._passed >= check.healthy_threshold:
            self.health = HEALTHY

    def failed(self, check: HealthCheck, reason: str, description: str) -> None:
        self._failed += 1
        self._passed = 0
        new = self.health.state == "initial"
        threshold = check.initial_unhealthy_threshold if new else check.unhealthy_threshold
        if self.health.state == "unhealthy" or self._failed >= threshold:
            self.health = Health(state="unhealthy", reason=reason, description=description)
        elif self.health is REGISTERING:
            self.health = CHECKING


def matches(matcher: str, status: int) -> bool:
    """Whether the status is among `200`, `200,202` or `200-299`."""
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False
