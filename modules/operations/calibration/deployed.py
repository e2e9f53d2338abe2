"""Calibration of what is deployed."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from modules.operations.calibration import tables
from modules.operations.calibration.campaign import Calibration, calibrate
from modules.operations.deployment import Deployment
from modules.operations.gateway import find_gateway
from modules.operations.load.result import Result
from modules.operations.load.run import run
from modules.operations.load.wish import Wish
from modules.planning.capacity.closed_loop import Users

NUMBERS, TEXT = "calibration.json", "calibration.txt"


def workers_of(deployment: Deployment) -> int:
    """LiteLLM workers that serve at the moment."""
    outputs, own = deployment.outputs, deployment.environment.service.workers
    ecs = deployment.session.client("ecs")
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    if deployment.rehearsal_status:
        own = min(own, int(deployment.rehearsal_status["settings"]["workers_per_task"]))
    return service["runningCount"] * own


def calibrate_deployed(
    deployment: Deployment,
    folder: Path,
    *,
    model: str,
    seconds: float,
    warm_up_seconds: float,
    saturating_users: float | None = None,
    say: Callable[[str], None] = print,
) -> Calibration:
    """
    Args:
        saturating_users: None to have a pilot find them.
        folder: is made, and keeps a folder for each run, the calibration's numbers and its tables.

    Raises:
        CalibrationError, LoadError: nothing can be said of this fleet.
    """
    gateway = find_gateway(deployment)

    def measure(users: Users, seconds: float) -> Result:
        wish = Wish(load=users, seconds=seconds, warm_up_seconds=warm_up_seconds, model=model)
        name = f"{time.strftime('%H%M%S', time.gmtime())}-{users.number}-users"
        return run(wish, gateway, folder / name, say=lambda _: None).result

    found = calibrate(
        measure, lambda: workers_of(deployment), seconds=seconds, saturating_users=saturating_users, say=say
    )
    (folder / NUMBERS).write_text(json.dumps(numbers(found), indent=2) + "\n")
    text = f"{tables.comparison(found)}\n\n{tables.worker(found)}\n\nFor `capacity`:\n{tables.for_capacity(found)}\n"
    (folder / TEXT).write_text(text)
    return found


def numbers(found: Calibration) -> dict[str, Any]:
    """What a script wants of it; seconds, and requests per second."""
    return {
        "holds": found.holds,
        "sentence": tables.sentence(found),
        "workers": found.workers,
        "worker": asdict(found.worker),
        "pilot": asdict(found.pilot) if found.pilot else None,
        "saturating_users": found.saturating_users,
        "points": [
            {
                "users": point.result.users,
                "verdict": found.verdict(point),
                "measured": point.measurement.values,
                "predicted": {name: one.predicted for name, one in found.of(point).items()},
            }
            for point in found.points
        ],
    }
