"""One run of load on a deployment, from the wish to the result, with its evidence."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from modules.operations.drill.evidence import folder_of
from modules.operations.gateway import Gateway
from modules.operations.load.fleet import Fleet
from modules.operations.load.generator import generate
from modules.operations.load.requests import Request
from modules.operations.load.result import Result, evaluate, measured
from modules.operations.load.wish import Wish

LOADS_FOLDER = Path(".loads")
RESULT = "result.json"


@dataclass(frozen=True, kw_only=True)
class Run:
    """
    Attributes:
        requests: warm-up included.
    """

    began: float
    requests: list[Request]
    result: Result


def new_folder(loads: Path, environment: str, name: str) -> Path:
    """Where a run that begins now leaves its evidence: in the order of the runs."""
    return folder_of(loads, now=time.time(), environment=environment, drill=name)


def run(
    wish: Wish,
    gateway: Gateway,
    folder: Path,
    *,
    fleet: Fleet | None = None,
    say: Callable[[str], None] = print,
) -> Run:
    """
    Args:
        fleet: machines that ask instead of this one.

    Raises:
        LoadError: nothing could be measured.
    """
    began, requests = fleet.generate(wish, folder) if fleet else generate(wish, gateway, folder, say=say)
    result = evaluate(wish, measured(requests, wish, began))
    (folder / RESULT).write_text(f"{result.model_dump_json(indent=2)}\n")
    return Run(began=began, requests=requests, result=result)
