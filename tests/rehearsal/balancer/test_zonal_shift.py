"""A person shifts a load balancer's traffic away from a zone, and back."""

from typing import Any

import boto3
import pytest

from .conftest import Stage
from .test_requests import targets_of


@pytest.fixture
def arc(stage: Stage) -> Any:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    return session.client("arc-zonal-shift", endpoint_url=stage.elbv2.meta.endpoint_url)


def zone_id(stage: Stage, name: str) -> str:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    zones = session.client("ec2", endpoint_url=stage.elbv2.meta.endpoint_url).describe_availability_zones()
    return next(str(zone["ZoneId"]) for zone in zones["AvailabilityZones"] if zone["ZoneName"] == name)


def allow(stage: Stage) -> None:
    stage.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=stage.load_balancer, Attributes=[{"Key": "zonal_shift.config.enabled", "Value": "true"}]
    )


def test_traffic_leaves_the_zone_and_returns_when_the_shift_is_canceled(stage: Stage, arc: Any) -> None:
    allow(stage)
    here, there = stage.play("a"), stage.play("b")
    zone = zone_id(stage, here.zone)
    assert arc.list_managed_resources()["items"][0]["appliedWeights"][zone] == 1

    shift = arc.start_zonal_shift(
        resourceIdentifier=stage.load_balancer, awayFrom=zone, expiresIn="1h", comment="a drill"
    )
    stage.settle()

    assert shift["status"] == "ACTIVE"
    assert set(targets_of(stage, 6)) == {there.id}
    managed = arc.get_managed_resource(resourceIdentifier=stage.load_balancer)
    assert managed["appliedWeights"][zone] == 0
    with pytest.raises(arc.exceptions.ConflictException):
        arc.start_zonal_shift(resourceIdentifier=stage.load_balancer, awayFrom=zone, expiresIn="1h", comment="again")

    assert arc.cancel_zonal_shift(zonalShiftId=shift["zonalShiftId"])["status"] == "CANCELED"
    stage.settle()
    assert set(targets_of(stage, 6)) == {here.id, there.id}


def test_a_load_balancer_that_does_not_allow_it_is_not_shifted(stage: Stage, arc: Any) -> None:
    with pytest.raises(arc.exceptions.ResourceNotFoundException, match=r"zonal_shift\.config\.enabled"):
        arc.start_zonal_shift(
            resourceIdentifier=stage.load_balancer, awayFrom="use1-az1", expiresIn="1h", comment="a drill"
        )
    assert arc.list_managed_resources()["items"] == []
