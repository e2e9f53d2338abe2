"""Secrets: made at the apply, kept in Secrets Manager, and nowhere else."""

import re

import pytest

from .conftest import Environments, Json, Variant, container, leaves, litellm_file, referenced, resources, the_only

SECRET_WORDS = re.compile(r"password|secret_string|master_key|salt_key|token|credential", re.IGNORECASE)
EXPRESSION = re.compile(r"\$\{[^}]+}")
KEY_LENGTH_AT_LEAST = 32


def environment_stacks(environments: Environments) -> list[Json]:
    return [stacks.environment for stacks in environments.values()]


def test_master_key_salt_key_and_database_password_are_secrets_of_their_own(benchmark: Json) -> None:
    """Source, section 5; the salt key from design.md."""
    assert {secret["name"] for secret in resources(benchmark, "aws_secretsmanager_secret")} == {
        "benchmark-litellm/master-key",
        "benchmark-litellm/salt-key",
        "benchmark-litellm/database-password",
    }


def test_the_container_gets_its_secrets_by_arn(environments: Environments) -> None:
    for stack in environment_stacks(environments):
        wanted = {
            "LITELLM_MASTER_KEY": "master-key",
            "LITELLM_SALT_KEY": "salt-key",
            "DATABASE_PASSWORD": "database-password",
        }
        assert {
            secret["name"]: referenced(stack, secret["valueFrom"], "arn")["name"].partition("/")[2]
            for secret in container(stack)["secrets"]
        } == wanted


def test_no_plain_variable_of_the_container_is_a_secret(environments: Environments) -> None:
    for stack in environment_stacks(environments):
        names = {variable["name"] for variable in container(stack)["environment"]} - {
            "LITELLM_CONFIG_BUCKET_OBJECT_KEY"
        }
        assert not [name for name in names if re.search("KEY$|PASSWORD|SECRET|TOKEN|DATABASE_URL", name)]


def test_no_password_stands_in_the_terraform_of_any_environment(environments: Environments) -> None:
    """Whatever is called like a secret is a reference, a number or a switch; never text."""
    for stack in environment_stacks(environments):
        checked = 0
        for path, value in leaves({"resource": stack["resource"], "ephemeral": stack["ephemeral"]}):
            if "//" in path or not SECRET_WORDS.search(path[-1]) or not isinstance(value, str):
                continue
            assert EXPRESSION.sub("", value) in ("", "sk-"), path
            checked += 1
        assert checked > 0


def test_litellms_file_names_the_variable_of_the_master_key_and_not_its_value(environments: Environments) -> None:
    for stack in environment_stacks(environments):
        content = litellm_file(stack)["content"]
        assert "master_key: os.environ/LITELLM_MASTER_KEY" in content
        assert "${" not in content


def test_values_go_only_into_write_only_arguments_so_that_no_state_holds_them(environments: Environments) -> None:
    for stack in environment_stacks(environments):
        values = [(path, value) for path, value in leaves(stack) if "${ephemeral." in str(value)]
        assert values
        assert all(path[-1].endswith("_wo") for path, _ in values)
        instance = the_only(stack, "aws_db_instance")
        assert not {"password", "manage_master_user_password"} & set(instance)
        assert instance["password_wo_version"] == 1
        for version in resources(stack, "aws_secretsmanager_secret_version"):
            assert "secret_string" not in version
            assert version["secret_string_wo_version"] == 1
        assert "random_password" not in stack["resource"]


def test_every_secret_is_a_strong_random_value_made_at_the_apply(environments: Environments) -> None:
    for stack in environment_stacks(environments):
        generated = stack["ephemeral"]["aws_secretsmanager_random_password"]
        versions = resources(stack, "aws_secretsmanager_secret_version")
        assert len(generated) == len(versions) == len(resources(stack, "aws_secretsmanager_secret"))
        sources = set()
        for version in versions:
            (name,) = re.findall(
                r"\$\{ephemeral\.aws_secretsmanager_random_password\.(\w+)\.random_password}",
                version["secret_string_wo"],
            )
            sources.add(name)
            assert generated[name]["password_length"] >= KEY_LENGTH_AT_LEAST
        assert sources == set(generated), "two secrets share one value"


def test_the_master_key_starts_as_litellm_wants_it(benchmark: Json) -> None:
    prefixed = {
        referenced(benchmark, version["secret_id"], "id")["name"]: version["secret_string_wo"].split("${")[0]
        for version in resources(benchmark, "aws_secretsmanager_secret_version")
    }
    assert prefixed == {
        "benchmark-litellm/master-key": "sk-",
        "benchmark-litellm/salt-key": "",
        "benchmark-litellm/database-password": "",
    }


def test_the_database_gets_the_password_that_was_stored_and_not_another_random_one(environments: Environments) -> None:
    """An ephemeral value is another one in every run: after an interrupted apply the two would differ."""
    for stack in environment_stacks(environments):
        ((name, stored),) = stack["ephemeral"]["aws_secretsmanager_secret_version"].items()
        password = the_only(stack, "aws_db_instance")["password_wo"]
        assert password == f"${{ephemeral.aws_secretsmanager_secret_version.{name}.secret_string}}"
        secret = referenced(stack, stored["secret_id"], "id")
        assert secret["name"].endswith("/database-password")
        version = referenced(stack, stored["version_id"], "version_id")
        assert referenced(stack, version["secret_id"], "id") == secret


def test_outputs_name_the_secrets_and_reveal_none(environments: Environments) -> None:
    for stack in environment_stacks(environments):
        for key in ("master_key_secret", "salt_key_secret", "database_password_secret"):
            assert referenced(stack, stack["output"][key]["value"], "name")
        assert "ephemeral" not in str(stack["output"])


@pytest.mark.parametrize("days", [0, 7, 30])
def test_how_long_a_destroyed_secret_can_be_restored_is_a_setting(variant: Variant, days: int) -> None:
    stack = variant("dev", {"secrets.recovery_window_days": days}).environment
    assert {secret["recovery_window_in_days"] for secret in resources(stack, "aws_secretsmanager_secret")} == {days}
