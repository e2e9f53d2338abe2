"""A database keeps what it was configured with."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import AwsClient

SOURCE_PARAMETERS = {
    "max_connections": ("200", "pending-reboot"),
    "shared_buffers": ("131072", "pending-reboot"),
    "effective_cache_size": ("393216", "immediate"),
    "maintenance_work_mem": ("262144", "immediate"),
    "work_mem": ("5120", "immediate"),
}
INSTANCE = {"DBInstanceClass": "db.r6g.large", "Engine": "postgres", "EngineVersion": "16", "AllocatedStorage": 100}


@pytest.fixture
def rds(aws: AwsClient) -> Iterator[Any]:
    client = aws("rds")
    client.create_db_parameter_group(DBParameterGroupName="pg16", DBParameterGroupFamily="postgres16", Description="d")
    client.modify_db_parameter_group(
        DBParameterGroupName="pg16",
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
            for name, (value, method) in SOURCE_PARAMETERS.items()
        ],
    )
    yield client
    for instance in client.describe_db_instances()["DBInstances"]:
        client.delete_db_instance(DBInstanceIdentifier=instance["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    client.delete_db_parameter_group(DBParameterGroupName="pg16")


def parameters(rds: Any, **question: str) -> dict[str, tuple[str, str]]:
    found = rds.describe_db_parameters(DBParameterGroupName="pg16", **question)["Parameters"]
    return {one["ParameterName"]: (one["ParameterValue"], one["ApplyMethod"]) for one in found}


def test_the_five_settings_of_the_parameter_group_are_the_users(rds: Any) -> None:
    assert parameters(rds, Source="user") == SOURCE_PARAMETERS
    listed = rds.describe_db_parameters(DBParameterGroupName="pg16")["Parameters"]
    assert {one["Source"] for one in listed} == {"user"}


def test_the_users_settings_are_not_the_engines(rds: Any) -> None:
    assert parameters(rds, Source="engine-default") == {}


def test_a_changed_setting_stays_one_setting(rds: Any) -> None:
    change = {"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName="pg16", Parameters=[change])
    assert parameters(rds, Source="user") == SOURCE_PARAMETERS | {"work_mem": ("8192", "immediate")}


def test_a_reset_setting_is_gone(rds: Any) -> None:
    rds.reset_db_parameter_group(
        DBParameterGroupName="pg16", Parameters=[{"ParameterName": "work_mem", "ApplyMethod": "immediate"}]
    )
    assert set(parameters(rds, Source="user")) == set(SOURCE_PARAMETERS) - {"work_mem"}
    rds.reset_db_parameter_group(DBParameterGroupName="pg16", ResetAllParameters=True)
    assert parameters(rds) == {}


def test_resetting_an_unknown_group_is_refused(rds: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        rds.reset_db_parameter_group(DBParameterGroupName="no-such-group", ResetAllParameters=True)
    assert refusal.value.response["Error"]["Code"] == "DBParameterGroupNotFound"


def described(rds: Any) -> dict[str, Any]:
    instance: dict[str, Any] = rds.describe_db_instances(DBInstanceIdentifier="db")["DBInstances"][0]
    return instance


def test_performance_insights_are_kept(rds: Any) -> None:
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=31,
        DBParameterGroupName="pg16",
        **INSTANCE,
    )
    assert described(rds)["PerformanceInsightsEnabled"] is True
    assert described(rds)["PerformanceInsightsRetentionPeriod"] == 31


def test_performance_insights_are_off_unless_asked_for_and_can_be_switched_on(rds: Any) -> None:
    rds.create_db_instance(DBInstanceIdentifier="db", **INSTANCE)
    assert described(rds)["PerformanceInsightsEnabled"] is False
    assert "PerformanceInsightsRetentionPeriod" not in described(rds)

    rds.modify_db_instance(
        DBInstanceIdentifier="db", EnablePerformanceInsights=True, PerformanceInsightsRetentionPeriod=7
    )
    assert described(rds)["PerformanceInsightsEnabled"] is True
    assert described(rds)["PerformanceInsightsRetentionPeriod"] == 7


def test_two_instances_are_told_apart_by_their_resource_ids(rds: Any) -> None:
    for name in ("first", "second"):
        rds.create_db_instance(DBInstanceIdentifier=name, DBParameterGroupName="pg16", **INSTANCE)

    by_id = {one["DbiResourceId"]: one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]}

    assert sorted(by_id.values()) == ["first", "second"]
    for resource_id, name in by_id.items():
        found = rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [resource_id]}])
        assert [one["DBInstanceIdentifier"] for one in found["DBInstances"]] == [name]
