"""What is deployed is read from the state; where nothing is, a person is told how to change that."""

import json
from io import BytesIO

import boto3
import pytest
from botocore.stub import Stubber

from modules.operations.outputs import NotDeployedError, read_outputs
from modules.target import Target


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchBucket"])
@pytest.mark.parametrize(
    ("rehearsal", "told"),
    [
        (True, "production is not deployed on the rehearsal: run 'make deploy ENV=production'"),
        (False, "production is not deployed on AWS account 123456789012: run 'make deploy TARGET=aws ENV=production'"),
    ],
)
def test_what_is_not_deployed_is_told_with_the_command_that_does_it(code: str, rehearsal: bool, told: str) -> None:
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(s3) as stubber:
        stubber.add_client_error("get_object", code)
        with pytest.raises(NotDeployedError) as error:
            read_outputs(s3, Target(account_id="123456789012", region="us-east-1", rehearsal=rehearsal), "production")
    assert str(error.value) == told


def test_a_first_deployment_that_ended_halfway_is_told_with_what_is_missing_and_how_to_go_on() -> None:
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    # Terraform saves the outputs that it came to.
    values = {"endpoint": "http://test", "cluster": "dev-litellm", "service": "dev-litellm", "database": "dev-litellm"}
    state = {"outputs": {name: {"value": value} for name, value in values.items()}}
    with Stubber(s3) as stubber:
        stubber.add_response("get_object", {"Body": BytesIO(json.dumps(state).encode())})
        with pytest.raises(NotDeployedError) as error:
            read_outputs(s3, Target(account_id="123456789012", region="us-east-1", rehearsal=True), "dev")
    assert str(error.value) == (
        "dev is deployed on the rehearsal in part: its first deployment ended before database_endpoint, log_group, "
        "master_key_secret, salt_key_secret, database_password_secret were there; 'make deploy ENV=dev' takes up where "
        "it ended"
    )
