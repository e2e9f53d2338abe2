"""Running the cdktf command line so that a person can read what it says."""

import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

from modules.commands.errors import CommandError
from modules.commands.session import ROOT, TERRAFORM_ALIVE_FILE

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_REDRAWN = re.compile(r"^\s*$|^\d+ Stacks? (deploying|destroying)|^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]\s+\w+ing$")
"""The footer and the spinner, which cdktf draws again with every line."""


def run_cdktf(
    arguments: list[str],
    *,
    interactive: bool,
    variables: Mapping[str, str] | None = None,
    tell: Callable[[str], str] = str,
) -> list[str]:
    """Runs `cdktf`; see `run_tool`."""
    command = [str(ROOT / "node_modules/.bin/cdktf"), *arguments]
    return run_tool(command, f"cdktf {arguments[0]}", interactive=interactive, variables=variables, tell=tell)


def run_tool(
    command: list[str],
    name: str,
    *,
    interactive: bool,
    variables: Mapping[str, str] | None = None,
    tell: Callable[[str], str] = str,
) -> list[str]:
    """Runs a tool that may start Terraform in the project's folder, waits, and returns the lines that it printed, none
    when interactive.

    Args:
        name: of the tool, for an error.
        interactive: leave it the terminal, so that it can ask for approval.
        tell: makes of a line what the person is told.

    Raises:
        CommandError: it failed; what it said is on the terminal.
    """
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        stdin=None if interactive else subprocess.DEVNULL,
        stdout=None if interactive else subprocess.PIPE,
        stderr=None if interactive else subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    # Ctrl-C reaches cdktf and Terraform as well, which then finish what runs and release the lock: wait for them.
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if process.stdout:
            for line in readable(process.stdout):
                said.append(line)
                sys.stdout.write(f"{tell(line)}\n")
                sys.stdout.flush()
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    wait_for_terraform()
    if code != 0:
        raise CommandError(f"{name} ended with exit code {code}; the reason is above")
    return said


def found_no_changes(said: Iterable[str], stack: str) -> bool:
    """Whether Terraform said of this stack that there was nothing to do.

    cdktf puts the stack's name before the first line of what it prints for it, and indents the lines that follow.
    """
    speaking = ""
    for line in said:
        if line and not line[0].isspace():
            speaking = line.split()[0]
        if speaking == stack and "No changes." in line:
            return True
    return False


def wait_for_terraform() -> None:
    """Waits until no Terraform that was started here is alive; after an interruption one still saves its state."""
    with TERRAFORM_ALIVE_FILE.open("w") as alive:
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Terraform finishes what it has begun, saves the state and releases its lock ...", flush=True)
            fcntl.flock(alive, fcntl.LOCK_EX)


def readable(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a cdktf that draws for a terminal, without what it draws again and again."""
    for line in lines:
        for part in _ESCAPES.sub("", line).replace("\r", "\n").split("\n"):
            if not _REDRAWN.match(part):
                yield part.rstrip()
