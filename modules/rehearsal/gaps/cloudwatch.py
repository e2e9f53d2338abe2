"""CloudWatch: composite alarms, states and their history, percentiles and metric math."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatum
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from modules.rehearsal.alarms import metric_store
from modules.rehearsal.alarms.metric_math import UnsupportedExpressionError
from modules.rehearsal.alarms.series import Series, is_percentile
from modules.rehearsal.gaps.patching import Method, add, wrap

_SUPPRESSION = {
    "ActionsSuppressor": "actions_suppressor",
    "ActionsSuppressorWaitPeriod": "actions_suppressor_wait_period",
    "ActionsSuppressorExtensionPeriod": "actions_suppressor_extension_period",
}
_STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")

on_state_set: Callable[[Any, Any, str, str, str], None] | None = None
"""Called for SetAlarmState with the backend, the alarm, the state, its reason and the reason's data."""


def install() -> None:
    add(CloudWatchResponse, "put_composite_alarm", put_composite_alarm)
    wrap(CloudWatchResponse, "describe_alarms", show_composite_alarms_to_those_who_ask_for_them)
    wrap(CloudWatchBackend, "__init__", keep_samples_by_metric)
    wrap(CloudWatchBackend, "put_metric_data", put_a_sample_to_its_metric)
    wrap(CloudWatchBackend, "get_all_metrics", name_each_metric_once)
    wrap(CloudWatchBackend, "get_metric_data", know_percentiles_and_metric_math)
    wrap(CloudWatchResponse, "get_metric_statistics", know_percentiles)
    wrap(CloudWatchBackend, "put_metric_alarm", begin_without_a_state_and_keep_it_on_a_change)
    wrap(CloudWatchBackend, "set_alarm_state", act_on_a_state_that_is_set)
    add(CloudWatchResponse, "describe_alarm_history", describe_alarm_history)


def put_composite_alarm(self: Any) -> Any:
    """AWS makes an alarm of other alarms; moto is prepared for it and lacks the operation."""
    answer = self.put_metric_alarm()
    alarm = self.cloudwatch_backend.alarms[self._get_param("AlarmName")]
    for parameter, attribute in _SUPPRESSION.items():
        setattr(alarm, attribute, self._get_param(parameter))
    return answer


def show_composite_alarms_to_those_who_ask_for_them(original: Method, response: Any) -> Any:
    """AWS lists metric alarms unless it is asked for composite ones; moto lists both."""
    wanted = response._get_param("AlarmTypes") or ["MetricAlarm"]
    alarms = original(response).result
    return ActionResult({f"{kind}s": alarms[f"{kind}s"] for kind in wanted})


def keep_samples_by_metric(original: Method, backend: Any, *arguments: Any, **named: Any) -> None:
    """AWS forgets fine samples in time; moto keeps every value for ever in one list, and looks through all of them."""
    original(backend, *arguments, **named)
    backend.series = {}
    backend.metrics = {}


def put_a_sample_to_its_metric(original: Method, backend: Any, namespace: str, metric_data: list[Any]) -> None:
    """See `keep_samples_by_metric`."""
    for number, datum in enumerate(metric_data, start=1):
        backend._validate_parameters_put_metric_data(datum, number)
    for datum in metric_data:
        dimensions = list(datum.get("Dimensions") or [])
        key = metric_store.key_of(namespace, datum["MetricName"], ((one["Name"], one["Value"]) for one in dimensions))
        sample = metric_store.sample_of(datum, time.time())
        backend.series.setdefault(key, Series()).add(sample)
        if key not in backend.metrics:
            # Its time is out of every query's range: it stands for the metric, not for a value.
            backend.metrics[key] = MetricDatum(
                namespace, datum["MetricName"], 0, dimensions, datetime.min, datum.get("Unit")
            )


def name_each_metric_once(original: Method, backend: Any) -> list[Any]:
    """See `keep_samples_by_metric`: what ListMetrics goes through."""
    return [*backend.metrics.values(), *original(backend)]


