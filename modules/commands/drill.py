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
from modules.operations.drill.report import Report
from modules.operations.drill.run import RefusedError, run
from modules.operations.drill.scorecard import scorecard
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
        report = run(settings, tools)
    except (RefusedError, AbortError) as error:
        raise CommandError(str(error)) from error
    print(_shown(report))
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
    rows = scorecard(FOLDER)
    if not rows:
        print("No drill so far.")
    for row in rows:
        degraded, full = (
            "-" if seconds is None else f"{seconds:.1f} s"
            for seconds in (row.rto_degraded_seconds, row.rto_full_seconds)
        )
        where = f"{row.target}  {'; '.join(row.wrong)}".rstrip()
        print(f"{row.name}  {row.outcome}  degraded {degraded}  full {full}  {where}")


def _rehearsal_status(session: Session) -> dict[str, Any] | None:
    if not session.target.rehearsal:
        return None
    rehearsal = lifecycle.running(Path(session.variables["REHEARSAL_DIRECTORY"]))
    if rehearsal is None:
        raise CommandError("no rehearsal is running: make deploy")
    return status.read(rehearsal)


def _shown(report: Report) -> str:
    lines = [f"{report.outcome}: {'; '.join(report.reasons)}"]
    if report.verdict:
        lines.append(f"{'':<26}{'predicted':>18}{'measured':>12}{'objective':>12}")
        for one in report.verdict.comparisons:
            predicted = f"{one.predicted.least:.0f} to {one.predicted.most:.0f}" if one.predicted else ""
            measured = "" if one.measured is None else f"{one.measured:.1f}"
            objective = "" if one.objective is None else f"{one.objective:g}"
            lines.append(f"{one.name.replace('_', ' '):<26}{predicted:>18}{measured:>12}{objective:>12}")
    return "\n".join(lines)
