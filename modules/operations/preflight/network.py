"""Addresses for the tasks, and the certificate that the load balancer shows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from modules.operations.examination.finding import Finding, bad, fine
from modules.planning.connections import tasks_in_deployment
from modules.settings import Environment

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_route53 import Route53Client


def addresses(ec2: "EC2Client", environment: Environment) -> Iterator[Finding]:
    """Whether the subnets of a VPC that exists already have one for each task of a deployment at the maximum."""
    existing, service = environment.network.existing, environment.service
    if existing is None:
        yield fine("the environment's own subnets have enough: the rule `network` has counted them")
        return
    tasks = tasks_in_deployment(service.maximum_tasks, service.deployment.maximum_percent)
    wanted = -(-tasks // len(existing.private_subnet_ids))
    for subnet in ec2.describe_subnets(SubnetIds=list(existing.private_subnet_ids))["Subnets"]:
        free = subnet["AvailableIpAddressCount"]
        what = f"{subnet['SubnetId']} in {subnet['AvailabilityZone']} has {free} free addresses, {wanted} are wanted"
        if free < wanted:
            yield bad(what, "free some, or state larger subnets in network.existing.private_subnet_ids")
        else:
            yield fine(what)


def certificate(acm: Any, route53: "Route53Client", environment: Environment) -> Iterator[Finding]:
    settings = environment.load_balancer
    if settings.domain:
        zone = settings.domain.hosted_zone
        found = route53.list_hosted_zones_by_name(DNSName=zone, MaxItems="1")["HostedZones"]
        public = [one for one in found if one["Name"] == f"{zone}." and not one["Config"].get("PrivateZone")]
        if public:
            yield fine(f"one is issued for {settings.domain.name}, proven by the public zone {zone}, which is here")
        else:
            yield bad(
                f"the account has no public zone {zone}, in which {settings.domain.name} would be proven",
                "make the zone in Route 53 and delegate to it, or state load_balancer.certificate_arn",
            )
    elif settings.certificate_arn:
        yield _existing(acm, settings.certificate_arn)
    else:
        yield fine("does not apply: the load balancer serves HTTP, as load_balancer.allow_plaintext has it")


def _existing(acm: Any, arn: str) -> Finding:
    advice = "state one of this account and region in load_balancer.certificate_arn"
    try:
        found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return bad(f"there is no certificate {arn}", advice)
    what = f"the certificate of {found['DomainName']} is {found['Status']}"
    return fine(what) if found["Status"] == "ISSUED" else bad(what, f"see its validation in ACM, or {advice}")
