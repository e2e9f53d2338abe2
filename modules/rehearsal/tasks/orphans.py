"""Processes of a rehearsal that was killed, which the next start or stop in its directory ends."""

import contextlib
import json
import os
import shutil
import signal
from pathlib import Path

from modules.rehearsal import processes

FOLDER = "tasks"
"""In the rehearsal's directory."""
_FILE = "processes.json"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class ProcessRecord:
    """The file that names every process that runs, with what tells it from a later one of the same id."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self._known: dict[int, str] = {}

    def add(self, pid: int, identity: str | None) -> None:
        if identity is not None:
            self._known[pid] = identity
            self._write()

    def remove(self, pid: int) -> None:
        if self._known.pop(pid, None) is not None:
            self._write()

    def _write(self) -> None:
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps({"boot": _boot(), "processes": self._known}))
        unfinished.rename(self._file)


def clean(directory: Path) -> None:
    """Ends what a killed rehearsal left running in this directory, and removes its tasks' files."""
    folder = directory / FOLDER
    with contextlib.suppress(FileNotFoundError, ValueError):
        recorded = json.loads((folder / _FILE).read_text())
        if recorded["boot"] == _boot():
            for pid, identity in recorded["processes"].items():
                _end(int(pid), identity)
    shutil.rmtree(folder, ignore_errors=True)


def _end(pid: int, identity: str) -> None:
    """The kernel ends a container's first process with the rehearsal, but not the workers that it started. As long as
    they live, their session's id is given to no other process."""
    if processes.identity(pid) in (identity, None):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _boot() -> str:
    return _BOOT.read_text().strip() if _BOOT.exists() else ""
