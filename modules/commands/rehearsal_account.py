"""What an AWS account has before the first deployment, put into the rehearsal's."""

import boto3

from modules.settings import Environment


def add_what_an_account_has(environment: Environment) -> None:
    """The public zone of the environment's domain, which on AWS somebody registered long ago."""
    domain = environment.load_balancer.domain
    if domain is None:
        return
    route53 = boto3.client("route53")
    found = route53.list_hosted_zones_by_name(DNSName=domain.hosted_zone, MaxItems="1")["HostedZones"]
    if not any(zone["Name"] == f"{domain.hosted_zone}." for zone in found):
        route53.create_hosted_zone(Name=domain.hosted_zone, CallerReference=domain.hosted_zone)
