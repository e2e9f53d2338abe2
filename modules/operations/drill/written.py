"""What became of the drill's own writes to the database."""

from pydantic import BaseModel, ConfigDict


class WritesError(Exception):
    """The database cannot be reached, or refuses the drill's schema."""


class Writes(BaseModel):
    """
    Attributes:
        lost: numbers that the database acknowledged and does not have: the RPO, in writes.
        refused_seconds: the longest time between two acknowledged writes; `refused_from` is when it began.
    """

    model_config = ConfigDict(frozen=True)

    acknowledged: int
    lost: tuple[int, ...]
    refused_seconds: float
    refused_from: float | None = None
