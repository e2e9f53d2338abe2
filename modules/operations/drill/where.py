"""The target that a report names."""

from collections.abc import Mapping
from typing import Any

from modules.target import Target


def where(target: Target, rehearsal_status: Mapping[str, Any] | None) -> dict[str, Any]:
    """`target` and `rehearsal` of a drill's settings.

    Args:
        rehearsal_status: what a rehearsal says of itself; None on AWS.

    Raises:
        ValueError: a rehearsal that says nothing of itself, or AWS with a rehearsal's status.
    """
    if target.rehearsal != (rehearsal_status is not None):
        raise ValueError(
            "the target is the rehearsal, but its status is not given"
            if target.rehearsal
            else f"the target is {target}, but the status of a rehearsal is given"
        )
    if rehearsal_status is None:
        return {"target": f"{target}, {target.region}", "rehearsal": None}
    pace = rehearsal_status["settings"]["pace"]
    times = "with AWS's own waits" if pace == 1 else f"with AWS's waits {pace:g} times shorter"
    return {"target": f"{target}, {times}", "rehearsal": {"pace": pace, "settings": rehearsal_status["settings"]}}
