"""What a rule finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from modules.settings import Environment

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    rule: str
    severity: Severity
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.rule}: {self.message}"


Rule = Callable[[Environment], Iterator[Finding]]
