"""An instance with backups can be restored to a time, as a new instance that can take the old one's place."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.parts import wait_until

from .conftest import Databases


@pytest.fixture(scope="module")
def kept(databases: Databases) -> Iterator[str]:
    databases.rds.create_db_parameter_group(
        DBParameterGroupName="many", DBParameterGroupFamily="postgres16", Description="more than the default"
    )
    databases.rds.modify_db_parameter_group(
        DBParameterGroupName="many",
        Parameters=[{"ParameterName": "max_connections", "ParameterValue": "300", "ApplyMethod": "pending-reboot"}],
    )
    databases.create("kept", DBParameterGroupName="many", BackupRetentionPeriod=7, MultiAZ=True)
    yield "kept"
    for instance in databases.rds.describe_db_instances()["DBInstances"]:
        databases.delete(instance["DBInstanceIdentifier"])


def wait_until_restorable(databases: Databases, identifier: str, moment: datetime) -> None:
    def restorable() -> bool:
        latest = databases.describe(identifier).get("LatestRestorableTime")
        return latest is not None and latest >= moment

    wait_until(restorable)


def now(databases: Databases, identifier: str) -> datetime:
    ((moment,),) = databases.query(identifier, "SELECT clock_timestamp()")
    assert isinstance(moment, datetime)
    return moment


def test_the_latest_restorable_time_is_at_most_five_minutes_behind(databases: Databases, kept: str) -> None:
    wait_until_restorable(databases, kept, databases.describe(kept)["InstanceCreateTime"])
    wait_until_restorable(databases, kept, datetime.now(UTC) - timedelta(seconds=300 / 30))
    assert databases.describe(kept)["LatestRestorableTime"] <= datetime.now(UTC)


def test_a_restored_instance_has_what_was_written_before_the_moment_and_nothing_later(
    databases: Databases, kept: str
) -> None:
    wait_until_restorable(databases, kept, databases.describe(kept)["InstanceCreateTime"])
    databases.query(kept, "CREATE TABLE marks (mark text)")
    databases.query(kept, "INSERT INTO marks VALUES ('before')")
    databases.wait_for_standby(kept)
    databases.rds.reboot_db_instance(DBInstanceIdentifier=kept, ForceFailover=True)
    databases.wait_for(kept)
    databases.query(kept, "INSERT INTO marks VALUES ('after the failover')")
    moment = now(databases, kept)
    databases.query(kept, "INSERT INTO marks VALUES ('after')")
    wait_until_restorable(databases, kept, moment)

    databases.rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=kept, TargetDBInstanceIdentifier="restored", RestoreTime=moment
    )
    assert databases.describe("restored")["DBInstanceStatus"] == "creating"
    restored = databases.wait_for("restored")

    assert databases.query("restored", "SELECT mark FROM marks") == [("before",), ("after the failover",)]
    assert databases.query(kept, "SELECT count(*) FROM marks") == [(3,)]
    databases.query("restored", "INSERT INTO marks VALUES ('goes on')")
    assert restored["MultiAZ"] is False
    assert [one["DBParameterGroupName"] for one in restored["DBParameterGroups"]] != ["many"]
    assert restored["BackupRetentionPeriod"] == 7
    assert restored["InstanceCreateTime"] > databases.describe(kept)["InstanceCreateTime"]
    assert restored["DbiResourceId"] != databases.describe(kept)["DbiResourceId"]


def test_a_restored_instance_takes_the_place_of_the_old_one(databases: Databases, kept: str) -> None:
    place = databases.describe(kept)["Endpoint"]["Address"]
    old, new = databases.describe(kept)["DbiResourceId"], databases.describe("restored")["DbiResourceId"]
    databases.rds.modify_db_instance(
        DBInstanceIdentifier=kept, NewDBInstanceIdentifier="kept-old", ApplyImmediately=True
    )
    assert databases.describe("kept-old")["DBInstanceStatus"] == "renaming"
    with pytest.raises(ClientError, match="DBInstanceAlreadyExists"):
        databases.rds.modify_db_instance(
            DBInstanceIdentifier="restored", NewDBInstanceIdentifier=kept, ApplyImmediately=True
        )
    databases.wait_for("kept-old")
    databases.rds.modify_db_instance(
        DBInstanceIdentifier="restored", NewDBInstanceIdentifier=kept, ApplyImmediately=True
    )
    databases.wait_for(kept)

    assert databases.describe(kept)["Endpoint"]["Address"] == place
    assert databases.describe("kept-old")["Endpoint"]["Address"] != place
    assert [databases.describe(name)["DbiResourceId"] for name in (kept, "kept-old")] == [new, old]
    assert ("goes on",) in databases.query(kept, "SELECT mark FROM marks")
    assert ("after",) in databases.query("kept-old", "SELECT mark FROM marks")


def test_the_restored_instance_is_backed_up_and_can_be_restored_itself(databases: Databases, kept: str) -> None:
    databases.query(kept, "INSERT INTO marks VALUES ('second life')")
    wait_until_restorable(databases, kept, now(databases, kept))
    databases.rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=kept, TargetDBInstanceIdentifier="again", UseLatestRestorableTime=True, MultiAZ=True
    )
    databases.wait_for("again")
    assert ("second life",) in databases.query("again", "SELECT mark FROM marks")
    databases.wait_for_standby("again")


def test_a_time_that_is_not_restorable_is_refused(databases: Databases, kept: str) -> None:
    def refusal(**request: object) -> str:
        with pytest.raises(ClientError) as refused:
            databases.rds.restore_db_instance_to_point_in_time(
                SourceDBInstanceIdentifier=kept, TargetDBInstanceIdentifier="never", **request
            )
        return str(refused.value)

    wait_until_restorable(databases, kept, databases.describe(kept)["InstanceCreateTime"])
    assert "cannot be restored to a time later than" in refusal(RestoreTime=datetime.now(UTC) + timedelta(hours=1))
    assert "cannot be restored to a time earlier than" in refusal(RestoreTime=datetime.now(UTC) - timedelta(days=2))
    assert "InvalidParameterCombination" in refusal()
    assert "InvalidParameterCombination" in refusal(UseLatestRestorableTime=True, RestoreTime=datetime.now(UTC))


def test_without_backups_there_is_nothing_to_restore_and_nothing_is_kept(databases: Databases) -> None:
    resource = databases.create("unkept", BackupRetentionPeriod=0)["DbiResourceId"]
    assert "LatestRestorableTime" not in databases.describe("unkept")
    assert not (databases.directory / "database" / resource / "backups").exists()
    with pytest.raises(ClientError, match="PointInTimeRestoreNotEnabled"):
        databases.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier="unkept", TargetDBInstanceIdentifier="never", UseLatestRestorableTime=True
        )
    databases.delete("unkept")
