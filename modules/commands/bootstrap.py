"""Deploying stacks, and before the first of them the bucket of their states."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from modules.commands.cdktf import run_cdktf
from modules.commands.session import ROOT, Session
from modules.commands.state import bucket_exists, state_exists
from modules.target import STATE_STACK, state_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BOOTSTRAP_DIRECTORY = ROOT / ".bootstrap"


def deploy_stacks(
    s3: "S3Client", session: Session, stacks: list[str], *, approved: bool, tell: Callable[[str], str] = str
) -> list[str]:
    """Deploys them with cdktf, and returns the lines that it printed: none where it asked a person.

    Args:
        stacks: with the state stack among them.
        approved: whether somebody has agreed already, so that cdktf asks nobody.
        tell: makes of a line what the person is told.

    Raises:
        CommandError: it failed; what it said is on the terminal.
    """
    bootstrapped = state_exists(s3, session.target)
    if not bootstrapped:
        _create_state_bucket(s3, session, approved=approved)
    said = run_cdktf(
        ["deploy", *stacks, *_approval(approved), *([] if bootstrapped else ["--migrate-state"])],
        interactive=not approved,
        variables={} if bootstrapped else _migrating(session),
        tell=tell,
    )
    _forget_local_states(session)
    return said


def _create_state_bucket(s3: "S3Client", session: Session, *, approved: bool) -> None:
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
        ["deploy", STATE_STACK, *_approval(approved)],
        interactive=not approved,
        variables={
            "DEPLOY_LOCAL_STATES": str(states),
            "DEPLOY_IMPORT_STATE_BUCKET": "true" if adopt else "false",
        },
    )


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


def _approval(approved: bool) -> list[str]:
    return ["--auto-approve"] if approved else []
