"""The rehearsal keeps who asked for what, so that policies can be made from it."""

import json
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config

from modules.rehearsal import lifecycle

ROLE = "arn:aws:iam::123456789012:role/test-litellm-task"


@pytest.fixture
def calls(rehearsal: lifecycle.Rehearsal) -> dict[str, Any]:
    """After two callers did the same, one of which says who it is."""
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="us-east-1")
    for name in (None, "some-command"):
        # Neither the default nor what this process runs as.
        config = Config(user_agent_appid=name) if name else Config()
        clients = {
            service: session.client(service, endpoint_url=rehearsal.url, config=config)
            for service in ("s3", "ecs", "elbv2", "route53")
        }
        clients["s3"].create_bucket(Bucket=f"bucket-of-{name or 'nobody'}".lower())
        clients["s3"].list_objects_v2(Bucket="bucket-of-nobody")
        clients["elbv2"].describe_load_balancers()
        clients["route53"].list_hosted_zones()
        clients["ecs"].register_task_definition(
            family="test", taskRoleArn=ROLE, containerDefinitions=[{"name": "one", "image": "one", "memory": 128}]
        )
    with urllib.request.urlopen(f"{rehearsal.url}{lifecycle.CALLS_PATH}") as answer:
        said: dict[str, Any] = json.load(answer)
    return said


def test_a_caller_that_says_who_it_is_is_kept_with_operations_and_roles(calls: dict[str, Any]) -> None:
    assert calls["some-command"] == {
        "operations": [
            "ecs:RegisterTaskDefinition",
            "elbv2:DescribeLoadBalancers",
            "route53:ListHostedZones",
            "s3:CreateBucket",
            "s3:ListObjectsV2",
        ],
        "roles": ["ecs:RegisterTaskDefinition test-litellm-task"],
    }


def test_a_caller_without_a_name_is_not_kept(calls: dict[str, Any]) -> None:
    assert list(calls) == ["some-command"]
