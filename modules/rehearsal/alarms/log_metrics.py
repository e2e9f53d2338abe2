"""Metrics out of log lines: by metric filters, and of lines in the embedded metric format."""

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from modules.rehearsal import metrics
from modules.rehearsal.alarms.filter_patterns import UnsupportedPatternError, field_of, json_of, matcher

_DEFAULT_EVERY_SECONDS = 1.0

unsupported: dict[str, str] = {}
"""Names of metric filters that make nothing here, and why."""
_last_default: dict[tuple[str, str, str], float] = {}


def of_lines(region: str, filters: Iterable[Mapping[str, Any]], lines: Sequence[str]) -> None:
    """Puts the metrics that lines, just written to one log group with these filters, stand for."""
    for one in filters:
        _filter(region, one, lines)
    for line in lines:
        if '"_aws"' in line:
            # A line that does not follow the format is a line.
            with contextlib.suppress(KeyError, TypeError, AttributeError):
                _embedded(region, line)


def _filter(region: str, one: Mapping[str, Any], lines: Sequence[str]) -> None:
    name = one["filterName"]
    try:
        matches = matcher(one.get("filterPattern") or "")
    except UnsupportedPatternError as error:
        unsupported[name] = str(error)
        return
    unsupported.pop(name, None)
    matching = [line for line in lines if matches(line)]
    for transformation in one["metricTransformations"]:
        values = [value for line in matching if (value := _value(transformation["metricValue"], line)) is not None]
        default = transformation.get("defaultValue")
        if not values and default is not None and _default_is_due(region, one):
            values = [float(default)]
        metrics.put(
            region,
            transformation["metricNamespace"],
            transformation["metricName"],
            {},
            values,
            transformation.get("unit") or "None",
        )


def _default_is_due(region: str, one: Mapping[str, Any]) -> bool:
    """CloudWatch reports the default for a minute in which lines came and none matched; here it is enough that no
    minute, however short, goes without one: not each of many calls has to leave a sample."""
    key, now = (region, one["logGroupName"], one["filterName"]), time.monotonic()
    if now - _last_default.get(key, 0) < _DEFAULT_EVERY_SECONDS:
        return False
    _last_default[key] = now
    return True


def _value(stated: str, line: str) -> float | None:
    """A number, or that of a field such as $.latency."""
    try:
        if stated.startswith("$."):
            field: Any = field_of(json_of(line), stated[2:].split("."))
            return float(field)
        return float(stated)
    except (TypeError, ValueError):
        return None


def _embedded(region: str, line: str) -> None:
    """CloudWatch User Guide, "Specification: Embedded metric format"."""
    fields = json_of(line)
    directives = field_of(fields, ["_aws", "CloudWatchMetrics"])
    if fields is None or not isinstance(directives, list):
        return
    milliseconds = field_of(fields, ["_aws", "Timestamp"])
    timestamp = datetime.fromtimestamp(milliseconds / 1000, UTC) if isinstance(milliseconds, int | float) else None
    for directive in directives:
        for metric in directive.get("Metrics", []):
            value = fields.get(metric["Name"])
            stated: list[Any] = value if isinstance(value, list) else [value]
            values = [float(one) for one in stated if _is_number(one)]
            for names in directive.get("Dimensions") or [[]]:
                dimensions = {name: str(fields[name]) for name in names if name in fields}
                if len(dimensions) == len(names):
                    unit = metric.get("Unit", "None")
                    metrics.put(region, directive["Namespace"], metric["Name"], dimensions, values, unit, timestamp)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
