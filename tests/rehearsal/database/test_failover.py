"""A Multi-AZ database survives its primary and its zone, and says so as RDS does."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest

from tests.rehearsal.parts import REGION, wait_until

from .conftest import FAILOVER_SECONDS, Databases

FAILOVER_EVENTS = [
    "Multi-AZ instance failover started",
    "DB instance restarted",
    "Multi-AZ failover to standby complete - DNS propagation may take a few minutes",
    "Multi-AZ instance failover completed",
]


@pytest.fixture(scope="module")
def pair(databases: Databases) -> Iterator[str]:
    databases.create("pair", MultiAZ=True)
    databases.query("pair", "CREATE TABLE writes (id int)")
    yield "pair"
    databases.delete("pair")


@dataclass
class Writer:
    """A client that writes all the time, and remembers what the database acknowledged."""

    databases: Databases
    acknowledged: list[int] = field(default_factory=list)
    _leave: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Writer":
        self._thread = threading.Thread(target=self._write)
        self._thread.start()
        wait_until(lambda: len(self.acknowledged) > 20)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._thread.join()

    def _write(self) -> None:
        ((first,),) = self.databases.query("pair", "SELECT coalesce(max(id), 0) FROM writes")
        number = int(first)
        while not self._leave.is_set():
            try:
                with self.databases.connect("pair") as connection:
                    while not self._leave.is_set():
                        number += 1
                        connection.execute("INSERT INTO writes VALUES (%s)", (number,))
                        self.acknowledged.append(number)
            except psycopg.OperationalError:
                time.sleep(0.05)

    def lost(self) -> set[int]:
        return set(self.acknowledged) - {row[0] for row in self.databases.query("pair", "SELECT id FROM writes")}


def zones(databases: Databases) -> tuple[str, str]:
    said = databases.describe("pair")
    return said["AvailabilityZone"], said["SecondaryAvailabilityZone"]


def test_the_standby_stands_in_another_zone(databases: Databases, pair: str) -> None:
    assert databases.describe(pair)["MultiAZ"] is True
    assert zones(databases) == (f"{REGION}a", f"{REGION}b")
    said = databases.status(pair)
    assert (said["zone"], said["standby_zone"], said["standby_synchronous"]) == (*zones(databases), True)


def test_a_forced_failover_swaps_the_zones_and_loses_no_acknowledged_row(databases: Databases, pair: str) -> None:
    databases.wait_for_standby(pair)
    before, address = zones(databases), databases.describe(pair)["Endpoint"]
    with Writer(databases) as writer:
        asked = time.monotonic()
        databases.rds.reboot_db_instance(DBInstanceIdentifier=pair, ForceFailover=True)
        wait_until(lambda: databases.refuses(pair))
        databases.wait_for(pair)
        assert FAILOVER_SECONDS < time.monotonic() - asked < FAILOVER_SECONDS + 5
        written = len(writer.acknowledged)
        wait_until(lambda: len(writer.acknowledged) > written + 20)
    assert writer.lost() == set()
    assert zones(databases) == before[::-1]
    assert databases.describe(pair)["Endpoint"] == address
    assert databases.events(pair)[-4:] == FAILOVER_EVENTS


def test_the_events_of_one_category_are_found(databases: Databases, pair: str) -> None:
    found = databases.rds.describe_events(
        SourceIdentifier=pair, SourceType="db-instance", EventCategories=["failover"], Duration=5
    )["Events"]
    assert {one["Message"] for one in found} == {FAILOVER_EVENTS[0], *FAILOVER_EVENTS[2:]}


def test_its_events_reach_eventbridge_as_rds_sends_them(databases: Databases, pair: str) -> None:
    databases.wait_for_standby(pair)
    events, logs = databases.client("events"), databases.client("logs")
    logs.create_log_group(logGroupName="/aws/events/rds")
    pattern = {"source": ["aws.rds"], "detail-type": ["RDS DB Instance Event"]}
    events.put_rule(Name="rds", EventPattern=json.dumps(pattern))
    target = {"Id": "log", "Arn": f"arn:aws:logs:{REGION}:123456789012:log-group:/aws/events/rds"}
    events.put_targets(Rule="rds", Targets=[target])
    databases.fault(failover=pair)

    def sent() -> list[dict[str, object]]:
        found = logs.filter_log_events(logGroupName="/aws/events/rds")["events"]
        return [json.loads(one["message"])["detail"] for one in found]

    ids = ["RDS-EVENT-0013", "RDS-EVENT-0006", "RDS-EVENT-0015", "RDS-EVENT-0049"]
    wait_until(lambda: [one["EventID"] for one in sent() if one["SourceIdentifier"] == pair] == ids)
    first = next(one for one in sent() if one["SourceIdentifier"] == pair)
    assert first["EventCategories"] == ["failover"]
    assert first["SourceArn"] == databases.describe(pair)["DBInstanceArn"]


def test_a_killed_primary_is_noticed_and_the_standby_takes_over(databases: Databases, pair: str) -> None:
    databases.wait_for_standby(pair)
    before = zones(databases)
    with Writer(databases) as writer:
        os.kill(databases.status(pair)["pid"], signal.SIGKILL)
        wait_until(lambda: zones(databases) == before[::-1])
        databases.wait_for(pair)
    assert writer.lost() == set()
    assert databases.events(pair)[-4:] == FAILOVER_EVENTS


def test_a_killed_standby_is_replaced_and_writes_go_on(databases: Databases, pair: str) -> None:
    databases.wait_for_standby(pair)
    killed = databases.status(pair)["standby_pid"]
    os.kill(killed, signal.SIGKILL)
    databases.query(pair, "INSERT INTO writes VALUES (0)")
    wait_until(lambda: databases.status(pair)["standby_pid"] not in (killed, None))
    databases.wait_for_standby(pair)


def test_without_its_zone_the_database_goes_on_in_the_other_one(databases: Databases, pair: str) -> None:
    databases.wait_for_standby(pair)
    gone, other = zones(databases)
    databases.fault(cut_zone=gone)
    try:
        wait_until(lambda: databases.status(pair)["zone"] == other)
        databases.wait_for(pair)
        databases.query(pair, "INSERT INTO writes VALUES (0)")
        assert databases.status(pair)["standby_zone"] is None
    finally:
        databases.fault(restore_zone=gone)
    databases.wait_for_standby(pair)
    assert databases.status(pair)["standby_zone"] == gone


def test_a_read_replica_follows_its_source_through_a_failover(databases: Databases, pair: str) -> None:
    databases.wait_for_standby(pair)
    databases.rds.create_db_instance_read_replica(
        DBInstanceIdentifier="replica", SourceDBInstanceIdentifier=pair, DBInstanceClass="db.r6g.large"
    )
    try:
        replica = databases.wait_for("replica")
        assert replica["Endpoint"]["Address"] != databases.describe(pair)["Endpoint"]["Address"]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            databases.query("replica", "CREATE TABLE refused (id int)")
        started = databases.events(pair).count(FAILOVER_EVENTS[0])
        databases.fault(failover=pair)
        wait_until(lambda: databases.events(pair).count(FAILOVER_EVENTS[0]) > started)
        databases.wait_for(pair)
        databases.query(pair, "CREATE TABLE replicated AS SELECT 1 AS id")
        found = "SELECT count(*) FROM pg_tables WHERE tablename = 'replicated'"
        wait_until(lambda: databases.query("replica", found) == [(1,)])
    finally:
        databases.delete("replica")
