"""Findings for a terminal: each examination with its findings, and below a finding what to do."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from modules.operations.examination.finding import Finding, Severity

WORDS: dict[Severity, str] = {"fine": "fine", "unknown": "unknown", "warning": "warning", "bad": "BAD"}
INDENT = 11


def shown(examined: Mapping[str, Sequence[Finding]], width: int) -> str:
    """
    Args:
        width: of the terminal, in characters.
    """
    sections = ["\n".join([name, *_lines(found, width)]) for name, found in examined.items() if found]
    return "\n".join([*sections, "", summary(examined)])


def summary(examined: Mapping[str, Sequence[Finding]]) -> str:
    """How many findings of each kind, the worst first."""
    severities = [finding.severity for found in examined.values() for finding in found]
    counted = {word: severities.count(severity) for severity, word in reversed(WORDS.items())}
    return ", ".join(f"{count} {word}" for word, count in counted.items() if count)


def _lines(found: Sequence[Finding], width: int) -> Iterator[str]:
    for finding in found:
        yield textwrap.fill(
            finding.what,
            width,
            initial_indent=f"  {WORDS[finding.severity]}".ljust(INDENT),
            subsequent_indent=" " * INDENT,
            break_on_hyphens=False,
            break_long_words=False,
        )
        if finding.advice:
            indent = " " * INDENT + "-> "
            yield textwrap.fill(
                finding.advice,
                width,
                initial_indent=indent,
                subsequent_indent=" " * len(indent),
                break_on_hyphens=False,
                break_long_words=False,
            )
