"""Load balancers are as AWS makes them."""

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import AwsClient


@pytest.fixture
def elbv2(aws: AwsClient) -> Iterator[Any]:
    client = aws("elbv2")
    yield client
    for balancer in client.describe_load_balancers()["LoadBalancers"]:
        client.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])


@pytest.mark.parametrize(("asked", "scheme"), [({}, "internet-facing"), ({"Scheme": "internal"}, "internal")])
def test_a_load_balancer_faces_the_internet_unless_told_otherwise(
    elbv2: Any, network: dict[str, list[str]], asked: dict[str, str], scheme: str
) -> None:
    elbv2.create_load_balancer(Name="front", Subnets=network["subnets"], **asked)

    assert elbv2.describe_load_balancers(Names=["front"])["LoadBalancers"][0]["Scheme"] == scheme


def test_a_name_that_is_taken_is_refused(elbv2: Any, network: dict[str, list[str]]) -> None:
    elbv2.create_load_balancer(Name="front", Subnets=network["subnets"])

    with pytest.raises(elbv2.exceptions.DuplicateLoadBalancerNameException):
        elbv2.create_load_balancer(Name="front", Subnets=network["subnets"])
