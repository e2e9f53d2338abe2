"""Copies of secrets in other regions, and ages of their versions."""

import time

from .conftest import AwsClient

KEY = "arn:aws:kms:us-west-2:123456789012:key/1d3c9e9a-82a6-4100-b743-0b6613d5716c"


def test_a_copy_has_the_key_that_was_asked_for(aws: AwsClient) -> None:
    secrets = aws("secretsmanager")
    secrets.create_secret(
        Name="copied", SecretString="value", AddReplicaRegions=[{"Region": "us-west-2", "KmsKeyId": KEY}]
    )
    (copy,) = secrets.describe_secret(SecretId="copied")["ReplicationStatus"]
    assert (copy["Region"], copy["KmsKeyId"], copy["Status"]) == ("us-west-2", KEY, "InSync")


def test_a_copy_without_one_has_aws_own(aws: AwsClient) -> None:
    secrets = aws("secretsmanager")
    secrets.create_secret(Name="copied-plainly", SecretString="value")
    secrets.replicate_secret_to_regions(SecretId="copied-plainly", AddReplicaRegions=[{"Region": "us-west-2"}])
    (copy,) = secrets.describe_secret(SecretId="copied-plainly")["ReplicationStatus"]
    assert copy["KmsKeyId"] == "alias/aws/secretsmanager"


def test_a_version_is_as_old_as_it_is(aws: AwsClient) -> None:
    secrets = aws("secretsmanager")
    secrets.create_secret(Name="aging", SecretString="value")
    time.sleep(1.1)
    asked = time.time()
    (version,) = secrets.list_secret_version_ids(SecretId="aging")["Versions"]
    assert version["CreatedDate"].timestamp() < asked
