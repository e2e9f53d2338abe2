"""RDS for PostgreSQL: the source's numbers in the engine's units, and what makes them safe to run."""

import json
import re

import pytest

from modules.environment_file import load

from .conftest import (
    Environments,
    Json,
    Variant,
    container,
    differences,
    leaves,
    named,
    referenced,
    resources,
    the_only,
)

KIB_PER_MIB = 1024
KIB_PER_GIB = 1024 * KIB_PER_MIB
KIB_PER_BLOCK = 8


SOURCES_FIVE = ("max_connections", "shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem")


def parameters(stack: Json) -> dict[str, str]:
    return {
        parameter["name"]: parameter["value"] for parameter in the_only(stack, "aws_db_parameter_group")["parameter"]
    }


def test_the_instance_has_the_sources_class_storage_and_backups(benchmark: Json) -> None:
    """Source, section 3: db.t3.medium, 100 GB gp3, 7 days of backups, Multi-AZ no."""
    instance = the_only(benchmark, "aws_db_instance")
    assert instance["instance_class"] == "db.t3.medium"
    assert (instance["storage_type"], instance["allocated_storage"]) == ("gp3", 100)
    assert instance["backup_retention_period"] == 7
    assert instance["multi_az"] is False
    assert instance["port"] == 5432


def test_the_engine_is_postgresql_16_with_automatic_minor_versions(benchmark: Json) -> None:
    """Source, section 3, says 16.3, which AWS no longer creates (design.md)."""
    instance = the_only(benchmark, "aws_db_instance")
    assert (instance["engine"], instance["engine_version"]) == ("postgres", "16")
    assert instance["auto_minor_version_upgrade"] is True
    group = the_only(benchmark, "aws_db_parameter_group")
    assert group["family"] == "postgres16"
    assert referenced(benchmark, instance["parameter_group_name"], "name")["family"] == "postgres16"


