"""What a running PostgreSQL takes of the machine, in RDS's terms."""

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def process_ids(postmaster: int) -> list[int]:
    """The server's process and its direct children: every session and worker of PostgreSQL is one."""
    try:
        children = (_PROC / str(postmaster) / "task" / str(postmaster) / "children").read_text().split()
    except OSError:
        return []
    return [postmaster, *map(int, children)]


def cpu_seconds(postmaster: int) -> float:
    """What all of the server's processes have used so far, those that have ended included."""
    ticks = 0
    for pid in process_ids(postmaster):
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # User and system time; the server's own of the children that it has waited for, too.
        ticks += sum(int(field) for field in fields[11 : 15 if pid == postmaster else 13])
    return ticks / _TICKS_PER_SECOND


def memory_mib(postmaster: int) -> float:
    """RAM of all its processes; what they share is counted once."""
    total_kib = 0
    for pid in process_ids(postmaster):
        try:
            lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total_kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kib / 1024


def folder_bytes(folder: Path) -> int:
    """What is stored in the folder; a file that is deleted meanwhile counts as nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).lstat().st_size
            except OSError:
                continue
    return total
