"""The remote state: the bucket that holds it, and how every stack uses it."""

import json
from pathlib import Path

import pytest

from modules.environment_file import SettingsError
from modules.preparation import state_copy_region
from modules.target import Target, state_key

from . import conftest
from .conftest import ACCOUNT_ID, Environments, Json, Variant, differences, resources, the_only

BUCKET = Target(account_id=ACCOUNT_ID, region="us-east-1", rehearsal=False).state_bucket


@pytest.fixture(scope="session")
def state(environments: Environments) -> Json:
    return environments["benchmark"].state


def state_bucket(state: Json) -> Json:
    """The bucket in the stack's own region."""
    (bucket,) = [bucket for bucket in resources(state, "aws_s3_bucket") if "provider" not in bucket]
    return bucket


def copy_of(state: Json) -> Json:
    (bucket,) = [bucket for bucket in resources(state, "aws_s3_bucket") if "provider" in bucket]
    return bucket


def referenced(stack: Json, expression: str, attribute: str) -> Json:
    """Without its comments, so that it equals what `resources` lists."""
    return {key: value for key, value in conftest.referenced(stack, expression, attribute).items() if key != "//"}


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
        made = state_bucket(stacks.state)["bucket"]
        assert stacks.environment["terraform"]["backend"]["s3"]["bucket"] == made
        assert stacks.state["terraform"]["backend"]["s3"]["bucket"] == made
        assert stacks.state == environments["benchmark"].state


def test_before_the_bucket_exists_states_are_in_a_local_folder_and_nowhere_else(
    variant: Variant, tmp_path: Path
) -> None:
    stacks = variant("benchmark", local_states=tmp_path / "states")
    assert stacks.state["terraform"]["backend"] == {"local": {"path": str(tmp_path / "states" / "state.tfstate")}}
    assert stacks.environment["terraform"]["backend"] == {
        "local": {"path": str(tmp_path / "states" / "benchmark.tfstate")}
    }
    # The variant's folder has no production beside it, and so no second region.
    alone = variant("benchmark").state
    changed = set(differences(alone, stacks.state))
    assert all(path.startswith(("terraform.backend.", "//.metadata.")) for path in changed)


def test_the_state_bucket_and_its_copy_are_protected_from_destruction(state: Json) -> None:
    for bucket in (state_bucket(state), copy_of(state)):
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
        switches = set(closed) - {"bucket", "provider"}
        assert {closed[key] for key in switches} == {True}
        assert len(switches) == 4


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
    assert set(state["resource"]["aws_s3_object"]) == {"bucket_about", "copy_bucket_about"}
    for name, about in state["resource"]["aws_s3_object"].items():
        assert not {"kms_key_id", "server_side_encryption"} & set(about)
        encryption = f"{name.removesuffix('about')}encryption"
        assert about["depends_on"] == [f"aws_s3_bucket_server_side_encryption_configuration.{encryption}"]
        (rule,) = state["resource"]["aws_s3_bucket_server_side_encryption_configuration"][encryption]["rule"]
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


