"""`make drill-task`, `drill-az`, `drill-rds`, `drill-abort` and `drills`."""

import os
import signal
import time
from collections.abc import Mapping
from typing import Any

import boto3

from modules.commands.errors import CommandError
from modules.commands.notebook import run_notebook
from modules.commands.person import confirm
from modules.commands.session import ROOT, Session
from modules.environment_file import shown
from modules.litellm_file import REHEARSAL_MODEL
from modules.operations.drill.abort import AbortError, abort as abort_experiments
from modules.operations.drill.choice import DrillName
from modules.operations.drill.evidence import DRILLS_FOLDER, REPORT, folder_of
from modules.operations.drill.report import Report
from modules.operations.drill.scorecard import scorecard
from modules.operations.drill.tables import all_drills, outcome
from modules.operations.outputs import read_outputs

FOLDER = ROOT / DRILLS_FOLDER
ANSWERS = {"yes": True, "no": False}


def drill(session: Session, name: DrillName) -> None:
    """Breaks something on purpose by the runbook's notebook, and leaves its report."""
    templates = _templates(session)
    parameters = parameters_of(session, name, os.environ)
    confirm(session, "This breaks a part of")
    folder = folder_of(FOLDER, now=time.time(), environment=session.name, drill=name)
    page = folder.with_suffix(".html")
    # A lost terminal is to be an end like Ctrl-C, which the notebook's kernel is told of.
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    print(f"Drill {name}: {session.description}", flush=True)
    try:
        run_notebook(f"drill_{name}", {**parameters, "EVIDENCE": str(folder)}, report=page)
    except CommandError as error:
        if folder.exists():
            raise CommandError(f"{error}\nThe report: {shown(page)}") from None
        # Refused before there was a drill to report on.
        page.unlink(missing_ok=True)
        raise
    finally:
        # The notebook's kernel ends its own experiment; when it was killed, this does.
        end_every_experiment(templates)
    report = Report.model_validate_json((folder / REPORT).read_text())
    print(f"\n{outcome(report)}\n\nThe report: {shown(page)}\nIts evidence: {shown(folder)}")
    if report.outcome != "pass":
        raise CommandError(f"the drill's outcome is {report.outcome}")


def abort(session: Session) -> None:
    """Ends every experiment of the environment."""
    end_every_experiment(_templates(session))


def end_every_experiment(templates: tuple[str, ...]) -> None:
    """
    Raises:
        CommandError: something may still be broken; the message says what to do.
    """
    try:
        for line in abort_experiments(boto3.client("fis"), templates, sleep=time.sleep):
            print(line)
    except AbortError as error:
        raise CommandError(str(error)) from None


def show_scorecard() -> None:
    """A line for each drill so far."""
    print(all_drills(scorecard(FOLDER)))


def _templates(session: Session) -> tuple[str, ...]:
    outputs = read_outputs(boto3.client("s3"), session.target, session.name)
    return tuple((outputs.fault_templates or {}).values())


def parameters_of(session: Session, name: DrillName, variables: Mapping[str, str]) -> dict[str, Any]:
    """Of the notebook, from what was said to `make`."""
    model = variables.get("MODEL", "")
    if not model and not session.target.rehearsal:
        raise CommandError("TARGET is aws: say which model the drill asks, with MODEL=name; some 1,500 short questions")
    write = variables.get("WRITE", "yes")
    if write not in ANSWERS:
        raise CommandError(f"WRITE is {write!r}; allowed: {', '.join(ANSWERS)}")
    zone, shift = variables.get("ZONE", ""), variables.get("SHIFT_AFTER", "")
    if (zone or shift) and name != "az":
        raise CommandError("ZONE and SHIFT_AFTER are for drill-az: no other drill cuts a zone off")
    if shift and not shift.isdigit():
        raise CommandError(f"SHIFT_AFTER is {shift!r}; it should be a number of seconds")
    return {
        "ENVIRONMENT": session.name,
        "MODEL": model or REHEARSAL_MODEL,
        "WRITE": ANSWERS[write],
        "CONFIRMED": "" if session.target.rehearsal else session.name,
        **({"ZONE": zone, "SHIFT_AFTER_SECONDS": int(shift) if shift else None} if name == "az" else {}),
    }
