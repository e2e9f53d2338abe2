"""A database of RDS is there, as it was deployed, until it is stopped or deleted."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from modules.rehearsal import processes
from tests.rehearsal.parts import wait_until

from .conftest import PASSWORD, Databases

# Values in RDS's units, and what PostgreSQL shows of them.
SOURCE_PARAMETERS = {
    "max_connections": ("200", "pending-reboot", "200"),
    "shared_buffers": ("131072", "pending-reboot", "1GB"),
    "effective_cache_size": ("393216", "immediate", "3GB"),
    "maintenance_work_mem": ("262144", "immediate", "256MB"),
    "work_mem": ("5120", "immediate", "5MB"),
}


def set_parameters(rds: Any, **values: tuple[str, str]) -> None:
    rds.modify_db_parameter_group(
        DBParameterGroupName="source",
        Parameters=[
            {"ParameterName": name.replace("__", "."), "ParameterValue": value, "ApplyMethod": method}
            for name, (value, method) in values.items()
        ],
    )


@pytest.fixture(scope="module")
def single(databases: Databases) -> Iterator[str]:
    databases.rds.create_db_parameter_group(
        DBParameterGroupName="source", DBParameterGroupFamily="postgres16", Description="the source's five settings"
    )
    set_parameters(databases.rds, **{name: (value, how) for name, (value, how, _) in SOURCE_PARAMETERS.items()})
    set_parameters(databases.rds, shared_preload_libraries=("pg_stat_statements", "pending-reboot"))
    set_parameters(databases.rds, rds__force_ssl=("1", "immediate"), rds__log_retention_period=("1440", "immediate"))
    databases.create("single", DBParameterGroupName="source", EnableIAMDatabaseAuthentication=True)
    yield "single"
    databases.delete("single")


def test_it_is_postgresql_16_for_the_master_user_at_the_deployed_port(databases: Databases, single: str) -> None:
    assert databases.describe(single)["Endpoint"]["Port"] == 5432
    assert databases.describe(single)["Endpoint"]["Address"].startswith("127.")
    ((version, user, superuser),) = databases.query(
        single, "SELECT version(), current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    assert version.startswith("PostgreSQL 16.")
    assert (user, superuser) == ("litellm", False)


@pytest.mark.parametrize("name", SOURCE_PARAMETERS)
def test_it_runs_with_the_groups_values_in_the_groups_units(databases: Databases, single: str, name: str) -> None:
    value, _, shown = SOURCE_PARAMETERS[name]
    assert databases.query(single, f"SHOW {name}") == [(shown,)]
    assert databases.query(single, f"SELECT setting FROM pg_settings WHERE name = '{name}'") == [(value,)]


def test_what_only_rds_knows_is_left_out_and_said(databases: Databases, single: str) -> None:
    assert databases.status(single)["ignored_parameters"] == {
        "rds.log_retention_period": "known to RDS only",
        "shared_preload_libraries": "the library is not in this PostgreSQL",
    }


def test_a_session_without_tls_is_refused(databases: Databases, single: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba.conf entry .*no encryption"):
        databases.connect(single, sslmode="disable")
    with databases.connect(single) as connection:
        assert connection.pgconn.ssl_in_use


def test_without_force_ssl_a_plain_session_is_let_in(databases: Databases, single: str) -> None:
    set_parameters(databases.rds, rds__force_ssl=("0", "immediate"))
    wait_until(lambda: not databases.refuses(single, sslmode="disable"))
    set_parameters(databases.rds, rds__force_ssl=("1", "immediate"))
    wait_until(lambda: databases.refuses(single, sslmode="disable"))


def test_a_new_master_password_takes_the_old_ones_place(databases: Databases, single: str) -> None:
    databases.rds.modify_db_instance(
        DBInstanceIdentifier=single, MasterUserPassword="another-password-of-the-tests", ApplyImmediately=True
    )
    wait_until(lambda: not databases.refuses(single, password="another-password-of-the-tests"))
    assert databases.refuses(single, password=PASSWORD)
    databases.rds.modify_db_instance(DBInstanceIdentifier=single, MasterUserPassword=PASSWORD, ApplyImmediately=True)
    wait_until(lambda: not databases.refuses(single))
    assert "Reset master credentials" in databases.events(single)
    logs = list(databases.directory.glob("database/*/*/postgresql.log"))
    assert logs
    assert not any(PASSWORD in log.read_text() for log in logs)


def test_who_is_in_rds_iam_logs_in_with_a_token(databases: Databases, single: str) -> None:
    databases.query(single, "CREATE ROLE by_token LOGIN")
    assert databases.refuses(single, user="by_token", password="a-token")
    databases.query(single, "GRANT rds_iam TO by_token")
    assert databases.query(single, "SELECT current_user", user="by_token", password="a-token") == [("by_token",)]
    assert databases.refuses(single, password="a-token"), "the master user has a password"


def test_a_dynamic_parameter_changes_at_once_and_a_static_one_with_the_reboot(
    databases: Databases, single: str
) -> None:
    set_parameters(databases.rds, work_mem=("6144", "immediate"), max_connections=("150", "pending-reboot"))
    wait_until(lambda: databases.query(single, "SHOW work_mem") == [("6MB",)])
    assert databases.query(single, "SHOW max_connections") == [("200",)]
    before = databases.status(single)["pid"]
    databases.rds.reboot_db_instance(DBInstanceIdentifier=single)
    assert databases.describe(single)["DBInstanceStatus"] == "rebooting"
    databases.wait_for(single)
    assert databases.status(single)["pid"] != before
    assert databases.query(single, "SHOW max_connections") == [("150",)]
    assert databases.events(single)[-2:] == ["DB instance shutdown", "DB instance restarted"]


def test_a_single_az_instance_cannot_fail_over(databases: Databases, single: str) -> None:
    with pytest.raises(Exception, match=r"InvalidParameterCombination.*isn't configured for Multi-AZ"):
        databases.rds.reboot_db_instance(DBInstanceIdentifier=single, ForceFailover=True)


def test_a_killed_server_is_restarted_with_its_data(databases: Databases, single: str) -> None:
    databases.query(single, "CREATE TABLE kept AS SELECT 1 AS id")
    killed = databases.status(single)["pid"]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: "Recovery of the DB instance is complete" in databases.events(single))
    databases.wait_for(single)
    assert databases.status(single)["pid"] != killed
    assert databases.query(single, "SELECT id FROM kept") == [(1,)]


def test_a_stopped_instance_has_no_process_and_keeps_its_data(databases: Databases, single: str) -> None:
    pid = databases.status(single)["pid"]
    databases.query(single, "CREATE TABLE stays AS SELECT 1 AS id")
    databases.rds.stop_db_instance(DBInstanceIdentifier=single)
    wait_until(lambda: processes.identity(pid) is None)
    wait_until(lambda: databases.refuses(single))
    databases.rds.start_db_instance(DBInstanceIdentifier=single)
    assert databases.describe(single)["DBInstanceStatus"] == "starting"
    databases.wait_for(single)
    assert databases.query(single, "SELECT id FROM stays") == [(1,)]


def test_connections_processor_storage_and_memory_are_reported(databases: Databases, single: str) -> None:
    cloudwatch = databases.client("cloudwatch")

    def reported() -> set[str]:
        dimensions = [{"Name": "DBInstanceIdentifier", "Value": single}]
        listed = cloudwatch.list_metrics(Namespace="AWS/RDS", Dimensions=dimensions)["Metrics"]
        return {one["MetricName"] for one in listed}

    wanted = {"DatabaseConnections", "CPUUtilization", "FreeStorageSpace", "FreeableMemory"}
    wait_until(lambda: reported() >= wanted)
    with databases.connect(single):
        wait_until(lambda: databases.status(single)["connections"] == 1)


def test_a_deleted_instance_leaves_no_process_and_no_folder(databases: Databases) -> None:
    resource = databases.create("short-lived", MultiAZ=True)["DbiResourceId"]
    said = databases.status("short-lived")
    databases.delete("short-lived")
    wait_until(lambda: not (databases.directory / "database" / resource).exists())
    assert [processes.identity(said[pid]) for pid in ("pid", "standby_pid")] == [None, None]


def test_values_that_postgresql_does_not_start_with_are_shown_as_rds_shows_them(databases: Databases) -> None:
    rds = databases.rds
    rds.create_db_parameter_group(
        DBParameterGroupName="broken", DBParameterGroupFamily="postgres16", Description="too much"
    )
    broken = {"ParameterName": "max_connections", "ParameterValue": "many", "ApplyMethod": "pending-reboot"}
    rds.modify_db_parameter_group(DBParameterGroupName="broken", Parameters=[broken])
    rds.create_db_instance(
        DBInstanceIdentifier="broken",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="litellm",
        MasterUserPassword=PASSWORD,
        DBParameterGroupName="broken",
    )
    databases.wait_for("broken", "incompatible-parameters")
    wait_until(lambda: 'invalid value for parameter "max_connections"' in (databases.status("broken")["failure"] or ""))
    rds.modify_db_parameter_group(DBParameterGroupName="broken", Parameters=[{**broken, "ParameterValue": "50"}])
    databases.wait_for("broken")
    databases.delete("broken")
