"""The remote state: the bucket that holds it, and how every stack uses it."""

import json
from pathlib import Path

import pytest

from modules.target import Target, state_key

from .conftest import ACCOUNT_ID, Environments, Json, Variant, differences, resources, the_only

BUCKET = Target(account_id=ACCOUNT_ID, region="us-east-1", rehearsal=False).state_bucket


@pytest.fixture(scope="session")
def state(environments: Environments) -> Json:
    return environments["benchmark"].state


def buckets(environments: Environments) -> list[tuple[Json, str]]:
    """Every bucket of every stack, as the stack and the expression for its name."""
    stacks = [stack for pair in environments.values() for stack in (pair.environment, pair.state)]
    return [
        (stack, f"${{aws_s3_bucket.{address}.bucket}}")
        for stack in stacks
        for address in stack["resource"]["aws_s3_bucket"]
    ]


def beside(stack: Json, type_: str, bucket: str) -> Json:
    (resource,) = [resource for resource in resources(stack, type_) if resource["bucket"] == bucket]
    return resource


def test_every_stack_keeps_its_state_in_the_bucket_encrypted_and_locked(variant: Variant) -> None:
    stacks = variant("benchmark", rehearsal=False, account_id=ACCOUNT_ID)
    for stack, key in ((stacks.environment, "benchmark.tfstate"), (stacks.state, "state.tfstate")):
        assert stack["terraform"]["backend"] == {
            "s3": {
                "bucket": BUCKET,
                "key": key,
                "region": "us-east-1",
                "encrypt": True,
                "kms_key_id": f"arn:aws:kms:us-east-1:{ACCOUNT_ID}:alias/aws/s3",
                "use_lockfile": True,
            }
        }


def test_each_environment_has_a_key_of_its_own(environments: Environments) -> None:
    keys = [stacks.environment["terraform"]["backend"]["s3"]["key"] for stacks in environments.values()]
    assert len({*keys, state_key("state")}) == len(keys) + 1


def test_accounts_and_regions_have_a_bucket_each(variant: Variant) -> None:
    zones = ["eu-central-1a", "eu-central-1b"]
    elsewhere = variant("dev", {"region": "eu-central-1", "availability_zones": zones}, account_id=ACCOUNT_ID)
    assert the_only(elsewhere.state, "aws_s3_bucket")["bucket"] != BUCKET
    backend = elsewhere.environment["terraform"]["backend"]["s3"]
    assert backend["bucket"] == the_only(elsewhere.state, "aws_s3_bucket")["bucket"]
    assert backend["region"] == "eu-central-1"


def test_the_bucket_of_the_backend_is_the_one_that_the_state_stack_makes(environments: Environments) -> None:
    for stacks in environments.values():
        made = the_only(stacks.state, "aws_s3_bucket")["bucket"]
        assert stacks.environment["terraform"]["backend"]["s3"]["bucket"] == made
        assert stacks.state["terraform"]["backend"]["s3"]["bucket"] == made
        assert stacks.state == environments["benchmark"].state


def test_before_the_bucket_exists_states_are_in_a_local_folder_and_nowhere_else(
    variant: Variant, environments: Environments, tmp_path: Path
) -> None:
    stacks = variant("benchmark", local_states=tmp_path / "states")
    assert stacks.state["terraform"]["backend"] == {"local": {"path": str(tmp_path / "states" / "state.tfstate")}}
    assert stacks.environment["terraform"]["backend"] == {
        "local": {"path": str(tmp_path / "states" / "benchmark.tfstate")}
    }
    changed = set(differences(environments["benchmark"].state, stacks.state))
    assert all(path.startswith(("terraform.backend.", "//.metadata.")) for path in changed)


def test_the_state_bucket_is_protected_from_destruction(state: Json) -> None:
    bucket = the_only(state, "aws_s3_bucket")
    assert bucket["lifecycle"] == {"prevent_destroy": True}
    assert bucket["force_destroy"] is False


def test_every_bucket_is_versioned_encrypted_and_closed(environments: Environments) -> None:
    for stack, bucket in buckets(environments):
        versioning = beside(stack, "aws_s3_bucket_versioning", bucket)
        assert versioning["versioning_configuration"] == {"status": "Enabled"}
        (rule,) = beside(stack, "aws_s3_bucket_server_side_encryption_configuration", bucket)["rule"]
        # Elastic Load Balancing and S3's access logs can write under no KMS key.
        wanted = "AES256" if "logs_bucket" in bucket else "aws:kms"
        assert rule["apply_server_side_encryption_by_default"]["sse_algorithm"] == wanted
        assert rule["bucket_key_enabled"] is (wanted == "aws:kms")
        closed = beside(stack, "aws_s3_bucket_public_access_block", bucket)
        assert {closed[key] for key in set(closed) - {"bucket"}} == {True}
        assert len(closed) == 5


def test_every_bucket_refuses_connections_without_tls(environments: Environments) -> None:
    for stack, bucket in buckets(environments):
        statements = json.loads(beside(stack, "aws_s3_bucket_policy", bucket)["policy"])["Statement"]
        (statement,) = [statement for statement in statements if statement["Effect"] == "Deny"]
        arn = bucket.replace(".bucket}", ".arn}")
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Resource"] == [arn, f"{arn}/*"]
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_old_versions_expire_in_every_bucket_and_current_ones_only_where_they_are_logs(
    environments: Environments,
) -> None:
    for stack, bucket in buckets(environments):
        of_old_versions, *others = beside(stack, "aws_s3_bucket_lifecycle_configuration", bucket)["rule"]
        assert of_old_versions["status"] == "Enabled"
        (expiration,) = of_old_versions["noncurrent_version_expiration"]
        assert expiration["noncurrent_days"] > 0
        assert "expiration" not in of_old_versions
        assert bool(others) == ("logs_bucket" in bucket)


def test_every_bucket_tells_eventbridge_what_happens_to_its_objects(environments: Environments) -> None:
    for stack, bucket in buckets(environments):
        assert beside(stack, "aws_s3_bucket_notification", bucket)["eventbridge"] is True


def test_awss_key_for_s3_is_there_before_a_state_names_it(state: Json) -> None:
    """AWS makes it with the first object that wants a KMS key and names none; the state moves here after that."""
    about = the_only(state, "aws_s3_object")
    assert not {"kms_key_id", "server_side_encryption"} & set(about)
    assert about["depends_on"] == ["aws_s3_bucket_server_side_encryption_configuration.bucket_encryption"]
    (rule,) = the_only(state, "aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert "kms_master_key_id" not in rule["apply_server_side_encryption_by_default"]


def test_a_bucket_that_an_interrupted_bootstrap_left_is_adopted_when_asked(
    environments: Environments, variant: Variant
) -> None:
    stacks = variant("benchmark", import_state_bucket=True)
    ((address, bucket),) = stacks.state["resource"]["aws_s3_bucket"].items()
    assert stacks.state["import"] == [{"to": f"aws_s3_bucket.{address}", "id": bucket["bucket"]}]
    assert "import" not in stacks.environment
    assert "import" not in environments["benchmark"].state


def test_the_state_bucket_is_the_only_output_of_its_stack(state: Json) -> None:
    assert set(state["output"]) == {"state_bucket"}
