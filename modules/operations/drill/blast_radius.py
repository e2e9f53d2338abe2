"""How many tasks an experiment hits, from its template, and whether those that are left are enough."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modules.operations.drill.clients import Fis

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


def leaves_enough(
    fis: Fis,
    ec2: "EC2Client",
    elbv2: "ElasticLoadBalancingv2Client",
    *,
    template_id: str,
    target_group_arn: str,
    least_survivors: int,
) -> Iterator[str]:
    """A drill is to show that the others carry on, so there have to be others: the experiment leaves at least
    `least_survivors` of the healthy targets."""
    found = elbv2.describe_target_health(TargetGroupArn=target_group_arn)["TargetHealthDescriptions"]
    zones = [one["Target"].get("AvailabilityZone", "") for one in found if one["TargetHealth"]["State"] == "healthy"]
    template = fis.get_experiment_template(id=template_id)["experimentTemplate"]
    lost = sum(_tasks_hit(target, zones, ec2) for target in template.get("targets", {}).values())
    if len(zones) - lost < least_survivors:
        yield (
            f"the experiment takes {lost} of {len(zones)} healthy tasks, but at least {least_survivors} should be left"
        )


def _tasks_hit(target: Mapping[str, Any], zones: list[str], ec2: "EC2Client") -> int:
    if target["resourceType"] == "aws:ecs:task":
        return selected(target["selectionMode"], len(zones))
    if target["resourceType"] == "aws:ec2:subnet":
        ids = [arn.rpartition("/")[2] for arn in target.get("resourceArns", [])]
        subnets = ec2.describe_subnets(SubnetIds=ids)["Subnets"] if ids else []
        cut = {subnet["AvailabilityZone"] for subnet in subnets}
        return sum(zone in cut for zone in zones)
    return 0


def selected(mode: str, count: int) -> int:
    """How many of `count` resources AWS FIS picks: ALL, COUNT(n), or PERCENT(n) rounded down (AWS FIS User Guide,
    "Targets for AWS FIS", "Selection mode").

    Raises:
        ValueError: it is none of these.
    """
    if mode == "ALL":
        return count
    match = re.fullmatch(r"(COUNT|PERCENT)\((\d+)\)", mode)
    if not match:
        raise ValueError(f"the selection mode {mode!r} is not known; it is ALL, COUNT(n) or PERCENT(n)")
    number = int(match[2])
    return min(number, count) if match[1] == "COUNT" else math.floor(count * number / 100)
