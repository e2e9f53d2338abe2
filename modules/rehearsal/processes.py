"""What the operating system knows of a process, so that a reused process id is never mistaken for ours."""

import contextlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

import psutil

_PROC = Path("/proc")


def identity(pid: int) -> str | None:
    """The start time of a live process; two processes that shared an id differ in it. None: it does not run."""
    if not (_PROC / "self" / "stat").exists():
        return _ps(pid, "lstart")
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The command stands in parentheses and may itself contain spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, threads, start_time = fields[0], int(fields[17]), fields[19]
    # The first thread is a zombie before the last one has let go of the process's sockets.
    return None if state == "Z" and threads <= 1 else start_time


def memory_mib(pids: Iterable[int], *, and_children: bool = True) -> float:
    """What the processes hold in RAM, with all that they started; what several share is counted once where the system
    tells (Linux: proportional set size)."""
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            found |= {one.pid: one for one in [process, *(process.children(recursive=True) if and_children else [])]}
    return sum(_mib(process) for process in found.values())


def _mib(process: psutil.Process) -> float:
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return 0
    return float(getattr(memory, "pss", memory.rss)) / 2**20


def _ps(pid: int, column: str) -> str | None:
    listed = subprocess.run(["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None
