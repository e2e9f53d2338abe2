"""CloudWatch Logs: saved queries, and metrics out of lines."""

import json
from typing import Any
from uuid import uuid4

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse

from modules.rehearsal.alarms import log_metrics
from modules.rehearsal.gaps.patching import Method, add, wrap

_KEPT = ("name", "queryString", "logGroupNames", "queryLanguage")


def install() -> None:
    wrap(LogsBackend, "__init__", know_query_definitions)
    for operation in (put_query_definition, describe_query_definitions, delete_query_definition):
        add(LogsResponse, operation.__name__, operation)
    wrap(LogsBackend, "put_log_events", make_metrics_of_lines)
    wrap(LogsBackend, "put_metric_filter", replace_the_filter_of_the_same_name)
    wrap(LogsBackend, "delete_log_group", forget_the_filters_of_a_deleted_group)


def know_query_definitions(original: Method, backend: Any, *arguments: Any, **named: Any) -> None:
    """AWS keeps queries of Logs Insights; moto keeps none."""
    original(backend, *arguments, **named)
    backend.query_definitions = {}


def make_metrics_of_lines(
    original: Method, backend: Any, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
) -> Any:
    """AWS makes metrics of lines, by the group's filters and of the embedded metric format; moto keeps the filters."""
    answer = original(backend, log_group_name, log_stream_name, log_events)
    filters = backend.filters.get_matching_filters(log_group_name=log_group_name)
    log_metrics.of_lines(backend.region_name, filters, [event["message"] for event in log_events])
    return answer


def replace_the_filter_of_the_same_name(
    original: Method, backend: Any, filter_name: str, filter_pattern: str, log_group_name: str, *arguments: Any
) -> Any:
    """AWS replaces a group's filter of the same name; moto keeps both."""
    backend.filters.delete_filter(filter_name, log_group_name)
    return original(backend, filter_name, filter_pattern, log_group_name, *arguments)


def forget_the_filters_of_a_deleted_group(original: Method, backend: Any, log_group_name: str) -> Any:
    """On AWS a log group's filters go with it; moto would give them to the next group of its name."""
    answer = original(backend, log_group_name)
    filters = backend.filters
    filters.metric_filters = [one for one in filters.metric_filters if one["logGroupName"] != log_group_name]
    return answer


def put_query_definition(self: Any) -> str:
    """AWS saves a query, as another one unless its id is given; moto lacks the operation."""
    definitions = self.logs_backend.query_definitions
    query_id = self._get_param("queryDefinitionId") or str(uuid4())
    if self._get_param("queryDefinitionId") and query_id not in definitions:
        raise ResourceNotFoundException("The specified query definition does not exist.")
    kept = {name: self._get_param(name) for name in _KEPT if self._get_param(name) is not None}
    definitions[query_id] = {"queryDefinitionId": query_id, "logGroupNames": []} | kept
    return json.dumps({"queryDefinitionId": query_id})


def describe_query_definitions(self: Any) -> str:
    """AWS lists saved queries; moto lacks the operation."""
    prefix = self._get_param("queryDefinitionNamePrefix") or ""
    found = [one for one in self.logs_backend.query_definitions.values() if one["name"].startswith(prefix)]
    return json.dumps({"queryDefinitions": found})


def delete_query_definition(self: Any) -> str:
    """AWS deletes a saved query; moto lacks the operation."""
    deleted = self.logs_backend.query_definitions.pop(self._get_param("queryDefinitionId"), None)
    if deleted is None:
        raise ResourceNotFoundException("The specified query definition does not exist.")
    return json.dumps({"success": True})
