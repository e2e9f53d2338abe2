"""Secrets: made at the apply, kept in Secrets Manager, and nowhere else."""

import json
import re

import pytest

from .conftest import Environments, Json, Variant, container, leaves, litellm_file, referenced, resources, the_only

SECRET_WORDS = re.compile(r"password|secret_string|master_key|salt_key|token|credential", re.IGNORECASE)
EXPRESSION = re.compile(r"\$\{(?:[^{}]|\{[^{}]*})+}")
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
            secret["name"]: referenced(stack, secret["valueFrom"].split(":")[0], "arn")["name"].partition("/")[2]
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
        values = [
            (path, value)
            for path, value in leaves(stack["resource"])
            if "ephemeral." in str(value) and "//" not in path
        ]
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
        assert len(versions) == len(resources(stack, "aws_secretsmanager_secret"))
        sources = [
            name
            for version in versions
            for name in re.findall(
                r"ephemeral\.aws_secretsmanager_random_password\.(\w+)\.random_password", version["secret_string_wo"]
            )
        ]
        assert len(sources) == len(versions) + 1, "the database's secret has two values, every other one"
        assert all(generated[name]["password_length"] >= KEY_LENGTH_AT_LEAST for name in sources)
        assert sorted(sources) == sorted(generated), "two secrets share one value"


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
        value = f"ephemeral.aws_secretsmanager_secret_version.{name}.secret_string"
        assert password == f'${{jsondecode({value})["administrator"]}}'
        secret = referenced(stack, stored["secret_id"], "id")
        assert secret["name"].endswith("/database-password")
        version = referenced(stack, stored["version_id"], "version_id")
        assert referenced(stack, version["secret_id"], "id") == secret


def test_the_databases_secret_holds_the_administrators_and_litellms_password_in_one_version(benchmark: Json) -> None:
    """What a task logs in with and what the database was given can never be of two generations."""
    (version,) = [
        version
        for version in resources(benchmark, "aws_secretsmanager_secret_version")
        if referenced(benchmark, version["secret_id"], "id")["name"] == "benchmark-litellm/database-password"
    ]
    administrator, litellm = re.findall(r"(\w+) = ephemeral\.\w+\.(\w+)\.", version["secret_string_wo"])
    assert (administrator[0], litellm[0]) == ("administrator", "litellm")
    assert administrator[1] != litellm[1]
    assert version["secret_string_wo"].startswith("${jsonencode({")


def test_a_secret_cannot_be_read_from_another_account_or_without_tls(environments: Environments) -> None:
    """Denials only: they take nothing from the roles of this account, through which ECS reads as well."""
    for stack in environment_stacks(environments):
        protected = resources(stack, "aws_secretsmanager_secret_policy")
        assert len(protected) == len(resources(stack, "aws_secretsmanager_secret"))
        for policy in protected:
            assert policy["block_public_policy"] is True
            statements = json.loads(policy["policy"])["Statement"]
            assert {statement["Effect"] for statement in statements} == {"Deny"}
            conditions = [statement["Condition"] for statement in statements]
            assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
            assert {
                "StringNotEquals": {"aws:PrincipalAccount": "123456789012"},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            } in conditions


def test_production_encrypts_secrets_with_a_key_that_the_tasks_execution_role_may_use(production: Json) -> None:
    keys = {secret["kms_key_id"] for secret in resources(production, "aws_secretsmanager_secret")}
    (key,) = keys
    assert referenced(production, key, "arn")["description"] == "production-litellm: secrets"
    users = {
        referenced(production, policy["role"], "name")["name"]: statement["Action"]
        for policy in resources(production, "aws_iam_role_policy")
        for statement in json.loads(policy["policy"])["Statement"]
        if statement["Resource"] == [key]
    }
    assert users == {
        "production-litellm-execution": ["kms:Decrypt"],
        "production-litellm-accounts": ["kms:Decrypt"],
    }


def test_without_customer_keys_secrets_name_none_and_nobody_may_decrypt(variant: Variant) -> None:
    stack = variant("production", {"encryption.customer_keys": False}).environment
    for secret in resources(stack, "aws_secretsmanager_secret"):
        assert "kms_key_id" not in secret
        assert secret["replica"] == [{"region": "us-west-2"}]
    policies = [policy["policy"] for policy in resources(stack, "aws_iam_role_policy")]
    assert not [policy for policy in policies if "secretsmanager" in policy and "kms:Decrypt" in policy]


def test_production_keeps_every_secret_in_the_second_region_too_under_a_key_of_that_region(production: Json) -> None:
    secrets = resources(production, "aws_secretsmanager_secret")
    assert secrets
    for secret in secrets:
        (copy,) = secret["replica"]
        assert copy["region"] == "us-west-2"
        assert referenced(production, copy["kms_key_id"], "arn")["provider"] == "aws.us-west-2"


def test_without_a_second_region_no_secret_is_copied(benchmark: Json) -> None:
    assert not [secret for secret in resources(benchmark, "aws_secretsmanager_secret") if "replica" in secret]


def test_outputs_name_the_secrets_and_reveal_none(environments: Environments) -> None:
    for stack in environment_stacks(environments):
        for key in ("master_key_secret", "salt_key_secret", "database_password_secret"):
            assert referenced(stack, stack["output"][key]["value"], "name")
        assert "ephemeral" not in str(stack["output"])


@pytest.mark.parametrize("days", [0, 7, 30])
def test_how_long_a_destroyed_secret_can_be_restored_is_a_setting(variant: Variant, days: int) -> None:
    stack = variant("dev", {"secrets.recovery_window_days": days}).environment
    assert {secret["recovery_window_in_days"] for secret in resources(stack, "aws_secretsmanager_secret")} == {days}


@pytest.mark.parametrize("generation", [1, 2])
def test_one_more_generation_makes_a_new_master_key_which_tasks_take_by_its_version(
    variant: Variant, generation: int
) -> None:
    stack = variant("dev", {"secrets.master_key_generation": generation}).environment
    given = {secret["name"]: secret["valueFrom"] for secret in container(stack)["secrets"]}
    arn, _, _, version = given["LITELLM_MASTER_KEY"].split(":")
    secret = referenced(stack, arn, "arn")
    assert secret["name"] == "dev-litellm/master-key"
    assert referenced(stack, version, "version_id")["secret_string_wo_version"] == generation
    # The salt key has no generation: whatever it has encrypted could not be read any more.
    assert referenced(stack, given["LITELLM_SALT_KEY"], "arn")["name"] == "dev-litellm/salt-key"
