"""What a drill works with, and what it shows while it runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from modules.operations.drill.clients import Fis
from modules.operations.drill.evidence import Evidence
from modules.operations.drill.facts import Fact
from modules.operations.drill.measures import Fault, Measures
from modules.operations.drill.observation import Observation
from modules.operations.drill.preconditions import Check
from modules.operations.drill.requests import Request
from modules.operations.drill.written import Writes


class Load(Protocol):
    """`probe.Probe`, as far as a drill uses it."""

    @property
    def timeout_seconds(self) -> float: ...

    @property
    def requests(self) -> list[Request]: ...

    def start(self) -> None: ...

    def stop(self) -> list[Request]: ...

    def check(self) -> None: ...


class Writing(Protocol):
    """`writes.Writer`, as far as a drill uses it."""

    def start(self) -> None:
        """
        Raises:
            WritesError: the database cannot be reached, or refuses the schema.
        """

    def finish(self) -> Writes | None: ...


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a notebook draws while the drill runs.

    Attributes:
        fault: None in the baseline.
    """

    now: float
    requests: Sequence[Request]
    facts: Sequence[Fact]
    fault: Fault | None = None
    experiment_state: str = ""
    measures: Measures | None = None


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a drill works with.

    Attributes:
        checks: preconditions by their names.
        confirm: asks a person a question, and returns what was typed; None only on a rehearsal.
        mitigate: what an operator does about the fault after `mitigate_after_seconds`, such as a zonal shift; returns
            what takes it back, and says so.
        writes: None where the database cannot be reached: the RPO is not measured then.
    """

    fis: Fis
    load: Load
    observation: Observation
    evidence: Evidence
    checks: Mapping[str, Check]
    confirm: Callable[[str], str] | None
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    say: Callable[[str], None]
    writes: Writing | None = None
    mitigate: Callable[[], Callable[[], str]] | None = None
