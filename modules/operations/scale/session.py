"""Scaling, put together for a deployment."""

import time
from collections.abc import Callable

from modules.operations.deployment import Deployment
from modules.operations.scale.carry_out import Moment, carry_out
from modules.operations.scale.choice import Scaling
from modules.operations.scale.history import History, read_history
from modules.operations.scale.running import ApplicationAutoscaling, Running, find_running

SERVED_WITHIN_SECONDS = 1800


def look(deployment: Deployment) -> Running:
    client = deployment.session.client
    autoscaling: ApplicationAutoscaling = client("application-autoscaling")
    return find_running(client("ecs"), client("elbv2"), autoscaling, deployment.outputs)


def recorded(deployment: Deployment, running: Running, *, hours: float) -> History:
    cloudwatch = deployment.session.client("cloudwatch")
    return read_history(cloudwatch, deployment.outputs, running, now=time.time(), hours=hours)


def scale(deployment: Deployment, scaling: Scaling, say: Callable[[str], None] = print) -> list[Moment]:
    """
    Raises:
        RolloutError: the tasks do not serve in time.
    """
    client = deployment.session.client
    return carry_out(
        client("ecs"),
        client("application-autoscaling"),
        deployment.outputs,
        scaling,
        lambda: look(deployment),
        timeout_seconds=SERVED_WITHIN_SECONDS,
        clock=time.monotonic,
        sleep=time.sleep,
        say=say,
    )
