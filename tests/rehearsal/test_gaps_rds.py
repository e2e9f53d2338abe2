"""A database keeps what it was configured with."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from modules.rehearsal.lifecycle import Rehearsal

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
    instances = client.describe_db_instances()["DBInstances"]
    # A source that is gone cannot let go of its replica.
    for instance in sorted(instances, key=lambda one: "ReadReplicaSourceDBInstanceIdentifier" not in one):
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


def test_a_replica_is_an_instance_of_its_own(rds: Any) -> None:
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        MultiAZ=True,
        EnablePerformanceInsights=True,
        EnableCloudwatchLogsExports=["postgresql"],
        EnableIAMDatabaseAuthentication=True,
        Tags=[{"Key": "role", "Value": "primary"}],
        **INSTANCE,
    )
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier="db-replica",
        SourceDBInstanceIdentifier="db",
        DBInstanceClass="db.r6g.xlarge",
        Tags=[{"Key": "role", "Value": "replica"}],
    )

    (replica,) = rds.describe_db_instances(DBInstanceIdentifier="db-replica")["DBInstances"]
    primary = described(rds)
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "db"
    assert primary["ReadReplicaDBInstanceIdentifiers"] == ["db-replica"]
    assert replica["DbiResourceId"] != primary["DbiResourceId"]
    assert (replica["MultiAZ"], replica["BackupRetentionPeriod"]) == (False, 0)
    assert replica["PerformanceInsightsEnabled"] is False
    assert replica["IAMDatabaseAuthenticationEnabled"] is False
    assert replica["EnabledCloudwatchLogsExports"] == []
    assert replica["TagList"] == [{"Key": "role", "Value": "replica"}]
    assert primary["TagList"] == [{"Key": "role", "Value": "primary"}]
    assert primary["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert primary["DBInstanceClass"] == INSTANCE["DBInstanceClass"]


def test_a_replica_keeps_what_it_is_made_with(rds: Any) -> None:
    rds.create_db_instance(DBInstanceIdentifier="db", **INSTANCE)
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier="db-replica",
        SourceDBInstanceIdentifier="db",
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=31,
        EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["postgresql", "upgrade"],
        MonitoringInterval=60,
        MonitoringRoleArn="arn:aws:iam::123456789012:role/monitoring",
    )
    (replica,) = rds.describe_db_instances(DBInstanceIdentifier="db-replica")["DBInstances"]
    assert replica["PerformanceInsightsRetentionPeriod"] == 31
    assert replica["IAMDatabaseAuthenticationEnabled"] is True
    assert replica["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert replica["MonitoringInterval"] == 60


def test_backups_are_copied_to_another_region_until_that_is_stopped(rds: Any, rehearsal: Rehearsal) -> None:
    far = boto3.client(
        "rds",
        region_name="us-west-2",
        endpoint_url=rehearsal.url,
        aws_access_key_id="rehearsal",
        aws_secret_access_key="rehearsal",
    )
    rds.create_db_instance(DBInstanceIdentifier="db", **INSTANCE)
    source = described(rds)["DBInstanceArn"]
    key = "arn:aws:kms:us-west-2:123456789012:key/far"
    started = far.start_db_instance_automated_backups_replication(
        SourceDBInstanceArn=source, BackupRetentionPeriod=14, KmsKeyId=key
    )["DBInstanceAutomatedBackup"]
    arn = started["DBInstanceAutomatedBackupsArn"]

    def backups(**question: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = far.describe_db_instance_automated_backups(**question)[
            "DBInstanceAutomatedBackups"
        ]
        return found

    (backup,) = backups(DBInstanceAutomatedBackupsArn=arn)
    assert backup["Status"] == "replicating"
    assert (backup["DBInstanceArn"], backup["BackupRetentionPeriod"], backup["KmsKeyId"]) == (source, 14, key)
    assert backups(DbiResourceId=described(rds)["DbiResourceId"]) == [backup]
    assert backups(DBInstanceIdentifier="another") == []
    assert described(rds)["DBInstanceAutomatedBackupsReplications"] == [{"DBInstanceAutomatedBackupsArn": arn}]

    far.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=source)
    assert [one["Status"] for one in backups(DBInstanceAutomatedBackupsArn=arn)] == ["retained"]
    assert described(rds)["DBInstanceAutomatedBackupsReplications"] == []
    with pytest.raises(ClientError, match="not replicating to the current region"):
        far.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=source)
    with pytest.raises(ClientError) as refusal:
        backups(DBInstanceAutomatedBackupsArn=f"{arn}x")
    assert refusal.value.response["Error"]["Code"] == "DBInstanceAutomatedBackupNotFound"
