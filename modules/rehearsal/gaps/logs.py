"""CloudWatch Logs: saved queries."""

import json
from typing import Any
from uuid import uuid4

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend
from moto.logs.responses import LogsResponse

from modules.rehearsal.gaps.patching import Method, add, wrap

_KEPT = ("name", "queryString", "logGroupNames", "queryLanguage")


def install() -> None:
    wrap(LogsBackend, "__init__", know_query_definitions)
    for operation in (put_query_definition, describe_query_definitions, delete_query_definition):
        add(LogsResponse, operation.__name__, operation)


def know_query_definitions(original: Method, backend: Any, *arguments: Any, **named: Any) -> None:
    """AWS keeps queries of Logs Insights; moto keeps none."""
    original(backend, *arguments, **named)
    backend.query_definitions = {}


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
