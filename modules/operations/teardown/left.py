"""One thing that a destroyed environment has left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Fate = Literal["kept", "goes by itself", "unexpected"]


@dataclass(frozen=True, kw_only=True)
class Left:
    """
    Attributes:
        until: when it goes, or when it is of no use any more; empty: somebody has to remove it.
        gib: for which AWS charges each month, at most.
    """

    kind: str
    name: str
    region: str
    fate: Fate
    until: str = ""
    gib: float = 0
    what_to_do: str = ""


class NotEmptyError(Exception):
    """Something is there that should not be."""


def hold_empty(found: Sequence[Left]) -> None:
    """
    Raises:
        NotEmptyError: something unexpected is left.
    """
    if unexpected := [one for one in found if one.fate == "unexpected"]:
        lines = "\n".join(f"  {one.kind} {one.name} in {one.region}" for one in unexpected)
        raise NotEmptyError(f"{len(unexpected)} left that should be gone, and may cost money:\n{lines}")
