"""A plan of Terraform's as data, made without changing anything and without holding up a run that is under way."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from modules.commands.cdktf import run_tool
from modules.commands.errors import CommandError
from modules.commands.session import ROOT, Session

SYNTHESIZED = ROOT / "cdktf.out"


def plan_of(session: Session) -> dict[str, Any]:
    """What `terraform show -json` says of a new plan; see `save_plan`."""
    with tempfile.TemporaryDirectory() as scratch:
        return save_plan(session, Path(scratch) / "plan")


def save_plan(session: Session, file: Path) -> dict[str, Any]:
    """Plans the environment's stack, which is synthesized for it, and returns what `terraform show -json` says.

    To be called after `enter`. The state is not locked: this reads alone.

    Args:
        file: takes the plan, secrets included, for `apply_plan`.

    Raises:
        CommandError: the stack cannot be synthesized or planned; the message has the tool's words.
    """
    _run([sys.executable, "main.py"], "the synthesis", {"CDKTF_OUTDIR": str(SYNTHESIZED)})
    _terraform(session, "init", "-input=false")
    _terraform(session, "plan", "-input=false", "-lock=false", f"-out={file}")
    return shown_plan(session, file)


def shown_plan(session: Session, file: Path) -> dict[str, Any]:
    """What `terraform show -json` says of a plan that was made in the stack's folder."""
    shown: dict[str, Any] = json.loads(_terraform(session, "show", "-json", str(file)))
    return shown


def apply_plan(session: Session, file: Path, tell: Callable[[str], str]) -> None:
    """Applies a plan that was saved, which Terraform refuses when something has been changed since.

    Args:
        tell: makes of a line of Terraform's what the person is told.

    Raises:
        CommandError: it failed; what Terraform said is on the terminal.
    """
    chdir = f"-chdir={SYNTHESIZED / 'stacks' / session.name}"
    command = [session.variables["TERRAFORM_BINARY_NAME"], chdir, "apply", "-input=false", "-no-color", str(file)]
    run_tool(command, "terraform apply", interactive=False, tell=tell)


def versions_of(session: Session) -> dict[str, Any]:
    """What `terraform version -json` says where the stack was planned."""
    said: dict[str, Any] = json.loads(_terraform(session, "version", "-json"))
    return said


def _terraform(session: Session, command: str, *arguments: str) -> str:
    color = [] if command in ("show", "version") else ["-no-color"]
    return _run(
        ["terraform", f"-chdir={SYNTHESIZED / 'stacks' / session.name}", command, *color, *arguments],
        f"terraform {command}",
        {},
    )


def _run(command: Sequence[str], what: str, variables: dict[str, str]) -> str:
    ran = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if ran.returncode != 0:
        raise CommandError(f"{what} failed:\n{(ran.stderr or ran.stdout).strip()}")
    return ran.stdout