def test_the_sources_five_settings_are_in_the_engines_units(benchmark: Json) -> None:
    """Source, section 3, "Recommended Settings"; PostgreSQL counts buffers in blocks of 8 kB and memory in kB."""
    values = parameters(benchmark)
    assert {name: values[name] for name in SOURCES_FIVE} == {
        "max_connections": "200",
        "shared_buffers": str(1 * KIB_PER_GIB // KIB_PER_BLOCK),
        "effective_cache_size": str(3 * KIB_PER_GIB // KIB_PER_BLOCK),
        "maintenance_work_mem": str(256 * KIB_PER_MIB),
        "work_mem": str(5 * KIB_PER_MIB),
    }


def test_what_is_set_beside_them_is_named_here(benchmark: Json) -> None:
    """peers.md (d), RDS: TLS is not a matter of choice, the log tells of slow and waiting statements and of changes to
    the schema, and nobody who is gone keeps locks or connections."""
    values = parameters(benchmark)
    assert {name: value for name, value in values.items() if name not in SOURCES_FIVE} == {
        "rds.force_ssl": "1",
        "log_statement": "ddl",
        "log_min_duration_statement": "1000",
        "log_lock_waits": "1",
        "idle_in_transaction_session_timeout": "60000",
        "tcp_keepalives_idle": "60",
        "shared_preload_libraries": "pg_stat_statements",
    }


def test_no_environment_of_the_project_accepts_connections_without_tls(environments: Environments) -> None:
    for name, stacks in environments.items():
        assert parameters(stacks.environment)["rds.force_ssl"] == "1", name


def test_how_slow_a_logged_statement_is_is_a_setting(benchmark: Json, variant: Variant) -> None:
    patient = variant("benchmark", {"database.slow_query_milliseconds": 2500}).environment
    ((path, values),) = differences(benchmark, patient).items()
    assert path.startswith("resource.aws_db_parameter_group.")
    assert values == ("1000", "2500")


def test_those_values_are_the_ones_of_operations_section_3(benchmark: Json) -> None:
    """Its worked example for 4 GiB: shared_buffers 131072, effective_cache_size 393216, maintenance_work_mem 262144."""
    values = parameters(benchmark)
    assert (values["shared_buffers"], values["effective_cache_size"]) == ("131072", "393216")
    assert values["maintenance_work_mem"] == "262144"


def test_settings_that_need_a_restart_wait_for_it(benchmark: Json) -> None:
    """operations.md section 3: max_connections and shared_buffers are static."""
    methods = {
        parameter["name"]: parameter["apply_method"]
        for parameter in the_only(benchmark, "aws_db_parameter_group")["parameter"]
    }
    waiting = {name for name, method in methods.items() if method == "pending-reboot"}
    assert waiting == {"max_connections", "shared_buffers", "shared_preload_libraries"}
    assert set(methods.values()) == {"pending-reboot", "immediate"}


def test_a_database_is_encrypted_private_and_backed_up_in_every_environment(environments: Environments) -> None:
    for name, stacks in environments.items():
        instance = the_only(stacks.environment, "aws_db_instance")
        assert instance["storage_encrypted"] is True, name
        assert instance["publicly_accessible"] is False, name
        assert instance["backup_retention_period"] >= 1, name


def test_it_is_in_the_private_subnets_behind_its_own_security_group(benchmark: Json) -> None:
    instance = the_only(benchmark, "aws_db_instance")
    (group,) = instance["vpc_security_group_ids"]
    assert referenced(benchmark, group, "id")["name"] == "benchmark-litellm-database"
    subnets = referenced(benchmark, instance["db_subnet_group_name"], "name")["subnet_ids"]
    cidrs = {referenced(benchmark, subnet, "id")["cidr_block"] for subnet in subnets}
    assert cidrs == {"10.0.11.0/24", "10.0.12.0/24"}


def test_a_standby_is_one_setting_and_changes_nothing_but_what_can_be_drilled(variant: Variant) -> None:
    """Source, section 3: "Multi-AZ: No (can be enabled for HA)"."""
    alone = variant("benchmark", {"drills": None}).environment
    ha = variant("benchmark", {"drills": None, "database.multi_az": True}).environment
    ((path, values),) = differences(alone, ha).items()
    assert path.endswith(".multi_az")
    assert values == (False, True)


def test_production_has_a_standby_and_survives_a_mistake(production: Json) -> None:
    instance = the_only(production, "aws_db_instance")
    assert instance["multi_az"] is True
    assert instance["deletion_protection"] is True
    assert instance["skip_final_snapshot"] is False
    # A name that no earlier life of the environment had, or its snapshot would stand in the way.
    assert instance["final_snapshot_identifier"] == (
        "production-litellm-final-${aws_security_group.database_security_group.id}"
    )


def test_without_a_last_snapshot_none_is_named(benchmark: Json) -> None:
    instance = the_only(benchmark, "aws_db_instance")
    assert instance["skip_final_snapshot"] is True
    assert "final_snapshot_identifier" not in instance
    assert instance["deletion_protection"] is False


@pytest.mark.parametrize(("version", "family"), [("16.13", "postgres16"), ("17", "postgres17"), ("17.9", "postgres17")])
def test_the_parameter_group_is_of_the_engines_major_version(variant: Variant, version: str, family: str) -> None:
    stack = variant("benchmark", {"database.engine_version": version}).environment
    group = the_only(stack, "aws_db_parameter_group")
    assert group["family"] == family
    assert group["name"] == f"benchmark-litellm-{family}"
    assert the_only(stack, "aws_db_instance")["engine_version"] == version


def test_there_is_one_database(environments: Environments) -> None:
    for stacks in environments.values():
        assert len(resources(stacks.environment, "aws_db_instance")) == 1


def test_storage_grows_by_itself_up_to_a_limit_that_is_a_setting(production: Json, variant: Variant) -> None:
    instance = the_only(production, "aws_db_instance")
    assert (instance["allocated_storage"], instance["max_allocated_storage"]) == (100, 500)
    fixed = variant("production", {"database.maximum_storage_gib": None}).environment
    changed = differences(production, fixed)
    # The alarm on free storage follows: a share of what there is instead of what there may be.
    assert {path.split(".")[1] for path in changed} <= {"aws_db_instance", "aws_cloudwatch_metric_alarm"} | {
        "aws_cloudwatch_dashboard"
    }
    (values,) = [values for path, values in changed.items() if path.endswith(".max_allocated_storage")]
    assert values == (500, None)


def test_production_is_encrypted_with_its_own_key_performance_insights_included(production: Json) -> None:
    instance = the_only(production, "aws_db_instance")
    key = referenced(production, instance["kms_key_id"], "arn")
    assert key["description"] == "production-litellm: database and its snapshots"
    assert instance["performance_insights_kms_key_id"] == instance["kms_key_id"]


def test_without_customer_keys_none_is_named(variant: Variant) -> None:
    instance = the_only(variant("production", {"encryption.customer_keys": False}).environment, "aws_db_instance")
    assert instance["storage_encrypted"] is True
    assert not {"kms_key_id", "performance_insights_kms_key_id"} & set(instance)


def test_performance_insights_can_be_off(production: Json, variant: Variant) -> None:
    on, off = (
        the_only(stack, "aws_db_instance")
        for stack in (production, variant("production", {"database.performance_insights_days": None}).environment)
    )
    assert (on["performance_insights_enabled"], on["performance_insights_retention_period"]) == (True, 7)
    assert off["performance_insights_enabled"] is False
    assert not {"performance_insights_retention_period", "performance_insights_kms_key_id"} & set(off)


def test_enhanced_monitoring_writes_with_a_role_that_only_rds_can_take_for_this_account(production: Json) -> None:
    instance = the_only(production, "aws_db_instance")
    assert instance["monitoring_interval"] == 60
    role = referenced(production, instance["monitoring_role_arn"], "arn")
    (trust,) = json.loads(role["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    (policy,) = [
        policy
        for policy in resources(production, "aws_iam_role_policy")
        if referenced(production, policy["role"], "name") == role
    ]
    for statement in json.loads(policy["policy"])["Statement"]:
        for resource in statement["Resource"]:
            assert resource.startswith("arn:aws:logs:us-east-1:123456789012:log-group:RDS*")


def test_without_enhanced_monitoring_there_is_no_role_for_it(variant: Variant) -> None:
    stack = variant("production", {"database.enhanced_monitoring_seconds": None}).environment
    instance = the_only(stack, "aws_db_instance")
    assert instance["monitoring_interval"] == 0
    assert "monitoring_role_arn" not in instance
    assert "monitoring.rds.amazonaws.com" not in json.dumps(stack)


def test_its_log_is_exported_into_groups_that_forget(production: Json) -> None:
    """RDS makes missing groups by itself, and those keep everything forever."""
    ((address, instance),) = production["resource"]["aws_db_instance"].items()
    assert instance["enabled_cloudwatch_logs_exports"] == ["postgresql", "upgrade"]
    for log in instance["enabled_cloudwatch_logs_exports"]:
        group = named(production, "aws_cloudwatch_log_group", f"/aws/rds/instance/production-litellm/{log}")
        assert group["retention_in_days"] == load("production").logs.retention_days
        assert referenced(production, group["kms_key_id"], "arn")["description"].endswith("audit trail")
    made_first = {f"aws_cloudwatch_log_group.{address}_{log}_logs" for log in ("postgresql", "upgrade")}
    assert made_first == set(instance["depends_on"])


def test_without_the_export_there_are_no_groups_for_it(variant: Variant) -> None:
    stack = variant("production", {"database.export_logs": False}).environment
    assert "enabled_cloudwatch_logs_exports" not in the_only(stack, "aws_db_instance")
    assert "/aws/rds" not in json.dumps(stack)


def test_backups_and_maintenance_have_their_hours_and_outlive_a_protected_database(production: Json) -> None:
    instance = the_only(production, "aws_db_instance")
    assert (instance["backup_window"], instance["maintenance_window"]) == ("03:00-04:00", "sun:04:30-sun:05:30")
    assert instance["delete_automated_backups"] is False
    assert instance["copy_tags_to_snapshot"] is True


def test_what_may_be_destroyed_takes_its_backups_along(benchmark: Json) -> None:
    assert the_only(benchmark, "aws_db_instance")["delete_automated_backups"] is True


def test_people_can_log_in_with_a_role_everywhere(environments: Environments) -> None:
    for stacks in environments.values():
        assert the_only(stacks.environment, "aws_db_instance")["iam_database_authentication_enabled"] is True


REPLICA = {"database.read_replica": {"instance_class": "db.r6g.xlarge"}}


def primary_and_replica(stack: Json) -> tuple[Json, Json]:
    instances = resources(stack, "aws_db_instance")
    (replica,) = [instance for instance in instances if "replicate_source_db" in instance]
    (primary,) = [instance for instance in instances if "replicate_source_db" not in instance]
    return primary, replica


def test_a_read_replica_follows_the_primary_with_a_class_of_its_own(variant: Variant) -> None:
    stack = variant("production", REPLICA).environment
    primary, replica = primary_and_replica(stack)
    assert referenced(stack, replica["replicate_source_db"], "identifier")["identifier"] == primary["identifier"]
    assert replica["identifier"] == "production-litellm-replica"
    assert (primary["instance_class"], replica["instance_class"]) == ("db.r6g.large", "db.r6g.xlarge")
    shared = {"parameter_group_name", "vpc_security_group_ids", "storage_encrypted", "publicly_accessible"}
    assert {key: replica[key] for key in shared} == {key: primary[key] for key in shared}
    assert replica["enabled_cloudwatch_logs_exports"] == primary["enabled_cloudwatch_logs_exports"]
    for log in replica["enabled_cloudwatch_logs_exports"]:
        assert named(stack, "aws_cloudwatch_log_group", f"/aws/rds/instance/production-litellm-replica/{log}")


def test_a_replica_takes_nothing_that_is_the_primarys(variant: Variant) -> None:
    """Amazon RDS API, CreateDBInstanceReadReplica: name, users, size, key and backups come from the source."""
    _, replica = primary_and_replica(variant("production", REPLICA).environment)
    assert not {
        "allocated_storage",
        "backup_retention_period",
        "backup_window",
        "db_name",
        "engine_version",
        "kms_key_id",
        "password_wo",
        "username",
    } & set(replica)
    assert replica["skip_final_snapshot"] is True


def test_a_replica_can_be_turned_off_again_while_the_primary_is_protected(variant: Variant) -> None:
    primary, replica = primary_and_replica(variant("production", REPLICA).environment)
    assert (primary["deletion_protection"], replica["deletion_protection"]) == (True, False)


def test_a_replica_has_the_primarys_class_unless_told(variant: Variant) -> None:
    primary, replica = primary_and_replica(variant("production", {"database.read_replica": {}}).environment)
    assert replica["instance_class"] == primary["instance_class"]


def test_litellm_reads_from_the_replica_through_a_url_that_only_secrets_manager_holds(variant: Variant) -> None:
    """Its command line builds no URL of the replica from single variables (litellm/proxy/proxy_cli.py, 1.106.2)."""
    stack = variant("production", REPLICA).environment
    (reference,) = [
        secret["valueFrom"] for secret in container(stack)["secrets"] if secret["name"] == "DATABASE_URL_READ_REPLICA"
    ]
    arn, version = re.fullmatch(r"(\$\{.+?\.arn})::\:(\$\{.+?\.version_id})", reference).groups()  # type: ignore[union-attr]
    secret = referenced(stack, arn, "arn")
    assert secret["name"] == "production-litellm/read-replica-url"
    assert (secret["recovery_window_in_days"], "replica" in secret) == (0, False)
    stored = referenced(stack, version, "version_id")
    (replica_address,) = [name for name in stack["resource"]["aws_db_instance"] if name.endswith("read_replica")]
    assert stored["secret_string_wo"] == (
        "postgresql://litellm_a:"
        "${jsondecode(ephemeral.aws_secretsmanager_secret_version.secrets_database_password.secret_string)"
        '["litellm"]}'
        f"@${{aws_db_instance.{replica_address}.endpoint}}/litellm?sslmode=require"
    )
    (execution,) = [
        policy["policy"]
        for policy in resources(stack, "aws_iam_role_policy")
        if referenced(stack, policy["role"], "name")["name"] == "production-litellm-execution"
    ]
    assert arn in execution


def test_with_a_role_the_replicas_url_holds_no_secret(variant: Variant) -> None:
    stack = variant("production", {**REPLICA, "database.authentication": "iam"}).environment
    (url,) = [
        variable["value"]
        for variable in container(stack)["environment"]
        if variable["name"] == "DATABASE_URL_READ_REPLICA"
    ]
    assert re.fullmatch(
        r"postgresql://litellm_iam@\$\{aws_db_instance\.\w+read_replica\.endpoint}/litellm\?sslmode=require", url
    )
    assert not [secret for secret in container(stack)["secrets"] if "REPLICA" in secret["name"]]
    assert not [one for one in resources(stack, "aws_secretsmanager_secret") if "replica" in one["name"]]


def test_without_a_replica_nothing_speaks_of_one(production: Json) -> None:
    assert "READ_REPLICA" not in json.dumps(container(production))
    assert not [path for path, value in leaves(production["resource"]) if "read-replica" in str(value)]


def test_a_new_password_reaches_the_database_litellm_and_nothing_else(production: Json, variant: Variant) -> None:
    """Beside the versions of the two values only the user changes, in the tasks that use it; the version of the
    password that they get follows through its id, which only the apply knows."""
    changed = differences(production, variant("production", {"database.password_generation": 2}).environment)
    versions = {path: values for path, values in changed.items() if path.endswith("_wo_version")}
    assert {path.split(".")[-1] for path in versions} == {"password_wo_version", "secret_string_wo_version"}
    assert list(versions.values()) == [(1, 2), (1, 2)]
    for path, (was, now) in changed.items():
        if path not in versions:
            assert path.endswith(".container_definitions")
            assert was.replace('"litellm_a"', '"litellm_b"') == now


@pytest.mark.parametrize(("generation", "user"), [(1, "litellm_a"), (2, "litellm_b"), (3, "litellm_a")])
def test_each_password_is_for_the_other_user(generation: int, user: str) -> None:
    database = load("production").database.model_copy(update={"password_generation": generation})
    assert database.litellm_user == user


def test_backups_are_copied_to_the_second_region_under_a_key_of_that_region(production: Json) -> None:
    copies = the_only(production, "aws_db_instance_automated_backups_replication")
    assert copies["provider"] == "aws.us-west-2"
    assert copies["retention_period"] == 7
    assert referenced(production, copies["source_db_instance_arn"], "arn")["identifier"] == "production-litellm"
    key = referenced(production, copies["kms_key_id"], "arn")
    assert key["provider"] == "aws.us-west-2"


def test_the_copies_have_a_key_even_where_the_rest_has_none(variant: Variant) -> None:
    """Amazon RDS API, StartDBInstanceAutomatedBackupsReplication: encrypted backups want a key of the destination."""
    stack = variant("production", {"encryption.customer_keys": False}).environment
    copies = the_only(stack, "aws_db_instance_automated_backups_replication")
    assert the_only(stack, "aws_kms_key")["provider"] == "aws.us-west-2"
    assert referenced(stack, copies["kms_key_id"], "arn")["provider"] == "aws.us-west-2"


def test_without_a_second_region_there_is_one_provider_and_no_copy(variant: Variant) -> None:
    stacks = variant("production", {"second_region": None})
    for stack in (stacks.environment, stacks.state):
        assert len(stack["provider"]["aws"]) == 1
        assert "us-west-2" not in json.dumps(stack)
    assert not resources(stacks.environment, "aws_db_instance_automated_backups_replication")


def test_the_provider_of_the_second_region_is_the_first_ones_twin(production: Json) -> None:
    """The same account, tags and way of addressing buckets."""
    first, second = production["provider"]["aws"]
    assert (second["alias"], second["region"]) == ("us-west-2", "us-west-2")
    assert {**second, "region": first["region"]} == {**first, "alias": "us-west-2"}
