"""How much is gone: what was acknowledged before the decision to restore, and is not in the restored database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Loss:
    """
    Attributes:
        seconds: the recovery point: from the last write that was kept to the decision.
        writes: acknowledged before the decision, and gone.
        meanwhile: acknowledged by the old instance after the decision; they are there still.
        holes: gone, although a later one was kept: a restore to one moment leaves none.
    """

    seconds: float
    writes: int
    meanwhile: int
    holes: int


def loss(acknowledged: Sequence[tuple[int, float]], lost: Collection[int], *, decided: float) -> Loss | None:
    """
    Args:
        acknowledged: numbers, and when the database acknowledged each, by the clock of `decided`.
        lost: numbers that the restored database does not have.

    Returns:
        None: nothing was written early enough to be in the restored database.
    """
    before = [(number, at) for number, at in acknowledged if at <= decided]
    kept = [(number, at) for number, at in before if number not in lost]
    if not kept:
        return None
    last_number, last_at = max(kept)
    return Loss(
        seconds=decided - last_at,
        writes=len(before) - len(kept),
        meanwhile=sum(1 for number, at in acknowledged if at > decided and number in lost),
        holes=sum(1 for number in lost if number < last_number),
    )
