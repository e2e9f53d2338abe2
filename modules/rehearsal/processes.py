"""What the operating system knows of a process, so that a reused process id is never mistaken for ours."""

import os
import subprocess
from pathlib import Path

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


def resident_mib(pid: int) -> float:
    """Memory that the process holds in RAM, in MiB."""
    status = _PROC / str(pid) / "statm"
    if status.exists():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return int(_ps(pid, "rss") or 0) / 2**10


def _ps(pid: int, column: str) -> str | None:
    listed = subprocess.run(["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None
