"""Waiting for the tasks to serve, at the end of a deployment."""

import time

import boto3

from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.operations.outputs import Outputs
from modules.operations.rollout import RolloutError, wait_until_served

SERVED_WITHIN_SECONDS = 1800
"""As long as Terraform's provider waits for a service."""


def wait_until_tasks_serve(session: Session, outputs: Outputs) -> None:
    """Not where the environment says that nobody waits (`service.deployment.wait_until_steady`).

    Raises:
        CommandError: they do not serve in time, or ECS has given up.
    """
    if not session.environment.service.deployment.wait_until_steady:
        return
    try:
        waited_seconds = wait_until_served(
            boto3.client("ecs"),
            cluster=outputs.cluster,
            service=outputs.service,
            timeout_seconds=SERVED_WITHIN_SECONDS,
            clock=time.monotonic,
            sleep=time.sleep,
            say=lambda line: print(line, flush=True),
        )
    except RolloutError as error:
        raise CommandError(str(error)) from None
    if waited_seconds >= 1:
        print(f"The tasks serve {waited_seconds:.0f} s after Terraform was done.")
