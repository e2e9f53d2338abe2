"""Policies apply when their conditions do."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import AwsClient


def bucket_that_denies(s3: Any, name: str, **condition: dict[str, str]) -> None:
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="config.yaml", Body=b"model_list: []")
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
    }
    if condition:
        statement["Condition"] = condition
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def test_a_bucket_that_denies_plain_http_is_readable(aws: AwsClient) -> None:
    s3 = aws("s3")
    bucket_that_denies(s3, "tls-only", Bool={"aws:SecureTransport": "false"})
    assert s3.head_object(Bucket="tls-only", Key="config.yaml")["ContentLength"] == 14


def test_a_bucket_that_denies_everything_still_does(aws: AwsClient) -> None:
    s3 = aws("s3")
    bucket_that_denies(s3, "nobody")
    with pytest.raises(ClientError) as refusal:
        s3.head_object(Bucket="nobody", Key="config.yaml")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
