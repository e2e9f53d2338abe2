"""One rehearsal for all the tests of its gaps; the tests of its life start their own."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from modules.rehearsal import lifecycle

REGION = "us-east-1"
AwsClient = Callable[[str], Any]


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lifecycle.Rehearsal]:
    directory = tmp_path_factory.mktemp("rehearsal")
    yield lifecycle.start(directory)
    lifecycle.stop(directory)


@pytest.fixture(scope="session")
def aws(rehearsal: lifecycle.Rehearsal) -> AwsClient:
    """A boto3 client of a service on the rehearsal, as a person's own script would have it."""
    session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name=REGION)

    def client(service: str) -> Any:
        # One attempt: a test of an error must not wait for retries.
        return session.client(service, endpoint_url=rehearsal.url, config=Config(retries={"total_max_attempts": 1}))

    return client


@pytest.fixture(scope="session")
def network(aws: AwsClient) -> dict[str, list[str]]:
    """Two private subnets and a security group, as an ECS service and a DB subnet group want them."""
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for index, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="tests", Description="tests", VpcId=vpc)
    return {"subnets": [subnet["SubnetId"] for subnet in subnets], "securityGroups": [group["GroupId"]]}
