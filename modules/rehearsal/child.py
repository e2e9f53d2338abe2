"""A part's own process: started with the part, started again when it dies, and never outliving the rehearsal."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]
_STOP_SECONDS = 5
_RESTART_SECONDS = 1
_PR_SET_PDEATHSIG = 1


class Child:
    """Runs a command, which has to see to it that it ends with the thread that starts it.

    Attributes:
        starts: how often it was started.
        last_exit_code: of the process before this one; negative: the signal that ended it. None: it never ended.
    """

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.starts = 0
        self.last_exit_code: int | None = None
        self._command = command
        self._leave = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        # The kernel ends the process with the thread that started it: this thread lives as long as the part.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @staticmethod
    def of_module(module: str, arguments: Sequence[str]) -> "Child":
        """Runs `python -m <module> <arguments>`; the module calls `end_with` what it is given as `--parent`."""
        return Child(module, [sys.executable, "-m", module, *arguments, "--parent", str(os.getpid())])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the process is gone: SIGTERM, then SIGKILL."""
        self._leave.set()
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            process = self._process
            if process is not None and process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal_number)
            if self._thread.ident is not None:
                self._thread.join(_STOP_SECONDS)

    @property
    def pid(self) -> int | None:
        """None: it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def process_ids(self) -> list[int]:
        pid = self.pid
        return [] if pid is None else [pid]

    def failure(self) -> str | None:
        if self._leave.is_set() or self.pid is not None or self.starts == 0:
            return None
        return f"its process ended with exit code {self.last_exit_code} and is started again; see the rehearsal's log"

    def status(self) -> dict[str, int | None]:
        return {"pid": self.pid, "restarts": max(self.starts - 1, 0), "last_exit_code": self.last_exit_code}

    def _run(self) -> None:
        path = os.pathsep.join(filter(None, [str(_PROJECT), os.environ.get("PYTHONPATH")]))
        while not self._leave.is_set():
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                cwd=_PROJECT,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
            )
            self.starts += 1
            if self._leave.is_set():
                # The part was stopped while the process was started.
                self._process.terminate()
            self.last_exit_code = self._process.wait()
            self._leave.wait(_RESTART_SECONDS)


def end_with(parent_pid: int) -> None:
    """In the child: ends this process when its parent is gone, however the parent ended (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the rehearsal that started this process is gone")
