"""A trail is told from the others."""

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import AwsClient


@pytest.fixture
def cloudtrail(aws: AwsClient) -> Iterator[Any]:
    aws("s3").create_bucket(Bucket="trails")
    client = aws("cloudtrail")
    for name in ("first", "second"):
        client.create_trail(Name=name, S3BucketName="trails", IsMultiRegionTrail=True)
    yield client
    for trail in client.describe_trails()["trailList"]:
        client.delete_trail(Name=trail["Name"])


def names(cloudtrail: Any, **question: list[str]) -> list[str]:
    return [trail["Name"] for trail in cloudtrail.describe_trails(**question)["trailList"]]


def test_only_the_trails_that_are_asked_for_are_described(cloudtrail: Any) -> None:
    first = cloudtrail.get_trail(Name="first")["Trail"]["TrailARN"]
    assert names(cloudtrail) == ["first", "second"]
    assert names(cloudtrail, trailNameList=["second"]) == ["second"]
    assert names(cloudtrail, trailNameList=[first]) == ["first"]
    assert names(cloudtrail, trailNameList=["third"]) == []


def test_a_trail_is_deleted_by_its_arn(cloudtrail: Any) -> None:
    cloudtrail.delete_trail(Name=cloudtrail.get_trail(Name="first")["Trail"]["TrailARN"])
    assert names(cloudtrail) == ["second"]
