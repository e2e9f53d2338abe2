"""CloudWatch Logs' filter patterns: terms, and comparisons of fields of JSON lines."""

import json
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

Matches = Callable[[str], bool]

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"{}\[\]]+))(?:\s+|$)')
_COMPARISON = re.compile(r'\s*\$\.([\w.\-]+)\s*(!=|>=|<=|=|>|<)\s*(?:"([^"]*)"|([^\s"&|()]+))\s*')
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


class UnsupportedPatternError(Exception):
    """The pattern uses what the rehearsal does not know, such as a regular expression."""


@lru_cache(maxsize=1000)
def matcher(pattern: str) -> Matches:
    """What tells whether a line matches (CloudWatch Logs User Guide, "Filter pattern syntax").

    Raises:
        UnsupportedPatternError
    """
    if pattern.strip().startswith("{"):
        return _fields(pattern)
    return _terms(pattern)


def _terms(pattern: str) -> Matches:
    """Every plain term, none with `-`; where all stand with `?`, any of them."""
    terms: dict[str, list[str]] = {"?": [], "-": [], "": []}
    position = 0
    text = pattern.strip()
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None or (found[3] or "").startswith("%"):
            raise UnsupportedPatternError(f"filter pattern {pattern!r}")
        quoted = None if found[2] is None else re.sub(r"\\(.)", r"\1", found[2])
        terms[found[1]].append(quoted if quoted is not None else found[3])
        position = found.end()
    # Beside plain terms those with `?` count for nothing (same page, "Match terms").
    alternatives = [] if terms[""] else terms["?"]

    def matches(line: str) -> bool:
        return (
            all(term in line for term in terms[""])
            and not any(term in line for term in terms["-"])
            and (not alternatives or any(term in line for term in alternatives))
        )

    return matches


def _fields(pattern: str) -> Matches:
    inner = pattern.strip()
    if not inner.endswith("}"):
        raise UnsupportedPatternError(f"filter pattern {pattern!r}")
    inner = inner[1:-1]
    joined = all if "&&" in inner else any
    comparisons = []
    for part in re.split(r"&&" if joined is all else r"\|\|", inner):
        found = _COMPARISON.fullmatch(part)
        if found is None or "*" in (found[3] or found[4] or ""):
            raise UnsupportedPatternError(f"filter pattern {pattern!r}")
        comparisons.append((found[1].split("."), found[2], found[3] if found[3] is not None else found[4]))

    def matches(line: str) -> bool:
        fields = json_of(line)
        return fields is not None and joined(
            _compare(field_of(fields, path), sign, value) for path, sign, value in comparisons
        )

    return matches


def json_of(line: str) -> dict[str, Any] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def field_of(fields: Any, path: list[str]) -> Any:
    for name in path:
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields


def _compare(actual: Any, sign: str, expected: str) -> bool:
    if actual is None:
        return False
    number = isinstance(actual, int | float) and not isinstance(actual, bool)
    try:
        wanted: Any = float(expected) if number else expected
    except ValueError:
        return sign == "!="
    said: Any = actual if number else json.dumps(actual) if isinstance(actual, bool) else str(actual)
    if sign == "=":
        return bool(said == wanted)
    if sign == "!=":
        return bool(said != wanted)
    return number and _ORDERS[sign](said, wanted)
