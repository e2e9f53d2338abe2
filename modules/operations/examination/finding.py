"""What an examination finds, and how examinations are made."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import botocore.exceptions

Severity = Literal["fine", "unknown", "warning", "bad"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    Attributes:
        severity: `bad` fails `make doctor`; `unknown` is what could not be examined.
        advice: what to do about it; empty when there is nothing to do.
    """

    severity: Severity
    what: str
    advice: str = ""


Examination = Callable[[], Iterable[Finding]]


def fine(what: str) -> Finding:
    return Finding(severity="fine", what=what)


def unknown(what: str, advice: str = "") -> Finding:
    return Finding(severity="unknown", what=what, advice=advice)


def warning(what: str, advice: str) -> Finding:
    return Finding(severity="warning", what=what, advice=advice)


def bad(what: str, advice: str) -> Finding:
    return Finding(severity="bad", what=what, advice=advice)


def examine(examinations: Mapping[str, Examination]) -> dict[str, list[Finding]]:
    """Makes each of them, also when one before could not be made: a person wants to know all at once."""
    return {name: _made(examination) for name, examination in examinations.items()}


def _made(examination: Examination) -> list[Finding]:
    found: list[Finding] = []
    try:
        # One by one: what was found before AWS refused an answer is kept.
        for finding in examination():
            found.append(finding)
    except botocore.exceptions.ClientError as error:
        said = error.response["Error"]
        found.append(unknown(f"{error.operation_name} is not answered: {said['Code']}, {said['Message']}"))
    except botocore.exceptions.BotoCoreError as error:
        found.append(unknown(f"AWS does not answer: {error}"))
    return found
