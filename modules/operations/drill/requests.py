"""One request of the probe, as it ended."""

from pydantic import BaseModel, ConfigDict


class Request(BaseModel):
    """A chat completion that was due at a fixed time.

    Attributes:
        scheduled: when it was due.
        sent: when it was sent; None when it never was.
        finished: when its answer was complete, or it was given up.
        status: of HTTP, where there was an answer.
        error: why it counts as failed; None when it was answered in full.
        first_token_seconds: from `scheduled` to the first piece of a streamed answer.
    """

    model_config = ConfigDict(frozen=True)

    scheduled: float
    sent: float | None
    finished: float
    status: int | None = None
    error: str | None = None
    first_token_seconds: float | None = None

    @property
    def succeeded(self) -> bool:
        return self.error is None

    @property
    def latency_seconds(self) -> float:
        """From the moment it was due, so that no wait in the probe is left out (Gil Tene's "coordinated omission")."""
        return self.finished - self.scheduled
