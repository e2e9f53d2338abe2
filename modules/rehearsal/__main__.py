"""`python -m modules.rehearsal start|stop|status|serve`: the rehearsal from a shell."""

import argparse
import sys
from pathlib import Path

from modules.rehearsal import lifecycle, status


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
    if rehearsal is None:
        record = lifecycle.Record.read(directory)
        died = f"; process {record.pid} is gone, its log is in {directory}" if record else ""
        raise lifecycle.RehearsalError(
            f"no rehearsal runs in {directory}{died}: start one with `python -m modules.rehearsal start`"
        )
    return status.shown(status.read(rehearsal))


if __name__ == "__main__":
    sys.exit(main())
