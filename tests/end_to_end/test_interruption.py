"""An apply that is interrupted, the run that completes it, another master key, and the end of the environment: `dev`,
start to finish."""

import json
import os
import re
import signal
from typing import Any

import pytest

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end
STATE_BUCKET = "litellm-terraform-state-123456789012-us-east-1"


def state_of_dev(checkout: Checkout) -> dict[str, Any]:
    return json.loads(checkout.client("s3").get_object(Bucket=STATE_BUCKET, Key="dev.tfstate")["Body"].read())


@pytest.fixture(scope="module")
def interrupted(checkout: Checkout, deployment: Result) -> Result:
    """Ctrl-C while the database is being created."""
    process = checkout.start("deploy", "ENV=dev")
    assert process.stdout
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "aws_db_instance.database: Still creating" in line:
            os.killpg(process.pid, signal.SIGINT)
            break
    seen += process.stdout.readlines()
    return Result(process.wait(), "".join(seen))


@pytest.fixture(scope="module")
def resumed(checkout: Checkout, interrupted: Result) -> Result:
    return checkout.make("deploy", "ENV=dev")


@pytest.fixture(scope="module")
def former_key(checkout: Checkout, resumed: Result) -> str:
    return checkout.make("-s", "master-key", "ENV=dev").output.strip()


@pytest.fixture(scope="module")
def rotated(checkout: Checkout, former_key: str) -> Result:
    return checkout.make("rotate-keys", "ENV=dev", "WHICH=master_key")


@pytest.fixture(scope="module")
def destroyed(checkout: Checkout, rotated: Result) -> Result:
    return checkout.make("teardown", "ENV=dev")


def test_ctrl_c_ends_the_deployment_with_a_saved_state_and_no_lock(checkout: Checkout, interrupted: Result) -> None:
    assert interrupted.code != 0
    assert "Traceback" not in interrupted.output
    keys = {found["Key"] for found in checkout.client("s3").list_objects_v2(Bucket=STATE_BUCKET)["Contents"]}
    assert "dev.tfstate.tflock" not in keys
    known = {resource["type"] for resource in state_of_dev(checkout)["resources"] if resource["instances"]}
    assert {"aws_vpc", "aws_db_instance"} <= known


def test_a_page_says_what_exists_what_was_under_way_and_how_to_go_on(checkout: Checkout, interrupted: Result) -> None:
    page = (checkout.directory / interrupted.line("what exists now, and how to go on: ").split()[-1]).read_text()

    assert "<h1>Unfinished: environment dev on the rehearsal, region us-east-1</h1>" in page
    assert "<td>aws_db_instance.database</td><td>Creating</td>" in page
    assert "<td>aws_vpc.network</td>" in page.partition("<h2>What exists</h2>")[2]
    assert "&#x27;make deploy ENV=dev&#x27; takes up where this one ended" in page
    assert "is locked by" not in page


def test_each_end_of_an_operation_says_how_far_the_deployment_is(interrupted: Result) -> None:
    (network,) = [line for line in interrupted.output.splitlines() if "aws_vpc.network: Creation complete" in line]
    assert re.search(r" \(\d+ of \d+, (\d+ min )?\d+ s\)$", network)


def test_the_next_deployment_completes_it(checkout: Checkout, resumed: Result) -> None:
    assert resumed.code == 0, resumed.output
    assert "Deployed: environment dev on the rehearsal" in resumed.output
    assert checkout.plan_exit_code("dev", "dev") == 0


def test_another_master_key_is_taken_by_every_task_and_the_former_refused_without_drift(
    checkout: Checkout, rotated: Result, former_key: str
) -> None:
    assert rotated.code == 0, rotated.output
    page = checkout.directory / rotated.line("The page: ").removeprefix("The page: ")
    assert "former master key: refused" in page.read_text()
    key = checkout.make("-s", "master-key", "ENV=dev").output.strip()
    assert key.startswith("sk-")
    assert key != former_key
    left = [file.read_text() for file in page.parent.glob("*rotate_keys*")]
    assert not [text for text in left if key in text or former_key in text]
    assert checkout.plan_exit_code("dev", "dev") == 0


def test_tearing_down_verifies_that_nothing_is_left(destroyed: Result) -> None:
    assert destroyed.code == 0, destroyed.output
    assert "without a last snapshot: database.final_snapshot is false" in destroyed.output
    assert "dev-litellm: empty; 0 kept on purpose" in destroyed.output


def test_destroying_leaves_an_empty_state_and_nothing_in_the_account(checkout: Checkout, destroyed: Result) -> None:
    assert destroyed.code == 0, destroyed.output
    assert state_of_dev(checkout)["resources"] == []

    def of_dev(listed: list[dict[str, Any]], key: str) -> list[str]:
        return [entry[key] for entry in listed if "dev-litellm" in entry[key]]

    client = checkout.client
    assert of_dev(client("elbv2").describe_load_balancers()["LoadBalancers"], "LoadBalancerName") == []
    assert of_dev(client("elbv2").describe_target_groups()["TargetGroups"], "TargetGroupName") == []
    assert of_dev(client("rds").describe_db_instances()["DBInstances"], "DBInstanceIdentifier") == []
    assert of_dev(client("rds").describe_db_parameter_groups()["DBParameterGroups"], "DBParameterGroupName") == []
    assert of_dev(client("secretsmanager").list_secrets()["SecretList"], "Name") == []
    assert of_dev(client("logs").describe_log_groups()["logGroups"], "logGroupName") == []
    assert of_dev(client("iam").list_roles()["Roles"], "RoleName") == []
    assert of_dev(client("s3").list_buckets()["Buckets"], "Name") == []
    assert client("ecs").list_task_definitions(familyPrefix="dev-litellm")["taskDefinitionArns"] == []
    tagged = client("ec2").describe_vpcs(Filters=[{"Name": "tag:environment", "Values": ["dev"]}])["Vpcs"]
    assert tagged == []


def test_destroying_again_says_that_there_is_nothing(checkout: Checkout, destroyed: Result) -> None:
    again = checkout.make("destroy", "ENV=dev")

    assert again.code == 0
    assert "Nothing to destroy: environment dev on the rehearsal" in again.output
