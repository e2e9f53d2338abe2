"""Where moto's CloudWatch keeps its samples here: by metric, so that an evaluation need not look through all."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from modules.rehearsal.alarms.metric_math import formula_of
from modules.rehearsal.alarms.series import Key, Sample, Series, statistic_of

_NOTHING = Series()


def key_of(namespace: str, name: str, dimensions: Iterable[tuple[str, str]]) -> Key:
    return namespace, name, frozenset(dimensions)


def seconds_of(moment: datetime) -> float:
    """moto's times have no zone and are UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def sample_of(datum: Mapping[str, Any], now: float) -> Sample:
    """What one member of PutMetricData's MetricData reports."""
    time = seconds_of(datum["Timestamp"]) if datum.get("Timestamp") else now
    if datum.get("StatisticValues"):
        summary = {name: float(value) for name, value in datum["StatisticValues"].items()}
        return Sample(time, None, summary["Minimum"], summary["Maximum"], summary["Sum"], summary["SampleCount"])
    values = [float(value) for value in datum.get("Values") or [datum.get("Value", 0)]]
    counts = [float(count) for count in datum.get("Counts") or []]
    return Sample.of(time, values, counts or None)


def series_of(backend: Any, key: Key) -> Series:
    """The series of a metric; an empty one when nothing was ever reported."""
    series: Series = backend.series.get(key, _NOTHING)
    return series


def data_results(
    backend: Any, queries: Iterable[Mapping[str, Any]], start: float, end: float
) -> dict[str, dict[float, float]]:
    """GetMetricData's data points of each query by their times, for metrics and for formulas on them.

    Raises:
        UnsupportedExpressionError, ValueError: a formula or a statistic that the rehearsal does not know.
    """
    results: dict[str, dict[float, float]] = {}
    formulas = []
    for query in queries:
        if "MetricStat" not in query:
            formulas.append((query["Id"], formula_of(query["Expression"])))
            continue
        stated = query["MetricStat"]
        period = int(stated["Period"])
        dimensions = [(one["Name"], one["Value"]) for one in stated["Metric"].get("Dimensions", [])]
        series = series_of(backend, key_of(stated["Metric"]["Namespace"], stated["Metric"]["MetricName"], dimensions))
        results[query["Id"]] = points(series, stated["Stat"], start, end, period)
    times = sorted({time for result in results.values() for time in result})
    for query_id, formula in formulas:
        computed = {time: formula({id_: result.get(time) for id_, result in results.items()}) for time in times}
        results[query_id] = {time: value for time, value in computed.items() if value is not None}
    return results


def points(series: Series, statistic: str, start: float, end: float, period_seconds: int) -> dict[float, float]:
    """A statistic of each period that has samples; periods begin at multiples of their length."""
    first = start // period_seconds * period_seconds
    last = -(-end // period_seconds) * period_seconds
    found = {}
    for index, samples in enumerate(series.periods(first, last, period_seconds)):
        value = statistic_of(samples, statistic)
        if value is not None:
            found[first + index * period_seconds] = value
    return found
