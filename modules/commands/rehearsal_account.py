"""What an AWS account has before the first deployment, put into the rehearsal's."""

import contextlib
import secrets

import boto3

from modules.settings import Environment


def add_what_an_account_has(environment: Environment) -> None:
    """The public zone of the environment's domain, which on AWS somebody registered long ago, and the secrets with the
    keys of LLM providers, which on AWS somebody put there."""
    _add_hosted_zone(environment)
    _add_provider_keys(environment)


def _add_hosted_zone(environment: Environment) -> None:
    domain = environment.load_balancer.domain
    if domain is None:
        return
    route53 = boto3.client("route53")
    found = route53.list_hosted_zones_by_name(DNSName=domain.hosted_zone, MaxItems="1")["HostedZones"]
    if not any(zone["Name"] == f"{domain.hosted_zone}." for zone in found):
        route53.create_hosted_zone(Name=domain.hosted_zone, CallerReference=domain.hosted_zone)


def _add_provider_keys(environment: Environment) -> None:
    """Stand-ins with random values: no provider knows them, and no real key is needed for a rehearsal."""
    if not environment.litellm.provider_keys:
        return
    secretsmanager = boto3.client("secretsmanager")
    for name in sorted(set(environment.litellm.provider_keys.values())):
        with contextlib.suppress(secretsmanager.exceptions.ResourceExistsException):
            secretsmanager.create_secret(Name=name, SecretString=secrets.token_urlsafe())
