"""Who is meant by tags, parameters, filters and ARNs."""

import pytest

from ..tasks.conftest import Ecs
from .conftest import WORK, Experiments


def found(experiments: Experiments, resource_type: str, **target: object) -> list[str]:
    """What an experiment that breaks nothing finds."""
    aim = {"resourceType": resource_type, "selectionMode": "ALL", **target}
    wait = {"actionId": "aws:fis:wait", "parameters": {"duration": "PT1M"}, "targets": {"Anything": "aim"}}
    template = experiments.template({"wait": wait}, {"aim": aim})
    started = experiments.fis.start_experiment(
        experimentTemplateId=template, experimentOptions={"actionsMode": "skip-all"}
    )["experiment"]["id"]
    experiments.reaches(started, "completed", "failed")
    return sorted(experiments.targets(started))


def test_tasks_are_found_by_service_tags_zone_and_arn_and_only_while_they_run(
    ecs: Ecs, experiments: Experiments, service: str
) -> None:
    tags = [{"key": "drill", "value": "yes"}]
    ecs.create(service, ecs.define("work", WORK, stopTimeout=2), 2, tags=tags, propagateTags="SERVICE")
    ecs.steady(service)
    loner = ecs.run(ecs.define("work", WORK, stopTimeout=2))
    by_zone = {task["availabilityZone"]: task["taskArn"] for task in ecs.tasks(service)}
    both = sorted(by_zone.values())
    in_service = {"cluster": "tests", "service": service}

    assert found(experiments, "aws:ecs:task", parameters=in_service) == both
    assert found(experiments, "aws:ecs:task", resourceTags={"drill": "yes"}) == both
    assert found(experiments, "aws:ecs:task", resourceTags={"drill": "no"}) == []
    in_a = [{"path": "AvailabilityZone", "values": ["us-east-1a"]}]
    assert found(experiments, "aws:ecs:task", parameters=in_service, filters=in_a) == [by_zone["us-east-1a"]]
    ecs.client.stop_task(cluster="tests", task=loner)
    ecs.stopped(loner)
    assert found(experiments, "aws:ecs:task", resourceArns=[loner, both[0]]) == [both[0]]


def test_subnets_are_found_by_zone_and_network(ecs: Ecs, experiments: Experiments) -> None:
    described = ecs.aws("ec2").describe_subnets(SubnetIds=ecs.subnets)["Subnets"]
    vpc = described[0]["VpcId"]
    arns = {
        one["AvailabilityZone"]: f"arn:aws:ec2:us-east-1:123456789012:subnet/{one['SubnetId']}" for one in described
    }
    own = {"vpc": vpc}
    tags = ecs.aws("ec2")
    tags.create_tags(Resources=ecs.subnets, Tags=[{"Key": "drill", "Value": "subnets"}])
    tagged = {"resourceTags": {"drill": "subnets"}}
    assert found(experiments, "aws:ec2:subnet", **tagged, parameters=own) == sorted(arns.values())
    in_b = own | {"availabilityZoneIdentifier": "us-east-1b"}
    assert found(experiments, "aws:ec2:subnet", **tagged, parameters=in_b) == [arns["us-east-1b"]]


@pytest.mark.parametrize(
    ("resource_type", "more", "reason"),
    [
        ("aws:eks:pod", {}, "no targets of type aws:eks:pod"),
        ("aws:ec2:subnet", {"filters": [{"path": "Colour", "values": ["red"]}]}, "does not know the path Colour"),
    ],
)
def test_what_the_rehearsal_cannot_find_fails_with_what_it_can(
    experiments: Experiments, resource_type: str, more: dict[str, object], reason: str
) -> None:
    aim = {"resourceType": resource_type, "selectionMode": "ALL", "resourceTags": {"a": "b"}, **more}
    if more:
        aim.pop("resourceTags")
    stop = {"actionId": "aws:ecs:stop-task", "targets": {"Tasks": "aim"}}
    started = experiments.start(experiments.template({"stop": stop}, {"aim": aim}))
    assert reason in experiments.reaches(started, "failed")["state"]["reason"]
