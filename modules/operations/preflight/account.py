"""Whose account it is, and whether the region has what the environment is spread over."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modules.operations.examination.finding import Finding, bad, fine
from modules.settings import Environment
from modules.target import Target

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_sts import STSClient

ENABLED = ("opt-in-not-required", "opted-in")
"""EC2 API, DescribeRegions."""


def credentials(sts: "STSClient", target: Target) -> Iterator[Finding]:
    if target.rehearsal:
        yield fine("does not apply: the rehearsal takes anybody's, and AWS's are not used")
        return
    arn = sts.get_caller_identity()["Arn"]
    yield fine(f"they are those of {arn}")
    if arn.endswith(":root"):
        yield bad("they are the account's root user's", "sign in with a role that may deploy, and nothing else")


def account(sts: "STSClient", target: Target, *, environment: str, condition: str) -> Iterator[Finding]:
    """
    Args:
        condition: what there is of the environment, as the end of a sentence.
    """
    found = sts.get_caller_identity()["Account"]
    if found != target.account_id:
        yield bad(
            f"the credentials are of account {found}, the target is {target.account_id}",
            "begin again with 'make': somebody has signed in elsewhere meanwhile",
        )
        return
    yield fine(f"{target}: {environment} {condition}")


def region(ec2: "EC2Client", environment: Environment) -> Iterator[Finding]:
    """The region is enabled for the account, and the environment's zones are there and available."""
    name = environment.region
    found = ec2.describe_regions(RegionNames=[name], AllRegions=True)["Regions"][0]
    if found.get("OptInStatus", ENABLED[0]) not in ENABLED:
        yield bad(f"{name} is not enabled in this account", "enable it: aws account enable-region")
        return
    zones = {zone["ZoneName"]: zone["State"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    wanted = environment.availability_zones
    missing = [zone for zone in wanted if zones.get(zone) != "available"]
    if missing:
        yield bad(
            f"{', '.join(missing)}: not available to this account in {name}",
            f"state others in availability_zones; it has {', '.join(sorted(zones))}",
        )
    else:
        yield fine(f"{name} is enabled, with {', '.join(wanted)}")
