"""Versions of secrets and what tasks were given, against AWS's answers; no value of a secret is asked for."""

from datetime import UTC, datetime
from typing import Any

from modules.operations.rotation.found import ages, tasks, version
from tests.operations.drill.shapes import PlayedClient
from tests.operations.drill.test_deployed import OUTPUTS

FORMER, CURRENT = "1" * 32, "2" * 32
DAY = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = {
    "CreatedDate": DAY,
    "LastChangedDate": datetime(2026, 3, 1, tzinfo=UTC),
    "VersionIdsToStages": {FORMER: ["AWSPREVIOUS"], CURRENT: ["AWSCURRENT"]},
}
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf"


def test_ages_and_versions_come_from_descriptions_alone() -> None:
    secrets: Any = PlayedClient("secretsmanager", DescribeSecret=SECRET)
    found = ages(secrets, OUTPUTS)
    assert set(found) == {"master_key", "database_password", "salt_key"}
    assert found["master_key"].changed == datetime(2026, 3, 1, tzinfo=UTC)
    assert version(secrets, "master") == CURRENT
    assert version(secrets, "master", "AWSPREVIOUS") == FORMER
    assert version(secrets, "master", "AWSPENDING") is None
    assert {operation for operation, _ in secrets.requests} == {"DescribeSecret"}


def test_tasks_are_told_by_the_version_that_they_were_given() -> None:
    container = {
        "name": "litellm",
        "environment": [{"name": "DATABASE_USERNAME", "value": "litellm_b"}],
        "secrets": [
            {"name": "LITELLM_MASTER_KEY", "valueFrom": f"{ARN}:::v2"},
            {"name": "DATABASE_PASSWORD", "valueFrom": f"{ARN}:litellm::v5"},
            {"name": "LITELLM_SALT_KEY", "valueFrom": ARN},
        ],
    }
    ecs = PlayedClient(
        "ecs",
        DescribeServices={"services": [{"taskDefinition": "definition:2"}]},
        DescribeTaskDefinition={"taskDefinition": {"containerDefinitions": [container]}},
        ListTasks={"taskArns": ["a", "b"]},
        DescribeTasks={"tasks": [{"taskDefinitionArn": "definition:2"}, {"taskDefinitionArn": "definition:1"}]},
    )

    class Session:
        def client(self, name: str) -> Any:
            return ecs

    found = tasks(Session(), OUTPUTS)  # type: ignore[arg-type]
    assert found.given == {"master_key": "v2", "database_password": "v5"}
    assert (found.user, found.running, found.others) == ("litellm_b", 2, 1)
