"""One evaluation of one of moto's metric alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from modules.rehearsal.alarms import metric_store
from modules.rehearsal.alarms.metric_math import formula_of
from modules.rehearsal.alarms.series import Sample, is_known, statistic_of, too_few
from modules.rehearsal.alarms.states import ADDITIONAL_PERIODS, COMPARISONS, MissingData, State, state_of

_DEFAULT_PERIOD_SECONDS = 60


class UnsupportedAlarmError(Exception):
    """The alarm uses what the rehearsal does not know, such as anomaly detection."""


@dataclass(frozen=True)
class Evaluation:
    """
    Attributes:
        points: of the evaluation range, oldest first; None where there is no data.
        few_samples: the newest data point is a percentile of so few values that it means nothing.
    """

    points: list[float | None]
    few_samples: bool = False

    @property
    def newest(self) -> float | None:
        return next((point for point in reversed(self.points) if point is not None), None)


def period_seconds_of(alarm: Any) -> int:
    if not alarm.metric_data_queries:
        return int(alarm.period or _DEFAULT_PERIOD_SECONDS)
    stated = [query.metric_stat.period if query.metric_stat else query.period for query in alarm.metric_data_queries]
    return max((int(period) for period in stated if period), default=_DEFAULT_PERIOD_SECONDS)


def evaluate(backend: Any, alarm: Any, end: float, period_seconds: float) -> Evaluation:
    """The data points until `end`, in seconds since the epoch.

    Args:
        period_seconds: how long the alarm's period takes here.

    Raises:
        UnsupportedAlarmError, UnsupportedExpressionError
    """
    if alarm.comparison_operator not in COMPARISONS:
        raise UnsupportedAlarmError(f"comparison {alarm.comparison_operator}")
    start = end - (int(alarm.evaluation_periods) + ADDITIONAL_PERIODS) * period_seconds

    def samples_of(namespace: str, name: str, dimensions: Any) -> list[list[Sample]]:
        key = metric_store.key_of(namespace, name, ((one.name, one.value) for one in dimensions))
        return list(metric_store.series_of(backend, key).periods(start, end, period_seconds))

    if not alarm.metric_data_queries:
        statistic = alarm.statistic or alarm.extended_statistic
        periods = samples_of(alarm.namespace, alarm.metric_name, alarm.dimensions)
        newest = next((samples for samples in reversed(periods) if samples), [])
        few = alarm.evaluate_low_sample_count_percentile == "ignore" and too_few(newest, statistic)
        return Evaluation(_statistics(periods, statistic), few)

    values: dict[str, list[float | None]] = {}
    for query in alarm.metric_data_queries:
        if query.metric_stat:
            metric = query.metric_stat.metric
            periods = samples_of(metric.namespace, metric.metric_name, metric.dimensions)
            values[query.id] = _statistics(periods, query.metric_stat.stat)
    count = int(alarm.evaluation_periods) + ADDITIONAL_PERIODS
    for query in _in_order(alarm.metric_data_queries):
        formula = formula_of(query.expression)
        values[query.id] = [formula({id_: points[index] for id_, points in values.items()}) for index in range(count)]
    return Evaluation(values[_returned(alarm.metric_data_queries).id])


def new_state(alarm: Any, evaluation: Evaluation) -> State:
    """The alarm's state by an evaluation; the present one when it does not change that."""
    current = cast(State, alarm.state_value)
    if evaluation.few_samples:
        return current
    breaches, _ = COMPARISONS[alarm.comparison_operator]
    periods = int(alarm.evaluation_periods)
    return state_of(
        [None if point is None else breaches(point, float(alarm.threshold)) for point in evaluation.points],
        periods=periods,
        datapoints_to_alarm=int(alarm.datapoints_to_alarm or periods),
        missing=cast(MissingData, alarm.treat_missing_data or "missing"),
        current=current,
    )


def reason_for(alarm: Any, state: State, evaluation: Evaluation) -> str:
    """A sentence in CloudWatch's way."""
    periods = int(alarm.evaluation_periods)
    available = [point for point in evaluation.points if point is not None][-periods:]
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {periods} datapoints were unknown."
    if not available:
        treated = "Breaching" if alarm.treat_missing_data == "breaching" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {periods} periods and {periods} missing "
            f"datapoints were treated as [{treated}]."
        )
    breaches, words = COMPARISONS[alarm.comparison_operator]
    threshold = float(alarm.threshold)
    breaching = sum(breaches(point, threshold) for point in available)
    counted = breaching if state == "ALARM" else len(available) - breaching
    negation = "" if state == "ALARM" else "not "
    return (
        f"Threshold Crossed: {counted} out of the last {len(available)} datapoints "
        f"[{', '.join(f'{point:g}' for point in reversed(available))}] were {negation}{words} the threshold "
        f"({threshold}) (minimum {alarm.datapoints_to_alarm or periods} datapoints for ALARM)."
    )


def _statistics(periods: Sequence[Sequence[Sample]], statistic: str) -> list[float | None]:
    if not is_known(statistic or ""):
        raise UnsupportedAlarmError(f"statistic {statistic}")
    return [statistic_of(samples, statistic) for samples in periods]


def _in_order(queries: Sequence[Any]) -> list[Any]:
    """Formulas, those last that use others: the returned one."""
    returned = _returned(queries)
    formulas = [query for query in queries if not query.metric_stat]
    return sorted(formulas, key=lambda query: query is returned)


def _returned(queries: Sequence[Any]) -> Any:
    returning = [query for query in queries if str(query.return_data).lower() != "false"]
    if len(returning) != 1:
        raise UnsupportedAlarmError(f"{len(returning)} queries that return data")
    return returning[0]
