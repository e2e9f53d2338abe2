"""Deploying and destroying an environment with cdktf."""

from typing import TYPE_CHECKING

import boto3

from modules.commands.bootstrap import deploy_stacks
from modules.commands.cdktf import found_no_changes, run_cdktf
from modules.commands.errors import CommandError
from modules.commands.serving import wait_until_tasks_serve
from modules.commands.session import Session
from modules.commands.state import holds_resources, lock_key, lock_of
from modules.commands.summary import make_arguments, summary
from modules.commands.unfinished import leaving_a_page
from modules.operations.outputs import read_outputs
from modules.target import STATE_STACK

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def deploy(session: Session) -> None:
    """Puts the environment on its target, and before it, once, the bucket of its state."""
    s3 = boto3.client("s3")
    _refuse_locked(s3, session)
    print(f"Deploying {session.description}", flush=True)
    with leaving_a_page(s3, session) as progress:
        said = deploy_stacks(
            s3, session, [STATE_STACK, session.name], approved=session.target.rehearsal, tell=progress.read
        )
        outputs = read_outputs(s3, session.target, session.name)
        wait_until_tasks_serve(session, outputs)
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


def _deregister_task_definitions(family: str) -> None:
    """Terraform leaves them registered, for rollbacks; without the service nothing needs them."""
    ecs = boto3.client("ecs")
    for page in ecs.get_paginator("list_task_definitions").paginate(familyPrefix=family):
        for arn in page["taskDefinitionArns"]:
            ecs.deregister_task_definition(taskDefinition=arn)


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
