"""What was seen of a rotation while it went on; no secret is in it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

WhichKey = Literal["former", "new"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Probe(_Frozen):
    """
    Attributes:
        seconds: from the beginning of the watching to that of the round of requests with both keys.
        status: of HTTP; None when nothing answered.
    """

    seconds: float
    key: WhichKey
    status: int | None

    @property
    def accepted(self) -> bool:
        return self.status == 200


class Evidence(_Frozen):
    """
    Attributes:
        versions: of each rotated secret before the deployment.
        ended: seconds since the watching began.
    """

    which: tuple[str, ...]
    versions: dict[str, str]
    probes: tuple[Probe, ...] = ()
    ended: float = 0
