"""From what the rounds measured to the table that the documentation shows."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from modules.operations.table import Table
from tests.benchmarks.tuning.variants import Variant

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
Verdict = Literal["faster", "slower", "no difference seen"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One variant in one round.

    Attributes:
        cpu_milliseconds: of LiteLLM's processes, for each request that was answered.
        memory_mib: of all of its processes together.
    """

    requests_per_second: float
    failed: int
    cpu_milliseconds: float
    memory_mib: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A variant beside the deployed settings, round by round: each ratio is of two neighbours in time.

    Attributes:
        ratios: of the throughputs, one for each round.
    """

    requests_per_second: float
    ratios: tuple[float, ...]
    cpu_milliseconds: float
    memory_mib: float
    failed: int

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)


def compare(variant: Sequence[Measured], deployed: Sequence[Measured]) -> Comparison:
    """Medians over the rounds, the failures of all of them.

    Raises:
        ValueError: the two were not measured in the same rounds.
    """
    return Comparison(
        requests_per_second=statistics.median(one.requests_per_second for one in variant),
        ratios=tuple(
            one.requests_per_second / other.requests_per_second for one, other in zip(variant, deployed, strict=True)
        ),
        cpu_milliseconds=statistics.median(one.cpu_milliseconds for one in variant),
        memory_mib=statistics.median(one.memory_mib for one in variant),
        failed=sum(one.failed for one in variant),
    )


def verdict(comparison: Comparison, control: Comparison) -> Verdict:
    """A difference is one when every round shows it, and shows more than two equal workers differ by."""
    noise = max(max(ratio, 1 / ratio) for ratio in control.ratios)
    if min(comparison.ratios) > noise:
        return "faster"
    if max(comparison.ratios) < 1 / noise:
        return "slower"
    return "no difference seen"


def table(comparisons: Mapping[Variant, Comparison], control: Variant, title: str) -> Table:
    return Table(
        title=title,
        columns=(
            "settings",
            "throughput",
            "of the rounds",
            "",
            "requests/s",
            "CPU (ms a request)",
            "memory (MiB)",
            "failed",
            "what the environments take, and why",
        ),
        rows=[
            (
                variant.name,
                f"{one.ratio:.2f}",
                f"{min(one.ratios):.2f} to {max(one.ratios):.2f}",
                verdict(one, comparisons[control]),
                f"{one.requests_per_second:.0f}",
                f"{one.cpu_milliseconds:.1f}",
                f"{one.memory_mib:.0f}",
                f"{one.failed}",
                variant.choice,
            )
            for variant, one in comparisons.items()
        ],
    )


def with_measurements(document: str, measured: str) -> str:
    """The page with what was measured in the place of what was there.

    Raises:
        ValueError: the page has no such place, or several.
    """
    result, places = re.subn(
        f"{re.escape(BEGIN)}.*?{re.escape(END)}",
        lambda _: f"{BEGIN}\n{measured}\n{END}",
        document,
        flags=re.DOTALL,
    )
    if places != 1:
        raise ValueError(f"the page should have one place between {BEGIN} and {END}, and has {places}")
    return result
