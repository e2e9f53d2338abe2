"""What is deployed is read from the state; where nothing is, a person is told how to change that."""

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
