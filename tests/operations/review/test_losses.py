"""Whoever approves a plan sees what no deployment brings back, and what users feel."""

import pytest

from .plans import DATABASE, change, reviewed


def test_a_database_that_is_replaced_is_lost_with_what_forces_it_and_what_is_left_of_it() -> None:
    renamed = {**DATABASE, "db_name": "gateway"}
    found = reviewed(change("aws_db_instance.database", DATABASE, renamed, replaced_for=("db_name",)))

    (loss,) = found.losses
    assert found.exit_code == 3
    assert loss.because == ("db_name",)
    assert "virtual keys" in loss.what
    assert "starts empty" in loss.what
    assert loss.way_back == "no last snapshot is taken; automated backups go with it: take a snapshot first"


@pytest.mark.parametrize(
    ("settings", "way_back"),
    [
        ({"deletion_protection": True}, "AWS refuses, and the apply stops midway"),
        ({"skip_final_snapshot": False}, "a last snapshot is taken"),
        ({"delete_automated_backups": False}, "automated backups stay for 7 days"),
    ],
)
def test_the_way_back_is_what_the_settings_leave(settings: dict[str, bool], way_back: str) -> None:
    (loss,) = reviewed(change("aws_db_instance.database", {**DATABASE, **settings}, None)).losses
    assert way_back in loss.way_back


@pytest.mark.parametrize(
    "type_",
    [
        "aws_kms_key",
        "aws_secretsmanager_secret",
        "aws_s3_bucket",
        "aws_cloudwatch_log_group",
        "aws_elasticache_replication_group",
    ],
)
def test_whatever_has_a_memory_is_lost_when_it_is_destroyed(type_: str) -> None:
    assert reviewed(change(f"{type_}.it", {"name": "it"}, None)).exit_code == 3
    assert reviewed(change(f"{type_}.it", None, {"name": "it"})).exit_code == 2


def test_the_database_comes_before_every_other_loss() -> None:
    found = reviewed(
        change("aws_cloudwatch_log_group.logs", {"name": "logs"}, None),
        change("aws_db_instance.database", DATABASE, None),
    )
    assert [loss.address for loss in found.losses] == ["aws_db_instance.database", "aws_cloudwatch_log_group.logs"]


def test_a_load_balancer_that_is_replaced_is_an_outage_unless_the_new_one_comes_first() -> None:
    at_once = change("aws_lb.it", {"name": "a"}, {"name": "b"}, replaced_for=("name",))
    first = {**at_once, "change": {**at_once["change"], "actions": ["create", "delete"]}}
    assert reviewed(at_once).exit_code == 3
    assert [one.severity for one in reviewed(first).disruptions] == ["brief"]
    assert reviewed(first).exit_code == 2


@pytest.mark.parametrize(
    ("setting", "value", "severity", "said"),
    [
        ("instance_class", "db.t3.large", "brief", "in the maintenance window (sun:04:30-sun:05:30 UTC)"),
        ("allocated_storage", 200, "none", "without downtime"),
        ("identifier", "other", "brief", "another address; minutes without a database, in the maintenance window"),
        ("parameter_group_name", "other", "none", "wait for a restart that nobody makes"),
    ],
)
def test_a_change_of_the_database_says_whether_it_is_away_and_when(
    setting: str, value: object, severity: str, said: str
) -> None:
    (felt,) = reviewed(change("aws_db_instance.database", DATABASE, {**DATABASE, setting: value})).disruptions
    assert felt.severity == severity
    assert said in felt.what


def test_a_change_that_rds_makes_at_once_does_not_wait_for_the_window() -> None:
    (felt,) = reviewed(change("aws_db_instance.database", DATABASE, {**DATABASE, "port": 5433})).disruptions
    assert felt.what == "port: the instance restarts on another port; minutes without a database"


def test_a_database_with_a_standby_fails_over_and_one_that_applies_at_once_does_not_wait() -> None:
    before = {**DATABASE, "multi_az": True, "instance_class": "a"}
    found = reviewed(
        change("aws_db_instance.database", before, {**before, "instance_class": "b", "apply_immediately": True})
    )
    (felt,) = found.disruptions
    assert "failover" in felt.what
    assert "maintenance window" not in felt.what


def test_a_service_that_goes_is_an_outage_where_users_reach_it() -> None:
    for before, severity in (
        ({"load_balancer": [{"container_port": 4000}]}, "outage"),
        ({"load_balancer": []}, "none"),
    ):
        (felt,) = reviewed(change("aws_ecs_service.it", before, None)).disruptions
        assert felt.severity == severity


def test_a_rollout_says_how_many_tasks_are_replaced_and_how_many_serve_meanwhile() -> None:
    before = {"task_definition": "arn:1", "desired_count": 4, "deployment_minimum_healthy_percent": 100}
    found = reviewed(
        change("aws_ecs_service.it", before, {**before, "task_definition": None}, unknown={"task_definition": True})
    )
    (felt,) = found.disruptions
    assert "all 4 tasks are replaced in turn, with at least 100 % of them serving" in felt.what


def test_parameters_that_wait_for_a_restart_are_named() -> None:
    def group(value: str) -> dict[str, object]:
        return {"parameter": [{"name": "max_connections", "value": value, "apply_method": "pending-reboot"}]}

    (felt,) = reviewed(change("aws_db_parameter_group.it", group("200"), group("300"))).disruptions
    assert felt.what == "max_connections wait for the next restart of the database"
