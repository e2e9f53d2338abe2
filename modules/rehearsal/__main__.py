"""`python -m modules.rehearsal start|stop|status|serve`: the rehearsal from a shell."""

import argparse
import sys
import time
from datetime import timedelta
from pathlib import Path

from modules.rehearsal import lifecycle, processes


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m modules.rehearsal", description=__doc__)
    parser.add_argument("command", choices=["start", "stop", "status", "serve"])
    parser.add_argument("--directory", type=Path, default=Path(".rehearsal"), help="where its state and log are")
    parser.add_argument("--port", type=int, help="start, serve: this port and no other")
    chosen = parser.parse_args(arguments)
    try:
        return _run(chosen.command, chosen.directory, chosen.port)
    except lifecycle.RehearsalError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _run(command: str, directory: Path, port: int | None) -> int:
    if command == "serve":
        from modules.rehearsal.server import serve

        serve(directory, port)
    elif command == "start":
        rehearsal = lifecycle.start(directory, port)
        sys.stdout.write(f"{rehearsal.url}  (process {rehearsal.pid}, log {rehearsal.log})\n")
    elif command == "stop":
        stopped = lifecycle.stop(directory)
        sys.stdout.write("stopped\n" if stopped else "nothing was running\n")
    else:
        sys.stdout.write(_status(directory))
    return 0


def _status(directory: Path) -> str:
    rehearsal = lifecycle.running(directory)
    record = lifecycle.Record.read(directory)
    if rehearsal is None or record is None:
        died = f"; process {record.pid} is gone, its log is in {directory}" if record else ""
        raise lifecycle.RehearsalError(
            f"no rehearsal runs in {directory}{died}: start one with `python -m modules.rehearsal start`"
        )
    return (
        f"url     {rehearsal.url}\n"
        f"pid     {rehearsal.pid}\n"
        f"uptime  {timedelta(seconds=round(time.time() - record.started))}\n"
        f"log     {rehearsal.log}\n"
        f"memory  {processes.resident_mib(rehearsal.pid):.0f} MiB\n"
    )


if __name__ == "__main__":
    sys.exit(main())
