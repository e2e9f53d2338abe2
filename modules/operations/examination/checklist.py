"""Findings as a table, for a notebook."""

from collections.abc import Mapping, Sequence

from modules.operations.examination.finding import Finding
from modules.operations.examination.shown import WORDS, summary
from modules.operations.table import Table


def checklist(title: str, examined: Mapping[str, Sequence[Finding]]) -> Table:
    """A row for each finding, with what to do about it."""
    return Table(
        title=f"{title}: {summary(examined)}",
        columns=("check", "outcome", "what", "what to do"),
        rows=[
            (name, WORDS[finding.severity], finding.what, finding.advice)
            for name, found in examined.items()
            for finding in found
        ],
    )


def failed(examined: Mapping[str, Sequence[Finding]]) -> list[str]:
    """The checks that something is bad in."""
    return [name for name, found in examined.items() if any(one.severity == "bad" for one in found)]
