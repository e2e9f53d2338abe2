"""What is found before a deployment begins, and what to do about it."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from modules.operations.examination.finding import Finding
from modules.operations.preflight import account, network
from modules.operations.preflight.image import Reply, image
from modules.settings import Environment
from modules.target import Target

ACCOUNT_ID = "123456789012"
"""moto's."""
REFERENCE = "ghcr.io/berriai/litellm-database:v1.0.0"
CHALLENGE = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:berriai/litellm-database:pull"'


def target(**changes: Any) -> Target:
    return Target(**{"account_id": ACCOUNT_ID, "region": "us-east-1", "rehearsal": False, **changes})


def environment(**changes: Any) -> Environment:
    return Environment(name="test", **changes)


def test_credentials_say_whose_they_are(aws: boto3.Session) -> None:
    (found,) = account.credentials(aws.client("sts"), target())

    assert found.severity == "fine"
    assert f"arn:aws:sts::{ACCOUNT_ID}" in found.what


def test_a_rehearsal_asks_nobody_for_credentials_and_says_why(aws: boto3.Session) -> None:
    (found,) = account.credentials(aws.client("sts"), target(rehearsal=True))

    assert found.what == "does not apply: the rehearsal takes anybody's, and AWS's are not used"


@pytest.mark.parametrize(
    ("account_id", "severity", "words"),
    [
        (ACCOUNT_ID, "fine", "AWS account 123456789012: test is new there"),
        ("210987654321", "bad", "account 123456789012, the target is 210987654321"),
    ],
)
def test_the_account_is_the_targets(aws: boto3.Session, account_id: str, severity: str, words: str) -> None:
    there = target(account_id=account_id)
    (found,) = account.account(aws.client("sts"), there, environment="test", condition="is new there")

    assert found.severity == severity
    assert words in found.what


def test_zones_that_the_account_does_not_have_are_named_with_those_that_it_has(aws: boto3.Session) -> None:
    ec2 = aws.client("ec2")
    (there,) = account.region(ec2, environment())
    (missing,) = account.region(ec2, environment(availability_zones=("us-east-1a", "us-east-1z")))

    assert there.what == "us-east-1 is enabled, with us-east-1a, us-east-1b"
    assert missing.severity == "bad"
    assert missing.what.startswith("us-east-1z: not available")
    assert "us-east-1a, us-east-1b" in missing.advice


def test_subnets_that_exist_have_to_hold_a_deployment_at_the_maximum_of_tasks(aws: boto3.Session) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    small, large = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for cidr, zone in (("10.0.0.0/28", "us-east-1a"), ("10.0.1.0/24", "us-east-1b"))
    )
    existing = {"vpc_id": vpc, "private_subnet_ids": (small, large), "public_subnet_ids": (small, large)}
    autoscaling = {"minimum_tasks": 2, "maximum_tasks": 20}
    settings = environment(network={"existing": existing}, service={"autoscaling": autoscaling})

    # 20 tasks, and half as many again while they are replaced, over two subnets.
    found = list(network.addresses(ec2, settings))

    assert [one.severity for one in found] == ["bad", "fine"]
    assert found[0].what == f"{small} in us-east-1a has 11 free addresses, 15 are wanted"


def test_a_network_of_its_own_is_the_rules_concern(aws: boto3.Session) -> None:
    (found,) = network.addresses(aws.client("ec2"), environment())

    assert found.severity == "fine"
    assert "rule `network`" in found.what


def certificate_of(aws: boto3.Session, **load_balancer: Any) -> Finding:
    (found,) = network.certificate(aws.client("acm"), aws.client("route53"), environment(load_balancer=load_balancer))
    return found


def test_a_domain_needs_its_public_zone_in_the_account(aws: boto3.Session) -> None:
    domain = {"name": "llm.example.org", "hosted_zone": "example.org"}
    missing = certificate_of(aws, domain=domain)
    aws.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")
    there = certificate_of(aws, domain=domain)

    assert (missing.severity, there.severity) == ("bad", "fine")
    assert "no public zone example.org" in missing.what


def test_a_certificate_that_is_stated_has_to_be_there_and_issued(aws: boto3.Session) -> None:
    acm = aws.client("acm")
    arn = acm.request_certificate(DomainName="llm.example.org", ValidationMethod="EMAIL")["CertificateArn"]
    missing = certificate_of(aws, certificate_arn=f"arn:aws:acm:us-east-1:{ACCOUNT_ID}:certificate/none")

    assert missing.severity == "bad"
    assert "there is no certificate" in missing.what
    assert certificate_of(aws, certificate_arn=arn).what.startswith("the certificate of llm.example.org is ")


def test_without_a_certificate_it_says_that_none_is_wanted(aws: boto3.Session) -> None:
    assert "allow_plaintext" in certificate_of(aws, allow_plaintext=True).what


class Registry:
    """One that gives everybody a token, as the public ones do, and knows some images."""

    def __init__(self, *manifests: str, status: int = 404) -> None:
        self.manifests = manifests
        self.status = status

    def __call__(self, url: str, headers: Mapping[str, str]) -> Reply:
        if url == "https://ghcr.io/token?service=ghcr.io&scope=repository%3Aberriai%2Flitellm-database%3Apull":
            return Reply(status=200, body=json.dumps({"token": "of-everybody"}).encode())
        if headers.get("Authorization") != "Bearer of-everybody":
            return Reply(status=401, challenge=CHALLENGE)
        known = [f"https://ghcr.io/v2/berriai/litellm-database/manifests/{one}" for one in self.manifests]
        return Reply(status=200 if url in known else self.status)


def of_image(reference: str, registry: Any, *, rehearsal: bool = False) -> Finding:
    (found,) = image(reference, registry, rehearsal=rehearsal)
    return found


def test_an_image_that_the_registry_has_is_fine_by_its_tag_or_its_digest() -> None:
    assert of_image(REFERENCE, Registry("v1.0.0")).severity == "fine"
    assert of_image(f"{REFERENCE}@sha256:aa", Registry("sha256:aa")).severity == "fine"


def test_an_image_that_nobody_has_is_bad_and_says_which_settings_name_it() -> None:
    for registry in (Registry("v2.0.0"), Registry("v1.0.0", status=403)):
        found = of_image(f"{REFERENCE}@sha256:bb", registry)
        assert found.severity == "bad"
        assert "service.version" in found.advice


def test_a_registry_that_is_not_reached_or_is_private_is_not_judged() -> None:
    def unreachable(url: str, headers: Mapping[str, str]) -> Reply:
        raise TimeoutError("timed out")

    private = "123456789012.dkr.ecr.us-east-1.amazonaws.com/litellm:v1"
    assert of_image(REFERENCE, unreachable).what == "ghcr.io is not reached from here: timed out"
    assert of_image(private, unreachable).severity == "unknown"
    assert of_image(REFERENCE, Registry(status=500)).severity == "unknown"


def test_the_rehearsal_pulls_no_image_and_says_what_it_runs_instead() -> None:
    found = of_image(REFERENCE, Registry(), rehearsal=True)

    assert found.severity == "fine"
    assert found.what.startswith("does not apply: the rehearsal's tasks run the LiteLLM of this checkout")
