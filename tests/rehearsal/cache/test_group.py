"""A replication group is a Redis at its endpoints, as it was deployed, until it is deleted."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from modules.rehearsal import lifecycle, processes, status
from tests.rehearsal.parts import wait_until

from .conftest import Caches

PASSWORD, NEW_PASSWORD = "a-password-of-the-tests", "another-password-of-the-tests"
LITELLM = "on ~* &* -@all +@read +@write +@connection +@transaction +@scripting +@pubsub -@admin -@dangerous +info"


@pytest.fixture(scope="module")
def production(caches: Caches) -> Iterator[str]:
    """Two nodes with TLS; `proxy` logs in with its role."""
    caches.elasticache.create_cache_parameter_group(
        CacheParameterGroupName="valkey8", CacheParameterGroupFamily="valkey8", Description="d"
    )
    set_parameters(caches, **{"maxmemory-policy": "noeviction", "search-fanout-target-mode": "client"})
    caches.user("proxy", "proxies", AccessString=LITELLM, AuthenticationMode={"Type": "iam"})
    caches.create(
        "production", NumCacheClusters=2, UserGroupIds=["proxies"], CacheParameterGroupName="valkey8", Port=6380
    )
    yield "production"
    caches.delete("production")


def set_parameters(caches: Caches, **values: str) -> None:
    caches.elasticache.modify_cache_parameter_group(
        CacheParameterGroupName="valkey8",
        ParameterNameValues=[{"ParameterName": name, "ParameterValue": value} for name, value in values.items()],
    )


def test_who_has_a_role_writes_at_the_primary_and_reads_at_a_replica(caches: Caches, production: str) -> None:
    assert caches.describe(production)["NodeGroups"][0]["PrimaryEndpoint"]["Port"] == 6380
    primary = caches.connect(production, username="proxy", password="a-token")
    reader = caches.connect(production, "ReaderEndpoint", username="proxy", password="a-token")
    primary.set("spend", "1.5")
    wait_until(lambda: bool(reader.get("spend") == "1.5"))
    with pytest.raises(redis.ReadOnlyError):
        reader.set("spend", "2")


def test_a_user_may_do_what_its_access_string_says(caches: Caches, production: str) -> None:
    proxy = caches.connect(production, username="proxy", password="a-token")
    assert proxy.eval("return redis.call('INCR', KEYS[1])", 1, "requests") == 1
    for forbidden in (proxy.flushall, proxy.keys, proxy.config_get, proxy.acl_users):
        with pytest.raises(redis.exceptions.NoPermissionError):
            forbidden()


def test_nobody_else_gets_in(caches: Caches, production: str) -> None:
    with pytest.raises(redis.AuthenticationError):
        caches.connect(production).ping()
    with pytest.raises(redis.AuthenticationError):
        caches.connect(production, username="somebody", password="a-token").ping()


def test_a_session_without_tls_is_refused(caches: Caches, production: str) -> None:
    with pytest.raises(redis.ConnectionError):
        caches.connect(production, username="proxy", password="a-token", ssl=False).ping()


def test_who_trusts_other_authorities_only_does_not_connect(caches: Caches, production: str) -> None:
    where = caches.describe(production)["NodeGroups"][0]["PrimaryEndpoint"]
    with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
        redis.Redis(host=where["Address"], port=where["Port"], ssl=True).ping()


def test_it_runs_with_the_groups_parameters_and_its_node_types_memory(caches: Caches, production: str) -> None:
    proxy = caches.connect(production, username="proxy", password="a-token")
    # Of the 1.37 GiB of a t4g.small, ElastiCache reserves a quarter.
    assert proxy.info("memory")["maxmemory"] / 2**30 == pytest.approx(1.37 * 0.75, rel=0.03)
    assert proxy.info("memory")["maxmemory_policy"] == "noeviction"
    assert caches.status(production)["ignored_parameters"] == ["search-fanout-target-mode"]

    set_parameters(caches, **{"maxmemory-policy": "allkeys-lru", "reserved-memory-percent": "50"})
    wait_until(lambda: bool(proxy.info("memory")["maxmemory_policy"] == "allkeys-lru"))
    assert proxy.info("memory")["maxmemory"] / 2**30 == pytest.approx(1.37 * 0.5, rel=0.03)
    caches.elasticache.reset_cache_parameter_group(CacheParameterGroupName="valkey8", ResetAllParameters=True)
    wait_until(lambda: caches.status(production)["ignored_parameters"] == [])


def test_its_nodes_report_what_the_alarms_watch(caches: Caches, production: str) -> None:
    def reported() -> set[tuple[str, str]]:
        listed = caches.client("cloudwatch").list_metrics(Namespace="AWS/ElastiCache")["Metrics"]
        names = {(one["MetricName"], one["Dimensions"][0]["Value"]) for one in listed}
        return {(name, node.removeprefix("production-")) for name, node in names if node.startswith("production-")}

    of_both = {(name, node) for name in ("EngineCPUUtilization", "Evictions") for node in ("001", "002")}
    memory = {("DatabaseMemoryUsagePercentage", node) for node in ("001", "002")}
    wait_until(lambda: reported() >= {*of_both, *memory, ("ReplicationLag", "002")})
    assert ("ReplicationLag", "001") not in reported()


def test_a_person_sees_it(caches: Caches, production: str) -> None:
    seen = status.shown(status.read(caches.rehearsal))
    (line,) = [line for line in seen.splitlines() if line.startswith("  production  available")]
    assert "6380 with TLS" in line
    assert "users: proxy" in line
    assert "cache production: proxy may log in with any token" in seen


def test_a_killed_redis_is_shown_and_comes_back_empty_for_the_same_users(caches: Caches, production: str) -> None:
    proxy = caches.connect(production, username="proxy", password="a-token")
    proxy.set("requests", "7")
    killed = caches.status(production)["nodes"]["production-001"]["pid"]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: "production-001: its process ended with exit code -9" in (caches.part("cache")["failure"] or ""))
    wait_until(lambda: not caches.refuses(production, username="proxy", password="a-token"))
    assert caches.refuses(production)
    assert caches.connect(production, username="proxy", password="a-token").get("requests") is None
    wait_until(lambda: caches.part("cache")["failure"] is None)
    seen = status.shown(status.read(caches.rehearsal))
    assert "production-001 was restarted 1 times, each time empty; its last exit code was -9" in seen
    caches.connect(production, username="proxy", password="a-token").set("after", "1")
    reader = caches.connect(production, "ReaderEndpoint", username="proxy", password="a-token")
    wait_until(lambda: bool(reader.get("after") == "1"))


def test_replicas_come_and_go(caches: Caches, production: str) -> None:
    change = {"ReplicationGroupId": production, "ApplyImmediately": True}
    gone = caches.status(production)["nodes"]["production-002"]["pid"]
    caches.elasticache.decrease_replica_count(**change, NewReplicaCount=0)
    wait_until(lambda: processes.identity(gone) is None)
    wait_until(lambda: not caches.refuses(production, endpoint="ReaderEndpoint", username="proxy", password="a-token"))
    caches.elasticache.increase_replica_count(**change, NewReplicaCount=1)
    wait_until(lambda: len(caches.status(production)["nodes"]) == 2)


def test_passwords_are_rotated_two_at_a_time(caches: Caches) -> None:
    caches.user("rotated", "rotating", AuthenticationMode={"Type": "password", "Passwords": [PASSWORD]})
    caches.create("passwords", UserGroupIds=["rotating"])

    def set_passwords(*passwords: str) -> None:
        mode = {"Type": "password", "Passwords": list(passwords)}
        caches.elasticache.modify_user(UserId="rotated", AuthenticationMode=mode)

    session = caches.connect("passwords", username="rotated", password=PASSWORD)
    assert session.ping()
    assert caches.refuses("passwords", username="rotated", password=NEW_PASSWORD)
    set_passwords(PASSWORD, NEW_PASSWORD)
    wait_until(lambda: not caches.refuses("passwords", username="rotated", password=NEW_PASSWORD))
    assert not caches.refuses("passwords", username="rotated", password=PASSWORD)
    set_passwords(NEW_PASSWORD)
    wait_until(lambda: caches.refuses("passwords", username="rotated", password=PASSWORD))
    assert session.ping(), "a session that is logged in stays"
    caches.elasticache.modify_user_group(UserGroupId="rotating", UserIdsToRemove=["rotated"])
    wait_until(lambda: caches.refuses("passwords", username="rotated", password=NEW_PASSWORD))
    caches.delete("passwords")


def test_an_access_string_that_this_redis_does_not_know_is_said(caches: Caches) -> None:
    caches.user("newer", "newer", AccessString="on %R~* +@all", AuthenticationMode={"Type": "iam"})
    caches.elasticache.create_replication_group(
        ReplicationGroupId="newer", ReplicationGroupDescription="d", Engine="valkey", UserGroupIds=["newer"]
    )
    wait_until(lambda: "access string of the user newer" in (caches.part("cache")["failure"] or ""))
    caches.delete("newer")
    wait_until(lambda: caches.part("cache")["failure"] is None)


def test_an_auth_token_lets_everybody_in_and_is_rotated(caches: Caches) -> None:
    caches.create("token", Engine="redis", AuthToken=PASSWORD)
    assert caches.refuses("token")
    assert not caches.refuses("token", password=PASSWORD)
    for strategy, still in (("ROTATE", True), ("SET", False)):
        caches.elasticache.modify_replication_group(
            ReplicationGroupId="token", AuthToken=NEW_PASSWORD, AuthTokenUpdateStrategy=strategy
        )
        wait_until(lambda: not caches.refuses("token", password=NEW_PASSWORD))
        wait_until(lambda still=still: caches.refuses("token", password=PASSWORD) is not still)
    caches.delete("token")


def test_a_deleted_group_refuses_and_leaves_no_process(caches: Caches) -> None:
    group = caches.create("plain", TransitEncryptionEnabled=False)
    assert caches.connect("plain", ssl=False).ping()
    where = group["NodeGroups"][0]["PrimaryEndpoint"]
    said = caches.status("plain")
    pid = said["nodes"]["plain-001"]["pid"]
    address = (where["Address"], where["Port"])
    caches.delete("plain")
    wait_until(lambda: processes.identity(pid) is None)
    wait_until(lambda: "plain" not in caches.part("cache")["groups"])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=1)
    assert not (caches.directory / "cache" / where["Address"]).exists()


def test_when_the_rehearsal_is_killed_its_caches_end(tmp_path: Path) -> None:
    directory = tmp_path / ".rehearsal"
    killed = Caches(lifecycle.start(directory), directory)
    killed.create("orphan")
    pid = killed.status("orphan")["nodes"]["orphan-001"]["pid"]
    os.kill(killed.rehearsal.pid, signal.SIGKILL)
    wait_until(lambda: processes.identity(pid) is None)
    lifecycle.stop(directory)
    assert not directory.exists()
