"""The requests of a run as Locust has recorded them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """
    Attributes:
        due: when it was to be sent, in seconds since 1970; a user who thinks sends it then.
        sent: None when it never was.
        finished: when its answer was complete, or it was given up.
        status: of HTTP, where there was an answer.
        error: why it counts as failed; None when it was answered in full.
        overhead_seconds: LiteLLM's own account of what it added (`x-litellm-overhead-duration-ms`), without what
            waited before it was looked at.
    """

    due: float
    sent: float | None
    finished: float
    status: int | None = None
    error: str | None = None
    overhead_seconds: float | None = None

    @property
    def succeeded(self) -> bool:
        return self.error is None

    @property
    def latency_seconds(self) -> float:
        """From the moment it was due, so that no wait in the load generator is left out."""
        return self.finished - self.due


def read(lines: Iterable[str]) -> tuple[float, list[Request]]:
    """When the run began, and its requests in the order in which they were due.

    Raises:
        ValueError: the run never began, or a line is not one of a run.
    """
    began, requests = None, []
    for line in lines:
        fields = json.loads(line)
        if "began" in fields:
            began = float(fields["began"])
            continue
        overhead = fields.pop("overhead_ms", None)
        requests.append(Request(**fields, overhead_seconds=float(overhead) / 1000 if overhead else None))
    if began is None:
        raise ValueError("the load generator recorded no beginning")
    return began, sorted(requests, key=lambda request: request.due)
