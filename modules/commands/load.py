"""`make load` and `make calibrate`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from modules.commands.errors import CommandError
from modules.commands.notebook import run_notebook
from modules.commands.person import confirm
from modules.commands.session import ROOT, Session
from modules.environment_file import shown
from modules.litellm_file import LOAD_TEST_MODEL, REHEARSAL_MODEL
from modules.operations.calibration.deployed import NUMBERS, TEXT
from modules.operations.load.result import Result
from modules.operations.load.run import LOADS_FOLDER, RESULT, new_folder
from modules.operations.load.tables import outcome
from modules.operations.load.wish import Wish
from modules.operations.outputs import read_outputs
from modules.planning.capacity.checks import positive
from modules.planning.capacity.closed_loop import Users

FOLDER = ROOT / LOADS_FOLDER
USERS, SECONDS, WARM_UP = 20, 60.0, 10.0


def load(session: Session) -> None:
    """Asks as many questions as the load says, and leaves a page of what came of it."""
    wish, fleet = wish_of(session, os.environ), fleet_of(session, os.environ)
    tokens = "that cost no tokens" if wish.model == LOAD_TEST_MODEL else "of some 4,000 tokens, which cost money"
    confirm(session, f"This asks up to {wish.most_requests:,} questions {tokens}, of")
    parameters = {
        "USERS": wish.load.number if isinstance(wish.load, Users) else 0,
        "REQUESTS_PER_SECOND": 0.0 if isinstance(wish.load, Users) else wish.load,
        "SECONDS": wish.seconds,
        "WARM_UP_SECONDS": wish.warm_up_seconds,
        "FLEET": fleet,
    }
    print(f"Load: {wish} on {session.description}", flush=True)
    folder = _run(session, "load", {**parameters, "MODEL": wish.model})
    result = Result.model_validate_json((folder / RESULT).read_text())
    print(f"\n{outcome(result)}\n\nThe report: {shown(_page(folder))}\nIts evidence: {shown(folder)}")
    if not result.law.holds:
        raise CommandError(f"the {result.law.name} does not hold: {result.law.wrong}")


def calibrate(session: Session) -> None:
    """Fits the capacity model to the running fleet, and leaves a page that shows how well it predicts."""
    try:
        positive(
            SECONDS=(seconds := number_of("SECONDS", os.environ, SECONDS)),
            WARM_UP=(warm_up := number_of("WARM_UP", os.environ, WARM_UP)),
        )
        saturating = number_of("SATURATING_USERS", os.environ, 0)
        if saturating < 0:
            raise CommandError(f"SATURATING_USERS is {saturating:g}; it should be a number of users, or left out")
    except ValueError as error:
        raise CommandError(str(error)) from None
    model = model_of(session, os.environ)
    confirm(session, "This saturates, and asks as much as it can answer in ten minutes, at 4,000 tokens a question, of")
    print(f"Calibration: {session.description}", flush=True)
    folder = _run(
        session,
        "calibrate",
        {
            "MODEL": model,
            "SECONDS": seconds,
            "WARM_UP_SECONDS": warm_up,
            "SATURATING_USERS": saturating,
        },
    )
    print(f"\n{(folder / TEXT).read_text()}\nThe report: {shown(_page(folder))}\nIts evidence: {shown(folder)}")
    numbers = json.loads((folder / NUMBERS).read_text())
    if not numbers["holds"]:
        raise CommandError(f"the model does not hold on this fleet: {numbers['sentence']}")


def wish_of(session: Session, variables: Mapping[str, str]) -> Wish:
    """
    Raises:
        CommandError: what was said to `make` means nothing.
    """
    users, rate = variables.get("USERS", ""), variables.get("RATE", "")
    if users and rate:
        raise CommandError(
            f"USERS is {users} and RATE is {rate}: state one of them. USERS wait for their answers and "
            "think; with RATE questions come however long answers take"
        )
    if users and not users.isdigit():
        raise CommandError(f"USERS is {users!r}; it should be a whole number above 0")
    try:
        return Wish(
            load=number_of("RATE", variables, 0) if rate else Users(number=int(users or USERS)),
            seconds=number_of("SECONDS", variables, SECONDS),
            warm_up_seconds=number_of("WARM_UP", variables, WARM_UP),
            model=model_of(session, variables),
        )
    except ValueError as error:
        raise CommandError(str(error)) from None


def model_of(session: Session, variables: Mapping[str, str]) -> str:
    """
    Raises:
        CommandError: on AWS, where an answer costs tokens, nobody has named one, and there is none for load tests.
    """
    model = variables.get("MODEL", "")
    if not model and not session.target.rehearsal and session.prepared.environment.load_test:
        return LOAD_TEST_MODEL
    if not model and not session.target.rehearsal:
        raise CommandError("TARGET is aws: say which model is asked, with MODEL=name; each question has 4,000 tokens")
    return model or REHEARSAL_MODEL


def fleet_of(session: Session, variables: Mapping[str, str]) -> bool:
    """Whether machines beside the gateway ask, instead of this one.

    Raises:
        CommandError: there are none.
    """
    said = variables.get("FLEET", "")
    if said not in ("", "yes", "no"):
        raise CommandError(f"FLEET is {said!r}; it should be yes or no")
    if said != "yes":
        return False
    if session.target.rehearsal:
        raise CommandError("FLEET is yes: those machines are Fargate's, and a rehearsal has none; leave it out")
    if session.prepared.environment.load_test is None:
        raise CommandError(
            f"FLEET is yes, but {session.name} has no machines for a load test: add 'load_test: {{}}' to "
            f"environments/{session.name}.yaml and deploy it"
        )
    return True


def number_of(name: str, variables: Mapping[str, str], otherwise: float) -> float:
    """
    Raises:
        CommandError: it is none.
    """
    said = variables.get(name, "")
    try:
        return float(said) if said else otherwise
    except ValueError:
        raise CommandError(f"{name} is {said!r}; it should be a number") from None


def _run(session: Session, notebook: str, parameters: dict[str, Any]) -> Path:
    """Leaves the page, unless nothing was measured that it could show."""
    read_outputs(boto3.client("s3"), session.target, session.name)
    folder = new_folder(FOLDER, session.name, notebook)
    try:
        own = {"ENVIRONMENT": session.name, "EVIDENCE": str(folder)}
        run_notebook(notebook, {**own, **parameters}, report=_page(folder))
    except CommandError as error:
        if folder.exists():
            raise CommandError(f"{error}\nThe report: {shown(_page(folder))}") from None
        _page(folder).unlink(missing_ok=True)
        raise
    return folder


def _page(folder: Path) -> Path:
    return folder.with_suffix(".html")
