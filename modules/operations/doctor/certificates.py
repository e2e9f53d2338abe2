"""Certificates of the load balancer and of the database, and when they end."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from modules.operations.examination.finding import Finding, bad, fine, unknown, warning
from modules.operations.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_rds import RDSClient

SOON = timedelta(days=45)
"""ACM User Guide, "Managed renewal for ACM certificates": it renews 60 days before the end, and says at 45 days that it
did not succeed."""
TOO_SOON = timedelta(days=14)


def load_balancer(
    ecs: "ECSClient", elbv2: "ElasticLoadBalancingv2Client", acm: Any, outputs: Outputs, now: datetime
) -> Iterator[Finding]:
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    group_arn = service["loadBalancers"][0]["targetGroupArn"]
    group = elbv2.describe_target_groups(TargetGroupArns=[group_arn])["TargetGroups"][0]
    listeners = elbv2.describe_listeners(LoadBalancerArn=group["LoadBalancerArns"][0])["Listeners"]
    arns = {one["CertificateArn"] for listener in listeners for one in listener.get("Certificates", [])}
    if not arns:
        yield fine("the load balancer has none: its listeners are plain HTTP")
    for arn in sorted(arns):
        certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        name = f"the certificate of {certificate['DomainName']}"
        if certificate["Status"] != "ISSUED":
            yield bad(f"{name} is {certificate['Status']}", "look at its validation in ACM, and at the domain's zone")
        elif certificate.get("RenewalEligibility") == "INELIGIBLE" and certificate["Type"] == "IMPORTED":
            yield _until(name, certificate["NotAfter"], now, "nobody renews an imported one: import its successor")
        else:
            yield _until(
                name, certificate["NotAfter"], now, "ACM has not renewed it: look for its DNS records and their CAA"
            )


def database(rds: "RDSClient", outputs: Outputs, now: datetime) -> Finding:
    instance = rds.describe_db_instances(DBInstanceIdentifier=outputs.database)["DBInstances"][0]
    details = instance.get("CertificateDetails", {})
    if "ValidTill" not in details:
        return unknown("the database's certificate: RDS does not say until when it is valid")
    return _until(
        f"the database's certificate ({details.get('CAIdentifier', '')})",
        details["ValidTill"],
        now,
        "renew it: aws rds modify-db-instance --certificate-rotation-restart (or a newer --ca-certificate-identifier)",
    )


def _until(what: str, end: datetime, now: datetime, advice: str) -> Finding:
    left = end - now
    said = f"{what} is valid until {end:%Y-%m-%d}, {left.days} days"
    if left < TOO_SOON:
        return bad(said, advice)
    return warning(said, advice) if left < SOON else fine(said)
