"""Taking a load balancer's traffic away from a zone: what an operator does about a zone that is in trouble."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import botocore.exceptions

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class ZonalShifts(Protocol):
    """`boto3.client("arc-zonal-shift")`."""

    def start_zonal_shift(self, **request: str) -> Any: ...

    def cancel_zonal_shift(self, *, zonalShiftId: str) -> Any: ...  # noqa: N803  AWS's name


def shift_away(
    shifts: ZonalShifts, ec2: "EC2Client", *, load_balancer_arn: str, zone: str, minutes: int
) -> Callable[[], str]:
    """Starts a zonal shift that ends by itself.

    Args:
        zone: by its name in this account; AWS wants its id, which means the same zone in all accounts.
        minutes: until it ends by itself.

    Returns:
        What ends it at once, and says so; safe to call when it has ended.
    """
    (found,) = ec2.describe_availability_zones(ZoneNames=[zone])["AvailabilityZones"]
    id_ = shifts.start_zonal_shift(
        resourceIdentifier=load_balancer_arn,
        awayFrom=found["ZoneId"],
        expiresIn=f"{minutes}m",
        comment=f"drill: {zone} is lost",
    )["zonalShiftId"]

    def end() -> str:
        try:
            shifts.cancel_zonal_shift(zonalShiftId=id_)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in ("ConflictException", "ResourceNotFoundException"):
                raise
            return f"the zonal shift away from {zone} had ended already"
        return f"the zonal shift away from {zone} is cancelled"

    return end
