"""Runbooks' pages, one for each run, beside the executed notebooks."""

import time
from collections.abc import Mapping
from typing import Any

from modules.commands.archive import RUNS, run_file
from modules.commands.errors import CommandError
from modules.commands.notebook import run_notebook
from modules.commands.session import Session
from modules.environment_file import shown


def run_and_archive(session: Session, name: str, parameters: Mapping[str, Any]) -> None:
    """Runs a notebook, and leaves its page whatever becomes of it.

    Raises:
        CommandError: the notebook failed; the message says where the page is.
    """
    page = run_file(RUNS, name, environment=session.name, now=time.time()).with_suffix(".html")
    print(f"{name.replace('_', ' ').capitalize()}: {session.description}", flush=True)
    try:
        run_notebook(name, parameters, report=page)
    except CommandError as error:
        raise CommandError(f"{error}\nThe page: {shown(page)}") from None
    print(f"\nThe page: {shown(page)}")
