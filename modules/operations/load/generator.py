"""Runs Locust beside this process, and reads what it has recorded."""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from modules.operations.gateway import Gateway
from modules.operations.load.requests import Request, read
from modules.operations.load.wish import Wish
from modules.planning.capacity.closed_loop import Users

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
REQUESTS = "requests.jsonl"
LOG = "locust.log"
_PROGRESS_SECONDS = 10.0
_LEAVE_SECONDS = 10.0


class LoadError(Exception):
    """Nothing could be measured; the message says why, for a person."""


def generate(
    wish: Wish, gateway: Gateway, folder: Path, *, say: Callable[[str], None] = print
) -> tuple[float, list[Request]]:
    """Puts the load on the gateway, and returns when that began and every request, warm-up included.

    Args:
        folder: is made, and keeps each request as a line of JSON and Locust's log.

    Raises:
        LoadError: Locust ended by itself, or asked nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record, log = (folder / REQUESTS).resolve(), (folder / LOG).resolve()
    record.touch()
    with log.open("w") as written, record.open() as recorded:
        # In its folder no configuration file of somebody's changes what it does.
        process = subprocess.Popen(
            _command(wish, gateway), cwd=folder, env=_variables(wish, gateway, record), stdout=written, stderr=written
        )
        try:
            lines = _follow(process, recorded, say)
        finally:
            _end(process)
    if process.returncode:
        raise LoadError(f"Locust ended with code {process.returncode}: {_last_words(log)}")
    try:
        began, requests = read(lines)
    except ValueError as error:
        raise LoadError(f"{error}; Locust's last words: {_last_words(log)}") from None
    if not requests:
        raise LoadError(f"Locust asked nothing; its last words: {_last_words(log)}")
    return began, requests


def run_options(wish: Wish) -> dict[str, object]:
    """Locust's, for whichever process decides how long a run takes."""
    run_seconds = wish.warm_up_seconds + wish.seconds
    joining_seconds = max(1.0, wish.warm_up_seconds / 2) if isinstance(wish.load, Users) else 1.0
    return {
        "--users": wish.users,
        "--spawn-rate": wish.users / joining_seconds,
        # A second more, so that the last one measured is under the full load.
        "--run-time": f"{math.ceil(run_seconds) + 1}s",
        "--stop-timeout": wish.timeout_seconds,
        "--exit-code-on-error": 0,
        "--loglevel": "WARNING",
    }


def run_variables(wish: Wish, *, processes: int = 1, number: int = 0) -> dict[str, str]:
    """What the locustfile is told of the load.

    Args:
        processes: that share the load; independent arrivals at a part of the rate each are arrivals at the whole.
        number: which of them is told, from 0.
    """
    think = wish.load.think_seconds if isinstance(wish.load, Users) else (0.0, 0.0)
    return {
        "LOAD_MODEL": wish.model,
        "LOAD_SECONDS": str(wish.warm_up_seconds + wish.seconds),
        "LOAD_RATE": "0" if isinstance(wish.load, Users) else str(wish.load / processes),
        "LOAD_THINK_SECONDS": ",".join(map(str, think)),
        "LOAD_TIMEOUT_SECONDS": str(wish.timeout_seconds),
        "LOAD_SEED": str(wish.seed + number),
    }


def _command(wish: Wish, gateway: Gateway) -> list[str]:
    options = {
        "--locustfile": LOCUSTFILE,
        "--host": "https://{}:{}".format(*gateway.address) if gateway.address else gateway.endpoint,
        **run_options(wish),
    }
    words = [str(word) for option in options.items() for word in option]
    return [sys.executable, "-m", "locust", "--headless", "--only-summary", *words]


def _variables(wish: Wish, gateway: Gateway, record: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    return {
        **own,
        **run_variables(wish),
        "LOAD_KEY": gateway.key,
        "LOAD_FILE": str(record),
        "LOAD_HOST_NAME": gateway.endpoint.removeprefix("https://") if gateway.address else "",
        "LOAD_CA_FILE": str(gateway.ca_file.resolve()) if gateway.ca_file else "",
    }


def _follow(process: "subprocess.Popen[bytes]", recorded: Iterator[str], say: Callable[[str], None]) -> list[str]:
    lines: list[str] = []
    while True:
        try:
            process.wait(_PROGRESS_SECONDS)
        except subprocess.TimeoutExpired:
            lines += recorded
            failed = sum('"error": null' not in line for line in lines[1:])
            say(f"{max(0, len(lines) - 1):,} requests, {failed:,} failed")
            continue
        return [*lines, *recorded]


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"
