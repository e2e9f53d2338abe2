"""RDS for PostgreSQL with the source's numbers, in the engine's units."""

import pytest

from .conftest import Environments, Json, Variant, differences, referenced, resources, the_only

KIB_PER_MIB = 1024
KIB_PER_GIB = 1024 * KIB_PER_MIB
KIB_PER_BLOCK = 8


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
    assert parameters(benchmark) == {
        "max_connections": "200",
        "shared_buffers": str(1 * KIB_PER_GIB // KIB_PER_BLOCK),
        "effective_cache_size": str(3 * KIB_PER_GIB // KIB_PER_BLOCK),
        "maintenance_work_mem": str(256 * KIB_PER_MIB),
        "work_mem": str(5 * KIB_PER_MIB),
    }


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
    assert waiting == {"max_connections", "shared_buffers"}
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


def test_a_standby_is_one_setting_and_changes_nothing_else(benchmark: Json, variant: Variant) -> None:
    """Source, section 3: "Multi-AZ: No (can be enabled for HA)"."""
    ha = variant("benchmark", {"database.multi_az": True}).environment
    ((path, values),) = differences(benchmark, ha).items()
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
