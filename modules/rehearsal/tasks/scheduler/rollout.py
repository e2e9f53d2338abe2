"""The states of a service's deployments: in progress, completed, failed, rolled back."""

from typing import Any

from moto.core.utils import utcnow

from modules.rehearsal.gaps.ecs_deployments import COMPLETED_AT, ROLLED_BACK_TO, new_deployment
from modules.rehearsal.tasks import events
from modules.rehearsal.tasks.scheduler import messages


def complete(service: Any, primary: dict[str, Any]) -> None:
    """The primary deployment is the only one from now on."""
    service.deployments = [primary]
    service.last_completed = (primary["id"], primary["taskDefinition"])
    if primary["rolloutState"] != "IN_PROGRESS":
        return
    primary.setdefault(COMPLETED_AT, utcnow())
    _set(primary, "COMPLETED", f"ECS deployment {primary['id']} completed.")
    messages.completed(service, primary["id"])
    events.deployment_state_change(service, primary, "COMPLETED", primary["rolloutStateReason"])


def announce(service: Any, primary: dict[str, Any]) -> None:
    events.deployment_state_change(service, primary, "IN_PROGRESS", primary["rolloutStateReason"])


def fail(service: Any, primary: dict[str, Any], why: str, *, roll_back: bool) -> None:
    """
    Args:
        why: e.g. "ECS deployment circuit breaker: tasks failed to start."
        roll_back: to the deployment that was completed last, if there was one.
    """
    _set(primary, "FAILED", why)
    messages.failed(service, primary["id"], why.partition(": ")[2].rstrip("."))
    events.deployment_state_change(service, primary, "FAILED", why)
    last: tuple[str, str] | None = getattr(service, "last_completed", None)
    if not roll_back or last is None or last[0] == primary["id"]:
        return
    former = next((one for one in service.deployments if one["id"] == last[0]), None)
    if former is None:
        former = new_deployment(service, last[1])
    else:
        # The deployment that still serves takes over again.
        service.deployments.remove(former)
        for one in service.deployments:
            one["status"] = "ACTIVE"
        service.deployments.insert(0, former)
        former["status"] = "PRIMARY"
    primary[ROLLED_BACK_TO] = former["id"]
    service.task_definition = last[1]
    cause = why.partition(":")[0]
    _set(former, "IN_PROGRESS", f"{cause}: rolling back to deploymentId {former['id']}.")
    messages.rolling_back(service, former["id"])


def _set(deployment: dict[str, Any], state: str, reason: str) -> None:
    deployment["rolloutState"] = state
    deployment["rolloutStateReason"] = reason
    deployment["updatedAt"] = utcnow()