def know_percentiles_and_metric_math(
    original: Method, backend: Any, queries: Any, start_time: Any, end_time: Any, scan_by: str = "TimestampAscending"
) -> list[dict[str, Any]]:
    """AWS computes percentiles and formulas, of the metric with exactly these dimensions; moto does neither."""
    original(backend, [], start_time, end_time)
    try:
        results = metric_store.data_results(
            backend, queries, metric_store.seconds_of(start_time), metric_store.seconds_of(end_time)
        )
    except (UnsupportedExpressionError, ValueError) as error:
        raise ValidationError(f"the rehearsal does not know the {error}") from None
    answers = []
    for query in queries:
        if str(query.get("ReturnData", True)).lower() == "false":
            continue
        points = sorted(results[query["Id"]].items(), reverse=scan_by == "TimestampDescending")
        answers.append(
            {
                "id": query["Id"],
                "label": query.get("Label")
                or query.get("MetricStat", {}).get("Metric", {}).get("MetricName", query["Id"]),
                "timestamps": [_utc(moment) for moment, _ in points],
                "values": [value for _, value in points],
                "status_code": "Complete",
            }
        )
    return answers


def know_percentiles(original: Method, response: Any) -> Any:
    """AWS computes each statistic of the metric with exactly these dimensions; moto takes any metric that has them
    among others, and knows no percentiles."""
    backend = response.cloudwatch_backend
    dimensions = [(one["Name"], one["Value"]) for one in response._get_param("Dimensions", [])]
    key = metric_store.key_of(response._get_param("Namespace"), response._get_param("MetricName"), dimensions)
    answer = original(response)
    if key not in backend.series:
        return answer
    start, end = (metric_store.seconds_of(response._get_param(name)) for name in ("StartTime", "EndTime"))
    wanted = [*response._get_param("Statistics", []), *(response._get_param("ExtendedStatistics") or [])]
    datapoints: dict[float, dict[str, Any]] = {}
    for statistic in wanted:
        found = metric_store.points(backend.series[key], statistic, start, end, response._get_int_param("Period"))
        for moment, value in found.items():
            unit = backend.metrics[key].unit or "None"
            datapoint = datapoints.setdefault(moment, {"Timestamp": _utc(moment), "Unit": unit})
            if is_percentile(statistic):
                datapoint.setdefault("ExtendedStatistics", {})[statistic] = value
            else:
                datapoint[statistic] = value
    return ActionResult({"Label": key[1], "Datapoints": [datapoints[moment] for moment in sorted(datapoints)]})


def begin_without_a_state_and_keep_it_on_a_change(original: Method, backend: Any, *arguments: Any, **named: Any) -> Any:
    """AWS makes an alarm without a state, and leaves the state as it is when the alarm is changed; moto sets OK."""
    before = backend.alarms.get(named["name"])
    alarm = original(backend, *arguments, **named)
    if before is None:
        alarm.state_value = "INSUFFICIENT_DATA"
    else:
        for attribute in _STATE:
            setattr(alarm, attribute, getattr(before, attribute))
    return alarm


def act_on_a_state_that_is_set(
    original: Method, backend: Any, alarm_name: str, reason: str, reason_data: str, state_value: str
) -> None:
    """AWS takes an alarm's actions also when its state is set by hand; moto only notes the state."""
    alarm = backend.alarms.get(alarm_name)
    before = {attribute: getattr(alarm, attribute, None) for attribute in _STATE[:-1]}
    history = list(alarm.history) if alarm else []
    original(backend, alarm_name, reason, reason_data, state_value)
    if on_state_set is not None and alarm is not None:
        for attribute, value in before.items():
            setattr(alarm, attribute, value)
        alarm.history = history
        on_state_set(backend, alarm, state_value, reason, reason_data or "")


def describe_alarm_history(self: Any) -> Any:
    """AWS tells what an alarm did; moto lacks the operation."""
    backend = self.cloudwatch_backend
    name, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
    start, end = self._get_param("StartDate"), self._get_param("EndDate")
    items = [
        item
        for alarm in backend.alarms.values()
        if name in (None, alarm.name)
        for item in alarm.history
        if isinstance(item, dict) and kind in (None, item["HistoryItemType"])
    ]
    if start:
        items = [one for one in items if metric_store.seconds_of(one["Timestamp"]) >= metric_store.seconds_of(start)]
    if end:
        items = [one for one in items if metric_store.seconds_of(one["Timestamp"]) <= metric_store.seconds_of(end)]
    newest_first = self._get_param("ScanBy") != "TimestampAscending"
    items.sort(key=lambda item: item["Timestamp"], reverse=newest_first)
    return ActionResult({"AlarmHistoryItems": items[: self._get_int_param("MaxRecords") or 100]})


def _metric_name(query: dict[str, Any]) -> str | None:
    name: str | None = query.get("MetricStat", {}).get("Metric", {}).get("MetricName")
    return name


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
