"""A predicted recovery time: bounds in seconds, and the terms that they are the sum of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from modules.planning.recovery.facts import MACHINE_DELAYS, Range

Measure = Literal["degraded", "full", "writes", "data_loss"]
"""RTO degraded: until the error rate is back under its limit on the survivors. RTO full: until every wanted task is
healthy again as well, never before. Writes: until the database takes a client's writes again. Data loss: the RPO, age
of the oldest acknowledged write that is gone."""


class Fault(StrEnum):
    TASK_STOPPED = "task stopped"
    """By ECS on somebody's order: it drains."""
    TASK_KILLED = "task killed"
    """Its processes die; connections are refused."""
    TASK_HUNG = "task hung"
    """Its processes stand still; connections are taken and not answered."""
    ZONE_LOST = "zone lost"
    """The network of its private subnets is cut; the database's primary is in another."""
    HOME_ZONE_LOST = "zone of the database lost"
    """The zone that has the database's primary and, with a single NAT gateway, that one as well."""
    ZONE_SHIFTED = "zone shifted away"
    """A zone answers badly but passes its checks; from the moment of a person's zonal shift."""
    DATABASE_FAILOVER = "database failover"
    DATABASE_LOST = "database lost"
    """Restored from its backup, from the moment that a person starts it."""
    REGION_LOST = "region lost"


@dataclass(frozen=True, kw_only=True)
class Term:
    """A named share of a recovery time.

    Attributes:
        setting: path of the setting that decides it, such as `load_balancer.health_check.interval_seconds`; None when
            none does.
        source: where a fact is from.
        clock: whose time it is: AWS's, which a rehearsal compresses; a program's start, which waits for a free core on
            one machine; or anything else that takes as long as it takes.
        compressed_floor: seconds below which a rehearsal does not compress it.
    """

    name: str
    lower: float
    upper: float
    setting: str | None = None
    source: str = ""
    clock: Literal["aws", "start", "real"] = "aws"
    compressed_floor: float = 0

    @staticmethod
    def of(
        fact: Range,
        name: str,
        *,
        times: int = 1,
        setting: str | None = None,
        clock: Literal["aws", "start", "real"] = "aws",
        compressed_floor: float = 0,
    ) -> "Term":
        """
        Args:
            times: how often in a row at the most; at the least once.
        """
        return Term(
            name=name,
            lower=fact.lower,
            upper=fact.upper * times,
            setting=setting,
            source=fact.source,
            clock=clock,
            compressed_floor=compressed_floor * times,
        )


@dataclass(frozen=True, kw_only=True)
class Two:
    """Two courses of events that run at the same time, and which of them counts.

    Attributes:
        counts: the sooner or the later one, or whichever it happens to be.
    """

    counts: Literal["sooner", "later", "either"]
    first: "Parts"
    second: "Parts"

    @property
    def terms(self) -> tuple[Term, ...]:
        """Of the course that has the upper bound; where the other one has the lower, a term for the difference."""
        latest = min if self.counts == "sooner" else max
        own, other = flat(self.first), flat(self.second)
        if upper(own) != latest(upper(own), upper(other)):
            own, other = other, own
        earliest = max if self.counts == "later" else min
        difference = earliest(lower(own), lower(other)) - lower(own)
        if not difference:
            return own
        decisive = max(other, key=lambda term: term.upper)
        return (
            *own,
            Term(
                name=f"{'not before' if difference > 0 else 'or sooner'}: {decisive.name}",
                lower=difference,
                upper=0,
                setting=decisive.setting,
                source=decisive.source,
            ),
        )


Parts = tuple[Term | Two, ...]


def flat(parts: Iterable[Term | Two]) -> tuple[Term, ...]:
    return tuple(term for part in parts for term in (part.terms if isinstance(part, Two) else (part,)))


def lower(parts: Iterable[Term | Two]) -> float:
    return sum(term.lower for term in flat(parts))


def upper(parts: Iterable[Term | Two]) -> float:
    return sum(term.upper for term in flat(parts))


def changed(parts: Parts, change: Callable[[Term], Term]) -> Parts:
    """The parts with every term changed."""
    return tuple(
        replace(part, first=changed(part.first, change), second=changed(part.second, change))
        if isinstance(part, Two)
        else change(part)
        for part in parts
    )


def perhaps(parts: Parts) -> Parts:
    """What need not happen at all."""
    return changed(parts, lambda term: replace(term, lower=0))


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """On AWS, as the settings have it.

    Attributes:
        remarks: for a person; what the bounds take for granted.
    """

    fault: Fault
    measure: Measure
    parts: Parts
    remarks: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """They add up to the bounds."""
        return flat(self.parts)

    @property
    def lower(self) -> float:
        return lower(self.parts)

    @property
    def upper(self) -> float:
        """`math.inf`: not by the environment's own means."""
        return upper(self.parts)

    def deciding(self, bound: Literal["lower", "upper"] = "upper") -> str:
        """Path of the setting with the largest share of a bound; empty when none has any."""
        shares = [(getattr(term, bound), term.setting) for term in self.terms if term.setting]
        share, setting = max(shares, key=lambda one: one[0], default=(0, ""))
        return setting if share > 0 else ""


def paced(prediction: Prediction, pace: float, *, starts_in_a_row: int = 1) -> Prediction:
    """The prediction for a rehearsal: AWS's own waits are `pace` times shorter, a real program's are not.

    Args:
        starts_in_a_row: how many tasks at the most have to wait for one another's start, on a machine with fewer cores
            than Fargate has.
    """

    def change(term: Term) -> Term:
        if term.clock == "start":
            return replace(term, upper=term.upper * starts_in_a_row)
        if term.clock == "real":
            return term
        floor = min(term.upper, term.compressed_floor)
        return replace(term, lower=term.lower / pace, upper=max(term.upper / pace, floor))

    parts = changed(prediction.parts, change)
    if prediction.measure != "data_loss":
        parts = (*parts, Term.of(MACHINE_DELAYS, "the rehearsal's own delays", clock="real"))
    return replace(prediction, parts=parts)
