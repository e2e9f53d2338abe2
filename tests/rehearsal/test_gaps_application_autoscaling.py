"""Scalable targets keep their tags."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import AwsClient

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/scaled/proxy",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def autoscaling(aws: AwsClient) -> Iterator[Any]:
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="scaled")
    ecs.register_task_definition(family="scaled", containerDefinitions=[{"name": "a", "image": "a", "memory": 128}])
    ecs.create_service(cluster="scaled", serviceName="proxy", taskDefinition="scaled", desiredCount=2)
    client = aws("application-autoscaling")
    yield client
    client.deregister_scalable_target(**TARGET)


def test_a_target_keeps_the_tags_it_was_registered_with(autoscaling: Any) -> None:
    tags = {"Project": "litellm", "Environment": "dev"}
    arn = autoscaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=10, Tags=tags)["ScalableTargetARN"]
    assert autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags

    autoscaling.register_scalable_target(**TARGET, MinCapacity=3)
    assert autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags


def test_tags_of_a_target_can_be_added_replaced_and_removed(autoscaling: Any) -> None:
    arn = autoscaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=10, Tags={"a": "1", "b": "2"})[
        "ScalableTargetARN"
    ]
    autoscaling.tag_resource(ResourceARN=arn, Tags={"b": "3", "c": "4"})
    autoscaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "3", "c": "4"}


def test_a_target_without_tags_has_none_of_its_neighbours(autoscaling: Any) -> None:
    arn = autoscaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=10)["ScalableTargetARN"]
    assert autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {}


def test_tags_of_an_unknown_target_are_not_found(aws: AwsClient) -> None:
    arn = "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/0123"
    with pytest.raises(ClientError) as refusal:
        aws("application-autoscaling").list_tags_for_resource(ResourceARN=arn)
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
