"""`make scale`."""

import os
from collections.abc import Mapping
from typing import Any

import boto3

from modules.commands.errors import CommandError
from modules.commands.person import confirm
from modules.commands.runs import run_and_archive
from modules.commands.session import Session
from modules.operations.outputs import read_outputs

NUMBERS = ("TASKS", "MINIMUM_TASKS", "MAXIMUM_TASKS")


def scale(session: Session) -> None:
    """Shows what runs and what the model and the recorded hours say of it; changes what was asked for."""
    parameters = parameters_of(session, os.environ)
    read_outputs(boto3.client("s3"), session.target, session.name)
    if any(parameters[number] for number in NUMBERS):
        confirm(session, "This changes the number of tasks of")
    run_and_archive(session, "scale", parameters)


def parameters_of(session: Session, variables: Mapping[str, str]) -> dict[str, Any]:
    """Of the notebook, from what was said to `make`.

    Raises:
        CommandError: something is no number.
    """
    said = {name: variables.get(name) or "0" for name in NUMBERS}
    for name, text in said.items():
        if not text.isdigit():
            raise CommandError(f"{name} is {text!r}; it should be a number of tasks")
    hours = variables.get("HOURS") or "24"
    if not hours.isdigit() or not 1 <= int(hours) <= 360:
        raise CommandError(f"HOURS is {hours!r}; it should be a number of hours from 1 to 360")
    return {
        "ENVIRONMENT": session.name,
        **{name: int(text) for name, text in said.items()},
        "HOURS": int(hours),
        "CONFIRMED": "" if session.target.rehearsal else session.name,
    }
