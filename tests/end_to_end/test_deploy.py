"""What the README promises of `make deploy`, on the real Terraform, provider and cdktf."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end
STATE_BUCKET = "litellm-terraform-state-123456789012-us-east-1"


def test_a_deployment_ends_with_what_an_operator_needs_next(deployment: Result) -> None:
    summary = deployment.output[deployment.output.rindex("Deployed: environment benchmark on the rehearsal") :]

    for name, value in {
        "endpoint": "http://127.",
        "cluster": "benchmark-litellm",
        "service": "benchmark-litellm",
        "database": "benchmark-litellm",
        "database endpoint": "127.",
        "log group": "/ecs/benchmark-litellm",
        "master key secret": "benchmark-litellm/master-key",
        "salt key secret": "benchmark-litellm/salt-key",
        "database password secret": "benchmark-litellm/database-password",
    }.items():
        assert any(line.split("  ")[1:2] == [name] and value in line for line in summary.splitlines()), (name, summary)
    assert 'eval "$(make -s env)"' in summary


def test_the_rules_warnings_stand_in_the_deployments_output(deployment: Result) -> None:
    for rule in ("detection", "readiness_kill", "plaintext", "objectives"):
        assert f"WARN [benchmark]: {rule}:" in deployment.output


def test_a_configuration_file_variable_that_names_no_file_does_not_litter_the_output(
    checkout: Checkout, deployment: Result
) -> None:
    result = checkout.make("plan", TF_CLI_CONFIG_FILE=str(checkout.directory / "no-such-file"))

    assert result.code == 0
    assert "CLI configuration" not in result.output


def test_deploying_again_changes_nothing(checkout: Checkout, deployment: Result) -> None:
    again = checkout.make("deploy")

    assert again.code == 0
    assert again.output.count("Your infrastructure matches the configuration.") == 2, again.output
    assert "Nothing was changed: environment benchmark on the rehearsal" in again.output
    assert "Deployed:" not in again.output


@pytest.mark.parametrize("stack", ["state", "benchmark"])
def test_terraform_itself_plans_no_changes(checkout: Checkout, deployment: Result, stack: str) -> None:
    assert checkout.plan_exit_code(stack) == 0


def test_plain_cdktf_works_in_a_prepared_shell(checkout: Checkout, deployment: Result) -> None:
    result = checkout.shell("cdktf diff benchmark")

    assert result.code == 0
    assert "found no differences" in result.output


def test_another_machine_sees_the_same_state_without_local_files(second_checkout: Checkout, deployment: Result) -> None:
    result = second_checkout.make("deploy")

    assert result.code == 0
    assert result.output.count("Your infrastructure matches the configuration.") == 2, result.output
    assert not (second_checkout.directory / ".bootstrap").exists()


def test_the_state_stack_holds_its_own_state(aws: Callable[[str], Any], checkout: Checkout) -> None:
    state = json.loads(aws("s3").get_object(Bucket=STATE_BUCKET, Key="state.tfstate")["Body"].read())

    assert "aws_s3_bucket" in {resource["type"] for resource in state["resources"]}
    assert not list(checkout.directory.glob(".bootstrap/**/*.tfstate"))


def test_the_bucket_of_the_states_is_versioned_encrypted_closed_and_tls_only(aws: Callable[[str], Any]) -> None:
    s3 = aws("s3")

    assert s3.get_bucket_versioning(Bucket=STATE_BUCKET)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=STATE_BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert all(s3.get_public_access_block(Bucket=STATE_BUCKET)["PublicAccessBlockConfiguration"].values())
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=STATE_BUCKET)["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=STATE_BUCKET)["Rules"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] > 0


def test_a_state_that_somebody_else_has_locked_is_refused_with_who_and_since_when(
    aws: Callable[[str], Any], checkout: Checkout
) -> None:
    s3 = aws("s3")
    lock = {
        "ID": "6a3b",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "mallory@laptop",
        "Version": "1.11.4",
        "Created": "2026-11-23T03:00:00.0Z",
        "Path": f"{STATE_BUCKET}/benchmark.tfstate",
    }
    s3.put_object(Bucket=STATE_BUCKET, Key="benchmark.tfstate.tflock", Body=json.dumps(lock).encode())
    try:
        refused = checkout.make("deploy")
        by_terraform = checkout.shell("terraform -chdir=cdktf.out/stacks/benchmark plan -input=false -no-color")
    finally:
        s3.delete_object(Bucket=STATE_BUCKET, Key="benchmark.tfstate.tflock")

    assert refused.code != 0
    message = refused.line("error: ")
    assert "benchmark is locked by mallory@laptop since 2026-11-23T03:00:00.0Z (apply)" in message
    assert "make unlock" in message
    assert by_terraform.code == 1
    assert "Error acquiring the state lock" in by_terraform.output


def test_no_secret_value_stands_in_the_state_an_output_or_the_deployments_output(
    aws: Callable[[str], Any], checkout: Checkout, deployment: Result
) -> None:
    manager, s3 = aws("secretsmanager"), aws("s3")
    values = [
        manager.get_secret_value(SecretId=secret["ARN"])["SecretString"]
        for secret in manager.list_secrets()["SecretList"]
    ]
    assert len(values) == 3
    texts = {"deployment": deployment.output, "plan": checkout.make("plan").output}
    for version in s3.list_object_versions(Bucket=STATE_BUCKET)["Versions"]:
        name = f"{version['Key']} {version['VersionId']}"
        body = s3.get_object(Bucket=STATE_BUCKET, Key=version["Key"], VersionId=version["VersionId"])["Body"]
        texts[name] = body.read().decode()
    for file in checkout.directory.glob("cdktf.out/**/*.json"):
        texts[str(file)] = file.read_text()

    assert [(name, value[:5]) for name, text in texts.items() for value in values if value in text] == []


def test_a_protected_environment_is_not_half_destroyed(aws: Callable[[str], Any], checkout: Checkout) -> None:
    s3 = aws("s3")
    s3.put_object(Bucket=STATE_BUCKET, Key="production.tfstate", Body=b'{"resources": [{"type": "aws_db_instance"}]}')
    try:
        refused = checkout.make("destroy", "ENV=production")
    finally:
        s3.delete_object(Bucket=STATE_BUCKET, Key="production.tfstate")

    assert refused.code != 0
    message = refused.line("error: ")
    assert "load_balancer.deletion_protection and database.deletion_protection to false" in message
    assert "Destroying" not in refused.output
