"""A zonal shift is begun with the zone's id, ends by itself, and can be taken back at any time."""

from typing import Any

import botocore.exceptions
import pytest

from modules.operations.drill.zonal_shift import shift_away

from .shapes import PlayedClient, error

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/benchmark-litellm/0123456789abcdef"
STARTED = {
    "zonalShiftId": "00000000-0000-0000-0000-000000000001",
    "resourceIdentifier": BALANCER,
    "awayFrom": "use1-az4",
    "expiryTime": 1_800_003_600,
    "startTime": 1_800_000_000,
    "status": "ACTIVE",
    "comment": "drill: us-east-1a is lost",
}


def shifts(**answers: Any) -> Any:
    return PlayedClient("arc-zonal-shift", **{"StartZonalShift": STARTED, "CancelZonalShift": STARTED, **answers})


def shift(client: Any) -> Any:
    zones = {"AvailabilityZones": [{"ZoneName": "us-east-1a", "ZoneId": "use1-az4"}]}
    ec2: Any = PlayedClient("ec2", DescribeAvailabilityZones=zones)
    return shift_away(client, ec2, load_balancer_arn=BALANCER, zone="us-east-1a", minutes=30)


def test_traffic_is_shifted_and_comes_back() -> None:
    client = shifts()
    end = shift(client)
    (operation, request), *others = client.requests
    assert (operation, request["awayFrom"], request["expiresIn"]) == ("StartZonalShift", "use1-az4", "30m")
    assert others == []
    assert end() == "the zonal shift away from us-east-1a is cancelled"
    assert client.requests[1] == ("CancelZonalShift", {"zonalShiftId": STARTED["zonalShiftId"]})


def test_one_that_has_ended_by_itself_is_no_error() -> None:
    client = shifts(CancelZonalShift=error("ConflictException", "CancelZonalShift"))
    assert shift(client)() == "the zonal shift away from us-east-1a had ended already"


def test_one_that_cannot_be_cancelled_is_said() -> None:
    client = shifts(CancelZonalShift=error("AccessDeniedException", "CancelZonalShift"))
    with pytest.raises(botocore.exceptions.ClientError):
        shift(client)()
