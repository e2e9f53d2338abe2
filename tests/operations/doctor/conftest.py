"""An AWS of moto's, in this process."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from modules.operations.outputs import Outputs

REGION = "us-east-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name=REGION)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def outputs(aws: boto3.Session) -> Outputs:
    """Of an environment with its three secrets; its other parts are each test's own."""
    names = {one: f"test-litellm/{one}" for one in ("master-key", "salt-key", "database-password")}
    for name in names.values():
        aws.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps("secret"))
    return Outputs(
        endpoint="http://test",
        cluster="test-litellm",
        service="test-litellm",
        database="test-litellm",
        database_endpoint="test:5432",
        log_group="/test/litellm",
        master_key_secret=names["master-key"],
        salt_key_secret=names["salt-key"],
        database_password_secret=names["database-password"],
    )
