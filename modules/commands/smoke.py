"""`make smoke`."""

import asyncio
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from functools import partial

from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.litellm_file import REHEARSAL_MODEL
from modules.operations.closed_rules import closed_rules
from modules.operations.examination.checklist import failed
from modules.operations.examination.finding import Finding, examine
from modules.operations.examination.shown import shown
from modules.operations.gateway import find_gateway
from modules.operations.smoke import smoke
from modules.runbook import open_runbook

WIDEST = 120


def run_smoke(session: Session) -> None:
    """Asks the deployment a handful of questions.

    Raises:
        NotDeployedError: there is nobody to ask.
        CommandError: something does not serve as it should.
    """
    model = model_of(session, os.environ)
    print(f"Asking {session.description}", flush=True)
    found = asyncio.run(smoke_of(session, model))
    print(shown(found, min(WIDEST, shutil.get_terminal_size((WIDEST, 0)).columns)))
    if wrong := failed(found):
        raise CommandError(f"{session.description} does not serve as it should: {', '.join(wrong)}")


async def smoke_of(session: Session, model: str) -> dict[str, list[Finding]]:
    """To be called after `enter`."""
    deployment = open_runbook(session.name)
    client = deployment.session.client
    answered = await smoke(
        find_gateway(deployment),
        model=model,
        marker=uuid.uuid4().hex,
        load_balancer=session.prepared.environment.load_balancer,
        rehearsal=session.target.rehearsal,
        clock=time.monotonic,
    )
    if session.environment.load_balancer.admin_paths_open:
        return answered
    # What strangers get cannot be asked from an operator's address.
    rules = partial(closed_rules, client("ecs"), client("elbv2"), deployment.outputs)
    return {**answered, **examine({"strangers": rules})}


def model_of(session: Session, variables: Mapping[str, str]) -> str:
    """
    Raises:
        CommandError: on AWS nobody but the operator knows which model may be asked.
    """
    model = variables.get("MODEL", "")
    if not model and not session.target.rehearsal:
        raise CommandError("TARGET is aws: say which model is asked, with MODEL=name; two short questions")
    return model or REHEARSAL_MODEL
