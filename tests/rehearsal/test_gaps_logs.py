"""Queries of Logs Insights are kept."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import AwsClient

QUERY = {"name": "proxy/errors", "queryString": "fields @message | limit 20", "logGroupNames": ["/ecs/proxy"]}


def found(logs: Any, prefix: str) -> list[dict[str, Any]]:
    definitions: list[dict[str, Any]] = logs.describe_query_definitions(queryDefinitionNamePrefix=prefix)[
        "queryDefinitions"
    ]
    return definitions


def test_a_query_is_saved_changed_and_deleted(aws: AwsClient) -> None:
    logs = aws("logs")
    query_id = logs.put_query_definition(**QUERY)["queryDefinitionId"]
    assert found(logs, "proxy/") == [QUERY | {"queryDefinitionId": query_id}]
    assert found(logs, "database/") == []

    longer = QUERY | {"queryString": "fields @message | limit 50"}
    assert logs.put_query_definition(**longer, queryDefinitionId=query_id)["queryDefinitionId"] == query_id
    assert found(logs, "proxy/") == [longer | {"queryDefinitionId": query_id}]

    assert logs.delete_query_definition(queryDefinitionId=query_id)["success"] is True
    assert found(logs, "proxy/") == []


def test_a_query_that_does_not_exist_is_not_found(aws: AwsClient) -> None:
    logs = aws("logs")
    for operation, arguments in ((logs.delete_query_definition, {}), (logs.put_query_definition, QUERY)):
        with pytest.raises(ClientError) as refusal:
            operation(**arguments, queryDefinitionId="none")
        assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
