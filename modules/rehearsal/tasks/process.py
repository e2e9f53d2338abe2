"""A process with all its children, as a container has them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from modules.rehearsal import processes

_RUN = Path(__file__).with_name("run.py")
_SIGNAL_BASE = 128
"""A shell's and a container's exit code of a program that a signal ended: 128 and the signal's number."""
_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ContainerProcess:
    """Runs in a session of its own, of which nobody is left when it has ended."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        """
        Raises:
            OSError: the program cannot be started.
        """
        self._child = subprocess.Popen(
            # A thread's death counts as its parent's, too: this is to be called from one that stays.
            [sys.executable, "-I", "-S", str(_RUN), str(os.getpid()), *arguments],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._child.stdout is not None
        self.output: IO[bytes] = self._child.stdout
        self.pid = self._child.pid
        self.identity = processes.identity(self.pid)
        self.started = time.monotonic()

    def exit_code(self) -> int | None:
        """None: it still runs. Its children end with it."""
        code = self._child.poll()
        if code is None:
            return None
        self.signal(signal.SIGKILL)
        return code if code >= 0 else _SIGNAL_BASE - code

    def signal(self, number: signal.Signals) -> None:
        """To the process and its children."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def terminate(self) -> None:
        """To the first process alone, as the agent sends it; a frozen one gets it when it is thawed."""
        if self._child.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> int:
        self.signal(signal.SIGKILL)
        self._child.wait()
        code = self.exit_code()
        assert code is not None
        return code


def session_usage() -> dict[int, tuple[float, float]]:
    """CPU seconds and MiB in RAM of all processes, by their session's id: a container's is its first process's id."""
    used: dict[int, tuple[float, float]] = {}
    for folder in _PROC.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # proc(5): counted from the state, which is the third field.
        session, cpu_ticks, pages = int(fields[3]), int(fields[11]) + int(fields[12]), int(fields[21])
        seconds, mib = used.get(session, (0.0, 0.0))
        used[session] = (seconds + cpu_ticks / _TICKS_PER_SECOND, mib + pages * _PAGE_BYTES / 2**20)
    return used
