"""Setting the number of tasks at once, and waiting until they serve."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modules.operations.outputs import Outputs
from modules.operations.rollout import LAST_EVENTS, POLL_SECONDS, PROGRESS_SECONDS, RolloutError
from modules.operations.scale.choice import Scaling
from modules.operations.scale.running import DIMENSION, ApplicationAutoscaling, Running, resource_id

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


@dataclass(frozen=True, kw_only=True)
class Moment:
    seconds: float
    wanted: int
    running: int
    healthy: int


def carry_out(
    ecs: "ECSClient",
    autoscaling: ApplicationAutoscaling,
    outputs: Outputs,
    scaling: Scaling,
    read: Callable[[], Running],
    *,
    timeout_seconds: float,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> list[Moment]:
    """Bounds first, so that autoscaling does not take the tasks away again; then the tasks.

    Args:
        read: what runs now.

    Returns:
        How many tasks there were from moment to moment, from the change until as many serve as are wanted.

    Raises:
        RolloutError: they do not in time; the change is made all the same.
    """
    began = said_at = clock()
    if scaling.minimum is not None:
        autoscaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=resource_id(outputs),
            ScalableDimension=DIMENSION,
            MinCapacity=scaling.minimum,
            MaxCapacity=scaling.maximum,
        )
    if read().wanted != scaling.tasks:
        ecs.update_service(cluster=outputs.cluster, service=outputs.service, desiredCount=scaling.tasks)
    moments: list[Moment] = []
    while True:
        now = read()
        moments.append(Moment(seconds=clock() - began, wanted=now.wanted, running=now.running, healthy=now.healthy))
        if now.steady:
            return moments
        told = f"{now.running} of {now.wanted} tasks run, {now.healthy} serve"
        if clock() - began >= timeout_seconds:
            service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
            last = "\n".join(f"  {event['message']}" for event in service["events"][:LAST_EVENTS])
            raise RolloutError(
                f"{outputs.service}: {told} after {timeout_seconds:g} s; back: make scale {scaling.way_back}; "
                f"the last of its events:\n{last}"
            )
        if clock() - said_at >= PROGRESS_SECONDS:
            said_at = clock()
            say(f"{outputs.service}: {told}")
        sleep(POLL_SECONDS)
