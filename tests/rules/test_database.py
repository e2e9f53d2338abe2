"""What the rules find in the database: versions, windows, memory."""

from typing import Any

import pytest

from modules.environment_file import environment_names, load
from modules.planning.connections import connection_budget
from modules.planning.database_classes import database_class
from modules.rules import Finding, check
from modules.settings import Environment

PRODUCTION = load("production")


def findings(changes: dict[str, Any], rule: str) -> list[Finding]:
    """What a rule finds in production with other values in its database."""
    content = PRODUCTION.model_dump()
    content["database"] |= changes
    return [finding for finding in check(Environment.model_validate(content)) if finding.rule == rule]


def parameters(**changes: int) -> dict[str, Any]:
    return {"parameters": PRODUCTION.database.parameters.model_dump() | changes}


@pytest.mark.parametrize("version", ["16.3", "16.10", "17.6"])
def test_a_version_that_rds_no_longer_creates_is_refused_with_one_that_it_does(version: str) -> None:
    """operations.md section 3: 16.1 to 16.10 are blocked; 16.11 and 17.7 are the oldest that are not. The source says
    16.3."""
    (finding,) = findings({"engine_version": version}, "versions")
    assert finding.severity == "error"
    major = version.split(".")[0]
    oldest = {"16": "16.11", "17": "17.7"}[major]
    assert f"no longer creates PostgreSQL {version}" in finding.message
    assert f"set '{major}'" in finding.message
    assert f"{oldest} or later" in finding.message


@pytest.mark.parametrize("version", ["16", "16.11", "17", "17.7", "18", "18.1"])
def test_a_version_that_rds_creates_is_taken(version: str) -> None:
    assert findings({"engine_version": version}, "versions") == []


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("03:00-04:00", "sun:03:30-sun:04:30"),
        ("03:00-04:00", "wed:02:00-wed:06:00"),
        # Over midnight, and over the end of the week.
        ("23:30-00:30", "sun:00:00-sun:01:00"),
        ("23:30-00:30", "sun:23:00-mon:00:00"),
        ("00:00-01:00", "sun:23:30-mon:00:30"),
    ],
)
def test_windows_that_overlap_are_refused(backup: str, maintenance: str) -> None:
    (finding,) = findings({"backup_window": backup, "maintenance_window": maintenance}, "windows")
    assert finding.severity == "error"
    assert f"database.backup_window {backup} and database.maintenance_window {maintenance} overlap" in finding.message


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("03:00-04:00", "sun:04:00-sun:05:00"),
        ("04:00-05:00", "sun:03:00-sun:04:00"),
        ("23:30-00:00", "mon:00:00-mon:01:00"),
        ("00:30-01:00", "sun:23:30-mon:00:30"),
    ],
)
def test_windows_may_touch(backup: str, maintenance: str) -> None:
    assert findings({"backup_window": backup, "maintenance_window": maintenance}, "windows") == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"backup_window": "03:00-03:29"}, "database.backup_window 03:00-03:29 is 29 minutes long"),
        ({"backup_window": "23:50-00:10"}, "database.backup_window 23:50-00:10 is 20 minutes long"),
        ({"maintenance_window": "sun:23:50-mon:00:00"}, "database.maintenance_window sun:23:50-mon:00:00 is 10"),
    ],
)
def test_a_window_shorter_than_half_an_hour_is_refused(changes: dict[str, str], words: str) -> None:
    (finding,) = findings(changes, "windows")
    assert finding.severity == "error"
    assert words in finding.message
    assert "at least 30" in finding.message


def test_half_an_hour_is_enough() -> None:
    changes = {"backup_window": "23:45-00:15", "maintenance_window": "sun:23:15-sun:23:45"}
    assert findings(changes, "windows") == []


def test_shared_buffers_that_leave_no_memory_are_refused() -> None:
    """Three quarters of the 16 GiB of a db.r6g.large are 12,288 MiB."""
    assert [one.severity for one in findings(parameters(shared_buffers_mib=12288), "database_memory")] == ["warning"]
    (finding,) = findings(parameters(shared_buffers_mib=12289), "database_memory")
    assert finding.severity == "error"
    assert "shared_buffers_mib 12289 is 75.0 % of the 16384 MiB of database.instance_class" in finding.message
    assert "set 4096" in finding.message


def test_shared_buffers_beyond_what_helps_are_shown() -> None:
    (finding,) = findings(parameters(shared_buffers_mib=8192), "database_memory")
    assert finding.severity == "warning"
    assert "is 50.0 %" in finding.message


def test_more_connections_than_the_class_is_made_for_are_shown() -> None:
    """LEAST({DBInstanceClassMemory/9531392}, 5000): 16 GiB give 1,802."""
    assert findings(parameters(max_connections=1802), "database_memory") == []
    (finding,) = findings(parameters(max_connections=1803), "database_memory")
    assert finding.severity == "warning"
    assert "16384 MiB / 9531392 bytes = 1802" in finding.message


def test_a_replica_of_a_smaller_class_is_held_to_its_own_memory() -> None:
    """It has the primary's parameters: 4 GiB of buffers on a machine with 4 GiB."""
    (refused, shown) = findings({"read_replica": {"instance_class": "db.t3.medium"}}, "database_memory")
    assert refused.severity == "error"
    assert "is 100.0 % of the 4096 MiB of database.read_replica.instance_class db.t3.medium" in refused.message
    assert "max_connections 800" in shown.message


def test_a_class_that_is_not_in_the_table_is_not_judged() -> None:
    assert database_class("db.x2iedn.large") is None
    changes = {"instance_class": "db.x2iedn.large", **parameters(shared_buffers_mib=10**6, max_connections=5000)}
    assert findings(changes, "database_memory") == []


def test_a_replica_leaves_the_pool_as_it_is() -> None:
    """A worker's other pool is against another server with the same max_connections."""
    content = PRODUCTION.model_dump()
    content["database"] |= {"read_replica": {}}
    assert connection_budget(Environment.model_validate(content)) == connection_budget(PRODUCTION)


def test_the_projects_environments_run_on_classes_that_the_table_knows() -> None:
    for name in environment_names():
        assert database_class(load(name).database.instance_class) is not None