def test_the_states_are_copied_to_the_second_region_by_a_role_that_can_do_that_alone(state: Json) -> None:
    replication = the_only(state, "aws_s3_bucket_replication_configuration")
    source, copy = state_bucket(state), copy_of(state)
    assert copy["provider"] == "aws.us-west-2"
    assert referenced(state, replication["bucket"], "bucket") == source
    (rule,) = replication["rule"]
    assert rule["status"] == "Enabled"
    assert rule["filter"] == {"prefix": ""}
    assert referenced(state, rule["destination"]["bucket"], "arn") == copy
    # A lock ends by being deleted: the copy must not be locked for good.
    assert rule["delete_marker_replication"] == {"status": "Enabled"}
    role = referenced(state, replication["role"], "arn")
    (trust,) = json.loads(role["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    allowed = {
        action: resource
        for statement in json.loads(the_only(state, "aws_iam_role_policy")["policy"])["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    from_bucket, to_copy = (
        f"${{aws_s3_bucket.{address}.arn}}"
        for address in sorted(state["resource"]["aws_s3_bucket"], key=lambda address: address.startswith("copy"))
    )
    assert allowed == {
        "s3:GetReplicationConfiguration": from_bucket,
        "s3:ListBucket": from_bucket,
        "s3:GetObjectVersionForReplication": f"{from_bucket}/*",
        "s3:GetObjectVersionAcl": f"{from_bucket}/*",
        "s3:GetObjectVersionTagging": f"{from_bucket}/*",
        "s3:ReplicateObject": f"{to_copy}/*",
        "s3:ReplicateDelete": f"{to_copy}/*",
        "s3:ReplicateTags": f"{to_copy}/*",
        # AWS's own keys for S3, through S3 alone.
        "kms:Decrypt": "arn:aws:kms:us-east-1:123456789012:key/*",
        "kms:Encrypt": "arn:aws:kms:us-west-2:123456789012:key/*",
    }
    assert rule["source_selection_criteria"] == {"sse_kms_encrypted_objects": {"status": "Enabled"}}


def test_replication_waits_until_both_buckets_keep_versions(state: Json) -> None:
    replication = the_only(state, "aws_s3_bucket_replication_configuration")
    assert set(replication["depends_on"]) == {
        f"aws_s3_bucket_versioning.{address}" for address in state["resource"]["aws_s3_bucket_versioning"]
    }


def test_every_resource_of_the_copy_is_in_the_second_region(state: Json) -> None:
    for type_ in ("aws_s3_bucket_versioning", "aws_s3_bucket_public_access_block", "aws_s3_bucket_policy"):
        assert sorted(one.get("provider", "") for one in resources(state, type_)) == ["", "aws.us-west-2"]


def test_the_copy_is_no_other_regions_bucket_of_states(state: Json) -> None:
    """Environments of the second region keep their own states there."""
    elsewhere = Target(account_id="123456789012", region="us-west-2", rehearsal=True)
    assert copy_of(state)["bucket"] not in (elsewhere.state_bucket, elsewhere.state_bucket_copy)


def test_the_copy_is_not_made_before_the_states_have_left_this_machine(variant: Variant, tmp_path: Path) -> None:
    """An interrupted bootstrap leaves one bucket to adopt, never two."""
    first = variant("production", local_states=tmp_path / "states").state
    assert not resources(first, "aws_s3_bucket_replication_configuration")
    assert len(resources(first, "aws_s3_bucket")) == len(first["provider"]["aws"]) == 1


def environment_files(directory: Path, **contents: str) -> Path:
    for name, content in contents.items():
        (directory / f"{name}.yaml").write_text(content)
    return directory


def test_the_copy_does_not_come_and_go_with_the_environment_that_is_deployed(environments: Environments) -> None:
    states = [stacks.state for stacks in environments.values()]
    assert all(state == states[0] for state in states)
    assert copy_of(states[0])


def test_any_environment_of_the_region_can_state_the_second_one(tmp_path: Path) -> None:
    directory = environment_files(
        tmp_path,
        dev="name: dev\nregion: eu-west-1\n",
        live="name: live\nregion: eu-west-1\nsecond_region: {region: eu-central-1}\n",
        far="name: far\nregion: us-west-1\nsecond_region: {region: us-east-2}\n",
        litellm="second_region: {region: us-gov-west-1}\n",
    )
    assert state_copy_region("eu-west-1", directory) == "eu-central-1"
    assert state_copy_region("us-east-1", directory) is None


def test_an_environment_that_states_no_region_is_in_the_default_one(tmp_path: Path) -> None:
    directory = environment_files(tmp_path, live="name: live\nsecond_region: {region: us-west-2}\n")
    assert state_copy_region("us-east-1", directory) == "us-west-2"


def test_two_second_regions_for_one_bucket_of_states_are_refused_by_both_files_names(tmp_path: Path) -> None:
    directory = environment_files(
        tmp_path,
        one="name: one\nsecond_region: {region: us-west-2}\n",
        two="name: two\nsecond_region: {region: us-east-2}\n",
    )
    with pytest.raises(SettingsError) as caught:
        state_copy_region("us-east-1", directory)
    for part in ("one.yaml states us-west-2", "two.yaml states us-east-2", "state the same"):
        assert part in str(caught.value)


def test_another_environments_broken_file_stops_nobody(tmp_path: Path) -> None:
    directory = environment_files(
        tmp_path,
        broken="name: [\n",
        strange="name: strange\nsecond_region: us-east-2\n",
        live="name: live\nsecond_region: {region: us-west-2}\n",
    )
    assert state_copy_region("us-east-1", directory) == "us-west-2"
