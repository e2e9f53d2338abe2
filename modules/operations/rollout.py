"""Waiting for a service's tasks to serve, which is later than Terraform's own end of waiting."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import DeploymentTypeDef

POLL_SECONDS = 2
PROGRESS_SECONDS = 30
LAST_EVENTS = 5


class RolloutError(Exception):
    """The service's tasks do not serve; the message says what ECS says."""


def wait_until_served(
    ecs: "ECSClient",
    *,
    cluster: str,
    service: str,
    timeout_seconds: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> float:
    """Waits until ECS calls the service's deployment completed: all of its tasks pass the load balancer's checks.

    Terraform's provider is content when as many tasks run as are wanted (aws_ecs_service, `wait_for_steady_state`), at
    which moment LiteLLM has not even started to listen.

    Returns:
        How many seconds that took.

    Raises:
        RolloutError: the deployment failed, or is not completed in time.
    """
    said_at = began = clock()
    deadline = began + timeout_seconds
    while True:
        found = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
        primary = next(one for one in found["deployments"] if one["status"] == "PRIMARY")
        if primary["rolloutState"] == "COMPLETED":
            return clock() - began
        if primary["rolloutState"] == "FAILED" or clock() >= deadline:
            last = "\n".join(f"  {event['message']}" for event in found["events"][:LAST_EVENTS])
            raise RolloutError(f"{service}: {_described(primary)}; the last of its events:\n{last}")
        if clock() - said_at >= PROGRESS_SECONDS:
            said_at = clock()
            say(f"{service}: {_described(primary)}")
        sleep(POLL_SECONDS)


def _described(deployment: "DeploymentTypeDef") -> str:
    return (
        f"deployment {deployment['rolloutState'].lower().replace('_', ' ')}, {deployment['runningCount']} of "
        f"{deployment['desiredCount']} tasks run, {deployment.get('failedTasks', 0)} failed"
    )
