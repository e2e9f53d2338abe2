"""Deploying and destroying an environment with cdktf."""

import contextlib
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from modules.commands.cdktf import found_no_changes, run_cdktf
from modules.commands.errors import CommandError
from modules.commands.session import ROOT, Session
from modules.commands.state import bucket_exists, holds_resources, lock_key, lock_of, state_exists
from modules.commands.summary import faults, make_arguments, summary
from modules.commands.unfinished import leave_page
from modules.operations.apply_progress import ApplyProgress
from modules.operations.outputs import Outputs, read_outputs
from modules.operations.rollout import RolloutError, wait_until_served
from modules.target import STATE_STACK, state_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SERVED_WITHIN_SECONDS = 1800
"""As long as Terraform's provider waits for a service."""
BOOTSTRAP_DIRECTORY = ROOT / ".bootstrap"


def deploy(session: Session) -> None:
    """Puts the environment on its target, and before it, once, the bucket of its state."""
    s3 = boto3.client("s3")
    _refuse_locked(s3, session)
    print(f"Deploying {session.description}", flush=True)
    bootstrapped = state_exists(s3, session.target)
    if not bootstrapped:
        _create_state_bucket(s3, session)
    progress, since = ApplyProgress(time.monotonic), time.time()
    try:
        said = run_cdktf(
            ["deploy", STATE_STACK, session.name, *_approval(session), *([] if bootstrapped else ["--migrate-state"])],
            interactive=not session.target.rehearsal,
            variables={} if bootstrapped else _migrating(session),
            tell=progress.read,
        )
        _forget_local_states(session)
        outputs = read_outputs(s3, session.target, session.name)
        if session.prepared.environment.service.deployment.wait_until_steady:
            _wait_until_served(outputs)
    except CommandError as error:
        page = leave_page(s3, session, progress, str(error), since=since)
        raise CommandError("\n".join([str(error), *faults(session), *([page] if page else [])])) from error
    print(f"{_outcome(session, said)}: {session.description}")
    print(summary(session, outputs))


def destroy(session: Session) -> None:
    """Removes the environment; the state bucket stays, for the other environments and for the record."""
    s3 = boto3.client("s3")
    if not holds_resources(s3, session.target, session.name):
        print(f"Nothing to destroy: {session.description} is not deployed")
        return
    refuse_protected(session)
    _refuse_locked(s3, session)
    print(f"Destroying {session.description}", flush=True)
    run_cdktf(["destroy", session.name, *_approval(session)], interactive=not session.target.rehearsal)
    _deregister_task_definitions(f"{session.name}-litellm")
    print(f"Destroyed: {session.description}. The bucket {session.target.state_bucket} with the states is kept.")


def unlock(session: Session) -> None:
    """Removes locks that a killed run left behind, after a person has confirmed that no run is alive."""
    s3 = boto3.client("s3")
    locks = [lock for stack in (STATE_STACK, session.name) if (lock := lock_of(s3, session.target, stack))]
    if not locks:
        print(f"No lock: {session.description}")
    for lock in locks:
        print(f"The state of {lock.stack} is locked by {lock.holder}.")
        if input(f"If that run is no longer alive, type '{session.name}' to remove its lock: ") != session.name:
            raise CommandError("not confirmed; the lock stays")
        s3.delete_object(Bucket=session.target.state_bucket, Key=lock_key(lock.stack))
        print("The lock is removed.")


def _create_state_bucket(s3: "S3Client", session: Session) -> None:
    """The bucket cannot hold its own state before it exists: create it with a local one, which is moved afterwards.

    Each step can be interrupted and run again: the local state remembers a bucket that was created, and a bucket that
    is there without any state (another machine was interrupted) is adopted.
    """
    states = _local_states(session)
    states.mkdir(parents=True, exist_ok=True)
    remembered = (states / state_key(STATE_STACK)).is_file()
    adopt = not remembered and bucket_exists(s3, session.target)
    print(f"Creating the bucket of the remote state: {session.target.state_bucket}", flush=True)
    run_cdktf(
        ["deploy", STATE_STACK, *_approval(session)],
        interactive=not session.target.rehearsal,
        variables={
            "DEPLOY_LOCAL_STATES": str(states),
            "DEPLOY_IMPORT_STATE_BUCKET": "true" if adopt else "false",
        },
    )


def _wait_until_served(outputs: Outputs) -> None:
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


def _deregister_task_definitions(family: str) -> None:
    """Terraform leaves them registered, for rollbacks; without the service nothing needs them."""
    ecs = boto3.client("ecs")
    for page in ecs.get_paginator("list_task_definitions").paginate(familyPrefix=family):
        for arn in page["taskDefinitionArns"]:
            ecs.deregister_task_definition(taskDefinition=arn)


def _forget_local_states(session: Session) -> None:
    shutil.rmtree(_local_states(session), ignore_errors=True)
    # Another target's bootstrap may be under way beside it.
    with contextlib.suppress(OSError):
        BOOTSTRAP_DIRECTORY.rmdir()


def _local_states(session: Session) -> Path:
    return BOOTSTRAP_DIRECTORY / session.target.state_bucket


def _migrating(session: Session) -> dict[str, str]:
    """Terraform moves a state only when it may remember where the state was before."""
    return {"TF_CLI_ARGS_init": session.variables["TF_CLI_ARGS_init"].replace("-reconfigure", "").strip()}


def _approval(session: Session) -> list[str]:
    return ["--auto-approve"] if session.target.rehearsal else []


def _refuse_locked(s3: "S3Client", session: Session) -> None:
    for stack in (STATE_STACK, session.name):
        if lock := lock_of(s3, session.target, stack):
            raise CommandError(
                f"the state of {stack} is locked by {lock.holder}; wait for that run to end, or, if it was killed, "
                f"remove its lock with 'make unlock{make_arguments(session)}'"
            )


def refuse_protected(session: Session) -> None:
    """Half of an environment would be gone before AWS refuses the protected rest."""
    environment = session.prepared.environment
    protected = {
        "load_balancer.deletion_protection": environment.load_balancer.deletion_protection,
        "database.deletion_protection": environment.database.deletion_protection,
    }
    if keys := [key for key, on in protected.items() if on]:
        instead = "; or 'make rehearsal-stop' to forget the whole rehearsal" if session.target.rehearsal else ""
        raise CommandError(
            f"{session.description} is protected from destruction: set {' and '.join(keys)} to false in "
            f"environments/{session.name}.yaml, deploy that, then destroy{instead}"
        )


def _outcome(session: Session, said: list[str]) -> str:
    if not said:
        # On AWS cdktf talks to the person itself, who may have dismissed the plan; it ends in the same way.
        return "As it is now"
    return "Nothing was changed" if found_no_changes(said, session.name) else "Deployed"
