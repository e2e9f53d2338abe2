"""Processes of a rehearsal that was killed, which the next one in its directory ends."""

import json
import os
import signal
from pathlib import Path

from modules.rehearsal import processes
from modules.rehearsal.tasks.process import ContainerProcess


class ProcessRecord:
    """The file that names every process that was started, with what tells it from a later one of the same id."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[int, str] = {}

    def add(self, process: ContainerProcess) -> None:
        if process.identity is not None:
            self._known[process.pid] = process.identity
            self._write()

    def remove(self, pid: int) -> None:
        if self._known.pop(pid, None) is not None:
            self._write()

    def end_orphans(self) -> None:
        try:
            recorded = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return
        for pid, identity in recorded.items():
            if processes.identity(int(pid)) == identity:
                os.killpg(int(pid), signal.SIGKILL)
        self._file.unlink()

    def _write(self) -> None:
        self._file.write_text(json.dumps(self._known))
