"""A change that somebody who cares for security has to see."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    OPENED = "opened"
    WIDENED = "permissions widened"
    PLAINTEXT = "encryption weakened"
    RETENTION = "retention lowered"
    PROTECTION = "protection switched off"


@dataclass(frozen=True, kw_only=True)
class Concern:
    """
    Attributes:
        what: a phrase such as "backups are kept for less time".
        dangerous: whether a pipeline has to wait for a person.
    """

    kind: Kind
    address: str
    what: str
    before: str
    after: str
    dangerous: bool = True
