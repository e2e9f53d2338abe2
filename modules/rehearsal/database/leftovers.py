"""What a rehearsal that was killed has left of its databases; needs nothing but the standard library."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from modules.rehearsal import processes

FOLDER = "database"
_STOP_SECONDS = 10


def clean(directory: Path) -> None:
    """Ends what a rehearsal that was killed has left running in its directory, and deletes its data."""
    folder = directory / FOLDER
    for postmaster_file in folder.glob("*/*/data/postmaster.pid"):
        _end(postmaster_file)
    shutil.rmtree(folder, ignore_errors=True)


def _end(postmaster_file: Path) -> None:
    """Ends the server that wrote the file, if it still runs: after a crash of the rehearsal."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = postmaster_file.read_text().splitlines()
        pid = int(lines[0])
        # The file names the data folder of its server: no other program has that one as its own.
        if Path(f"/proc/{pid}/cwd").resolve() == Path(lines[1]) and processes.identity(pid) is not None:
            os.kill(pid, signal.SIGQUIT)
            deadline = time.monotonic() + _STOP_SECONDS
            while processes.identity(pid) is not None and time.monotonic() < deadline:
                time.sleep(0.02)
    release_shared_memory(postmaster_file)


def release_shared_memory(postmaster_file: Path) -> None:
    """A server that was killed leaves a segment of 56 bytes, which no later one takes over when its data is gone."""
    with contextlib.suppress(OSError, IndexError):
        _, segment = postmaster_file.read_text().splitlines()[6].split()
        subprocess.run(["ipcrm", "--shmem-id", segment], capture_output=True, check=False)
