"""`make drill-task`, `drill-az`, `drill-rds`, `drill-abort` and `drills`."""

import sys
import time
from pathlib import Path
from typing import Any

import boto3

from modules.commands.errors import CommandError
from modules.commands.session import ROOT, Session
from modules.environment_file import shown
from modules.litellm_file import REHEARSAL_MODEL
from modules.operations.drill.abort import AbortError, abort as abort_experiments
from modules.operations.drill.prepare import DRILLS_FOLDER, DrillName, Wish, prepare
from modules.operations.drill.run import RefusedError, run
from modules.operations.drill.scorecard import scorecard
from modules.operations.drill.tables import all_drills, expectations, outcome
from modules.operations.outputs import read_outputs
from modules.rehearsal import lifecycle, status

FOLDER = ROOT / DRILLS_FOLDER


def drill(session: Session, name: DrillName) -> None:
    """Breaks something on purpose and says how long it took to recover."""
    outputs = read_outputs(boto3.client("s3"), session.target, session.name)
    try:
        settings, tools = prepare(
            name,
            session.prepared.environment,
            session.target,
            outputs,
            Wish(model=REHEARSAL_MODEL),
            session=boto3.Session(),
            drills=FOLDER,
            rehearsal_status=_rehearsal_status(session),
            confirm=input if sys.stdin.isatty() else None,
            say=lambda line: print(line, flush=True),
        )
        print(expectations(settings))
        report = run(settings, tools)
    except (RefusedError, AbortError) as error:
        raise CommandError(str(error)) from error
    print(outcome(report))
    print(f"Evidence: {shown(tools.evidence.folder)}")
    if report.outcome != "pass":
        raise CommandError(f"the drill's outcome is {report.outcome}")


def abort(session: Session) -> None:
    """Ends every experiment of the environment."""
    outputs = read_outputs(boto3.client("s3"), session.target, session.name)
    try:
        for line in abort_experiments(
            boto3.client("fis"), tuple((outputs.fault_templates or {}).values()), sleep=time.sleep
        ):
            print(line)
    except AbortError as error:
        raise CommandError(str(error)) from error


def show_scorecard(_: Session) -> None:
    """A line for each drill so far."""
    print(all_drills(scorecard(FOLDER)))


def _rehearsal_status(session: Session) -> dict[str, Any] | None:
    if not session.target.rehearsal:
        return None
    rehearsal = lifecycle.running(Path(session.variables["REHEARSAL_DIRECTORY"]))
    if rehearsal is None:
        raise CommandError("no rehearsal is running: make deploy")
    return status.read(rehearsal)
