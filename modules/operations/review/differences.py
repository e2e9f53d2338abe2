"""What differs between a resource as it is and as it is planned, value by value."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modules.operations.review.plan_json import UNKNOWN, Change, Json

NOBODY_ASKED = ("tags_all", "id", "arn")
"""Follow from other attributes."""
NOT_ONE_VALUE = "(several values)"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`path` is dotted, with list positions in brackets; None is a value that is not there."""

    path: str
    before: Any
    after: Any


def differences(change: Change) -> list[Difference]:
    """Of an update or a replacement, but for what AWS assigns anew; none of what is created or destroyed."""
    if not change.before or not change.after:
        return []
    before, after = leaves(change.before), leaves(change.after)
    # What is off or zero and what is not stated are the same to AWS, and a replacement's defaults are not in the plan.
    paths = [
        path for path in dict.fromkeys((*before, *after)) if (before.get(path) or None) != (after.get(path) or None)
    ]
    return [
        Difference(path=path, before=_whole(path, before), after=after.get(path))
        for path in paths
        if _asked(path, change) and (not unknown(path, after) or _shown_unknown(path, after, change))
    ]


def changed_attributes(change: Change) -> set[str]:
    """The resource's own attributes that get another value, or one that nobody knows yet."""
    before, after = leaves(change.before), leaves(change.after)
    return {attribute(path) for path in (*before, *after) if before.get(path) != after.get(path)}


def leaves(values: Json) -> dict[str, Any]:
    """The plain values by path; JSON that AWS takes as a string is opened, empty ones are left out."""
    return dict(_leaves(values, ""))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    opened = parsed(value)
    if isinstance(opened, dict):
        for key, inner in opened.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(opened, list):
        for index, inner in enumerate(opened):
            yield from _leaves(inner, f"{path}[{index}]")
    elif opened not in (None, ""):
        yield path, opened


def parsed(value: Any) -> Any:
    """What a string of JSON says; everything else as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def unknown(path: str, after: dict[str, Any]) -> bool:
    """Whether nobody knows this value before the apply, as it or what it is a part of is made then."""
    ends = [found.start() for found in re.finditer(r"[.[]", path)]
    return any(after.get(path[:end]) == UNKNOWN for end in (*ends, len(path)))


def attribute(path: str) -> str:
    """The resource's own attribute that a path begins with."""
    return re.split(r"[.[]", path, maxsplit=1)[0]


def _whole(path: str, values: dict[str, Any]) -> Any:
    """The value at a path, or a word for all that stands below it."""
    if path in values:
        return values[path]
    return NOT_ONE_VALUE if any(other.startswith((f"{path}.", f"{path}[")) for other in values) else None


def _asked(path: str, change: Change) -> bool:
    return attribute(path) not in NOBODY_ASKED or attribute(path) in change.replaced_for


def _shown_unknown(path: str, after: dict[str, Any], change: Change) -> bool:
    """Of a replacement nearly everything that AWS assigns is unknown; what forces it is worth a line."""
    return after.get(path) == UNKNOWN and (change.action == "update" or attribute(path) in change.replaced_for)
