"""A restore on a real PostgreSQL: the endpoint serves the data of the moment, and nothing else has to change."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from modules.operations.drill.writes import TIMEOUTS, Writer
from modules.operations.restore.instances import Instances, RestoreError
from modules.operations.restore.loss import loss
from modules.operations.restore.prepare import Outcome
from modules.operations.restore.rows import rows
from modules.operations.restore.run import Names, restore
from modules.operations.restore.tables import outcome
from tests.rehearsal.database.conftest import PASSWORD, Databases
from tests.rehearsal.parts import started, wait_until

SERVING = "serving"
PACE = 60


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    directory = tmp_path_factory.mktemp("databases") / ".rehearsal"
    with started(directory, pace=str(PACE)) as rehearsal:
        databases = Databases(rehearsal, directory)
        databases.create(
            SERVING,
            BackupRetentionPeriod=1,
            PubliclyAccessible=False,
            DBSubnetGroupName=subnet_group(databases),
            Tags=[{"Key": "environment", "Value": "tests"}],
        )
        yield databases


def subnet_group(databases: Databases) -> str:
    ec2 = databases.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{index}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for index, zone in enumerate(("us-east-1a", "us-east-1b"))
    ]
    databases.rds.create_db_subnet_group(DBSubnetGroupName="tests", DBSubnetGroupDescription="tests", SubnetIds=subnets)
    return "tests"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def instances(databases: Databases, said: list[str]) -> Instances:
    return Instances(rds=databases.rds, clock=time.time, sleep=time.sleep, say=said.append, timeout_seconds=60)


def latest(databases: Databases) -> datetime:
    found: datetime | None = databases.describe(SERVING).get("LatestRestorableTime")
    return found or datetime.min.replace(tzinfo=UTC)


def at_the_endpoint(databases: Databases) -> Callable[[], "psycopg.Connection[Any]"]:
    """As a task connects, which knows an address and asks nobody who is there."""
    endpoint = databases.describe(SERVING)["Endpoint"]
    login = {"user": "litellm", "password": PASSWORD, "dbname": "litellm", "sslmode": "require"}
    return lambda: psycopg.connect(host=endpoint["Address"], port=endpoint["Port"], **login, **TIMEOUTS)


def test_the_endpoint_serves_the_moment_and_the_loss_is_measured(
    databases: Databases, instances: Instances, said: list[str]
) -> None:
    databases.query(SERVING, "CREATE TABLE kept AS SELECT generate_series(1, 3) AS id")
    marks = Writer(at_the_endpoint(databases), schema="restore_test", clock=time.time, say=said.append)
    marks.start()
    began = datetime.now(UTC)
    wait_until(lambda: latest(databases) > began)
    databases.query(SERVING, "DELETE FROM kept")
    moment, source, names = latest(databases), databases.describe(SERVING), Names.at(SERVING, time.time())

    done = restore(instances, source, names, moment, serves=lambda: None)

    writes = marks.finish()
    assert writes
    lost = loss(marks.acknowledged, writes.lost, decided=done.decided)
    assert lost
    assert lost.holes == 0
    assert lost.seconds <= 300 / PACE + 1.5
    assert abs(lost.seconds - (done.decided - moment.timestamp())) < 0.5
    assert writes.lost
    assert done.unserved is None
    now = databases.describe(SERVING)
    assert now["Endpoint"] == source["Endpoint"]
    assert now["DbiResourceId"] == done.resource != source["DbiResourceId"]
    assert now["TagList"] == source["TagList"]
    assert databases.describe(names.old)["DbiResourceId"] == done.old_resource
    with databases.connect(names.old) as old, databases.connect(SERVING) as new:
        assert (rows(old)["public.kept"], rows(new)["public.kept"]) == (0, 3)
    assert [step.what for step in done.steps][-1] == "LiteLLM has its database again"
    assert done.seconds == pytest.approx(done.steps[-1].ended - done.decided)
    databases.delete(names.old)


def test_litellm_that_does_not_come_back_is_told_and_the_restored_instance_serves_all_the_same(
    databases: Databases, instances: Instances
) -> None:
    wait_until(lambda: latest(databases) > datetime.now(UTC) - timedelta(minutes=1))
    names = Names.at(SERVING, time.time())
    done = restore(
        instances,
        databases.describe(SERVING),
        names,
        latest(databases),
        serves=lambda: "password refused",
        serve_within_seconds=0,
    )
    assert databases.describe(SERVING)["DbiResourceId"] == done.resource
    told = outcome(Outcome(restored=done, acknowledged=[], writes=None), None, pace=PACE)
    assert told.title == f"Restored: {SERVING}, but not in use: password refused"
    databases.delete(names.old)


def test_an_instance_that_does_not_become_available_leaves_the_old_one_serving(
    databases: Databases, instances: Instances
) -> None:
    wait_until(lambda: latest(databases) > datetime.now(UTC) - timedelta(minutes=1))
    names, before = Names.at(SERVING, time.time()), databases.describe(SERVING)["DbiResourceId"]
    hasty = Instances(rds=databases.rds, clock=time.time, sleep=time.sleep, say=print, timeout_seconds=0)
    with pytest.raises(RestoreError, match=f"{SERVING} serves as before; {names.restored} is not used: delete it"):
        restore(hasty, databases.describe(SERVING), names, latest(databases), serves=lambda: None)
    assert databases.describe(SERVING)["DbiResourceId"] == before
    databases.wait_for(names.restored)
    databases.delete(names.restored)
