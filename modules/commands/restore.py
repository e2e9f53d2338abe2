"""`make restore`."""

import os
from collections.abc import Mapping
from typing import Any

import boto3

from modules.commands.errors import CommandError
from modules.commands.person import confirm
from modules.commands.runs import run_and_archive
from modules.commands.session import Session
from modules.litellm_file import REHEARSAL_MODEL
from modules.operations.outputs import read_outputs
from modules.operations.restore.request import LATEST

ANSWERS = {"yes": True, "no": False}


def restore(session: Session) -> None:
    """Brings the database back as it was at a moment, by the runbook's notebook."""
    parameters = parameters_of(session, os.environ)
    read_outputs(boto3.client("s3"), session.target, session.name)
    confirm(session, "This puts a restored database in the place of the one of")
    run_and_archive(session, "restore", parameters)


def parameters_of(session: Session, variables: Mapping[str, str]) -> dict[str, Any]:
    """Of the notebook, from what was said to `make`.

    Raises:
        CommandError: something is missing, or is none of the values that are allowed.
    """
    rehearsal = session.target.rehearsal
    at = variables.get("AT") or (LATEST if rehearsal else "")
    if not at:
        raise CommandError(f"TARGET is aws: say to which moment, with AT={LATEST} or a time as AT=2027-01-15T08:00:00Z")
    model = variables.get("MODEL") or (REHEARSAL_MODEL if rehearsal else "")
    if not model:
        raise CommandError("TARGET is aws: say which model is asked whether it answers again, with MODEL=name")
    mark = variables.get("MARK") or ("yes" if rehearsal and at == LATEST else "no")
    if mark not in ANSWERS:
        raise CommandError(f"MARK is {mark!r}; allowed: {', '.join(ANSWERS)}")
    if ANSWERS[mark] and at != LATEST:
        raise CommandError(f"MARK=yes writes rows now, which no earlier moment has: leave it out, or AT={LATEST}")
    return {
        "ENVIRONMENT": session.name,
        "AT": at,
        "MARK": ANSWERS[mark],
        "MODEL": model,
        "CONFIRMED": "" if rehearsal else session.name,
    }
