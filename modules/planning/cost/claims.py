"""What the source architecture says of its costs ("Alternative Configurations"), checked.

It names neither an architecture nor a discount nor any traffic: held against its ranges is what is paid without a
single request, on x86 and ARM, on demand and committed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from modules.planning.cost import variants
from modules.planning.cost.answers import Question, commitments, fixed_usd
from modules.planning.cost.variants import Variant


@dataclass(frozen=True, kw_only=True)
class Claim:
    lowest_usd: float
    highest_usd: float
    said: str


CLAIMS = {
    "dev": Claim(lowest_usd=150, highest_usd=200, said="2 tasks of 2 vCPU and 4 GB, db.t3.micro, one zone"),
    "production": Claim(
        lowest_usd=1200, highest_usd=1500, said="8 tasks of 4 vCPU and 8 GB, db.r6g.large Multi-AZ, Redis cluster"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One way to run the environment, against the claim."""

    way: str
    usd: float
    holds: bool


def check(question: Question, claim: Claim) -> list[Check]:
    """Each way with its fixed cost, and whether that is within the claim or below."""
    return [
        Check(way=way, usd=usd, holds=usd <= claim.highest_usd)
        for name, variant in _machines()
        for way, usd in _committed(replace(question, plans=tuple(map(variant, question.plans))), name)
    ]


def _machines() -> Iterator[tuple[str, Variant]]:
    yield "x86", variants.on_architecture("X86_64")
    yield "ARM", variants.on_architecture("ARM64")


def _committed(question: Question, machine: str) -> Iterator[tuple[str, float]]:
    fixed = fixed_usd(question.estimate())
    saved = {answer.what: answer.usd for answer in commitments(question)}
    yield f"{machine}, on demand", fixed
    for years in (1, 3):
        less = sum(usd for what, usd in saved.items() if what.endswith(f"for {years} y"))
        yield f"{machine}, tasks and database committed for {years} y", fixed + less
