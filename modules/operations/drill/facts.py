"""Something that a drill saw, other than an answer to its own requests."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

Source = Literal[
    "target", "fleet", "service event", "task", "database", "database event", "alarm", "experiment", "operator"
]
"""Who says so: the load balancer of one target, the load balancer of all targets together and ECS of its service, ECS
of its service's events and of one task, RDS of the instance and of its events, CloudWatch, AWS FIS, and whoever does
something about the fault."""


class Fact(BaseModel):
    """One change, told by one source.

    Attributes:
        about: which target, task, alarm, ...
        text: what changed, for a person.
        seen: when this drill learnt of it, by its own clock.
        at: when it happened, by the source's clock; None when the source does not say.
        values: the same as `text`, to compute with.
        trouble: it is about a source that could not be asked, and why.
    """

    model_config = ConfigDict(frozen=True)

    source: Source
    about: str = ""
    text: str
    seen: float
    at: float | None = None
    values: dict[str, float | str] = {}
    trouble: bool = False

    @property
    def time(self) -> float:
        """When it happened, as well as it is known."""
        return self.seen if self.at is None else self.at


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (fact.time, fact.seen))
