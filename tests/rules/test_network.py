"""Subnets of every kind, and what tasks reach when there is no NAT."""

from typing import Any

import pytest

from modules.environment_file import load
from modules.rules import check
from modules.settings.change import changed

PRODUCTION = load("production")
REGISTRY = "210987654321.dkr.ecr.us-east-1.amazonaws.com"
NO_NAT = {
    "network.nat_gateways": "none",
    "network.interface_endpoints": ["bedrock-runtime", "ecr.api", "ecr.dkr", "logs", "secretsmanager"],
    "service.image": f"{REGISTRY}/litellm",
    "database.administration_image": f"{REGISTRY}/postgres:16",
}
EXISTING = {
    "vpc_id": "vpc-0123456789abcdef0",
    "public_subnet_ids": ["subnet-00000000000000001", "subnet-00000000000000002"],
    "private_subnet_ids": ["subnet-00000000000000011", "subnet-00000000000000012"],
}


def found(changes: dict[str, Any], severity: str) -> list[str]:
    return [
        finding.message
        for finding in check(changed(PRODUCTION, changes))
        if (finding.rule, finding.severity) == ("network", severity)
    ]


def without(endpoint: str) -> dict[str, Any]:
    remaining = [other for other in NO_NAT["network.interface_endpoints"] if other != endpoint]
    return NO_NAT | {"network.interface_endpoints": remaining}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"network.isolated_subnet_cidrs": ["10.0.21.0/24"]},
            "network.isolated_subnet_cidrs has 1 subnets for 2 availability zones; state one for each, or none",
            id="a zone without an isolated subnet",
        ),
        pytest.param(
            {"network.isolated_subnet_cidrs": ["10.0.11.0/25", "10.0.22.0/24"]},
            "subnets 10.0.11.0/24 and 10.0.11.0/25 overlap",
            id="an isolated subnet within a private one",
        ),
        pytest.param(
            {"network.isolated_subnet_cidrs": ["10.0.21.0/24", "10.1.22.0/24"]},
            "isolated subnet 10.1.22.0/24 is outside network.vpc_cidr 10.0.0.0/16",
            id="an isolated subnet outside the VPC",
        ),
        pytest.param(
            {
                "network.isolated_subnet_cidrs": ["10.0.21.0/28", "10.0.22.0/24"],
                "cache": {"nodes": 6},
                "database.read_replica": {},
            },
            f"isolated subnet 10.0.21.0/28 has 16 - 5 = {16 - 5} free addresses, but {2 * (2 + 6)} for database and "
            f"cache, each instance and its replacement = {2 * (2 + 6)}",
            id="no room for database and cache",
        ),
        pytest.param(
            {"network.public_subnet_cidrs": [], "load_balancer.internal": True},
            "network.public_subnet_cidrs has 0 subnets for 2 availability zones; state one for each",
            id="NAT without a public subnet",
        ),
        pytest.param(
            NO_NAT | {"network.public_subnet_cidrs": []},
            "network.public_subnet_cidrs has 0 subnets for 2 availability zones; state one for each",
            id="an internet-facing load balancer without a public subnet",
        ),
        pytest.param(
            {"network": {"existing": EXISTING | {"private_subnet_ids": EXISTING["private_subnet_ids"][:1]}}},
            "network.existing.private_subnet_ids has 1 subnets for 2 availability zones; state one for each",
            id="somebody else's VPC with too few private subnets",
        ),
        pytest.param(
            {"network": {"existing": EXISTING | {"isolated_subnet_ids": EXISTING["public_subnet_ids"][:1]}}},
            "network.existing.isolated_subnet_ids has 1 subnets for 2 availability zones; state one for each, or none",
            id="somebody else's VPC with too few isolated subnets",
        ),
    ],
)
def test_subnets_that_cannot_work_are_an_error(changes: dict[str, Any], said: str) -> None:
    assert found(changes, "error") == [said]


@pytest.mark.parametrize(
    "changes",
    [
        {"network.isolated_subnet_cidrs": []},
        NO_NAT,
        NO_NAT | {"network.public_subnet_cidrs": [], "load_balancer.internal": True},
        {"network": {"existing": EXISTING}},
        {"network": {"existing": EXISTING | {"public_subnet_ids": []}}, "load_balancer.internal": True},
    ],
)
def test_networks_that_work_have_no_findings(changes: dict[str, Any]) -> None:
    assert found(changes, "error") + found(changes, "warning") == []


@pytest.mark.parametrize("tasks", [9, 10])
def test_an_internal_load_balancer_takes_its_addresses_beside_the_tasks(tasks: int) -> None:
    small = {
        "network.private_subnet_cidrs": ["10.0.11.0/27", "10.0.12.0/27"],
        "network.interface_endpoints": [],
        "load_balancer.internal": True,
        "service.desired_tasks": tasks,
        "service.autoscaling.maximum_tasks": tasks,
    }
    assert bool(found(small, "error")) == (2 * tasks + 8 > 32 - 5)


@pytest.mark.parametrize(
    ("endpoint", "purpose"),
    [
        ("logs", "write their log"),
        ("secretsmanager", "read their secrets"),
        ("ecr.api", "find their image"),
        ("ecr.dkr", "pull their image"),
    ],
)
def test_without_nat_each_endpoint_that_a_task_starts_with_is_asked_for(endpoint: str, purpose: str) -> None:
    (said,) = found(without(endpoint), "error")
    assert f"without {endpoint} in network.interface_endpoints the tasks cannot {purpose}" in said


@pytest.mark.parametrize(
    ("key", "image"),
    [
        ("service.image", "ghcr.io/berriai/litellm-database"),
        ("database.administration_image", "public.ecr.aws/docker/library/postgres:16-alpine"),
    ],
)
def test_without_nat_an_image_on_the_internet_is_an_error(key: str, image: str) -> None:
    (said,) = found(NO_NAT | {key: image}, "error")
    assert f"{key} {image} is pulled over the internet" in said


def test_without_nat_a_shell_in_a_task_needs_its_channel_and_its_key() -> None:
    shell = NO_NAT | {"service.ecs_exec": True, "service.read_only_root_filesystem": False}
    channel, key = found(shell, "error")
    assert "without ssmmessages in" in channel
    assert "without kms in" in key
    assert len(found(shell | {"encryption.customer_keys": False}, "error")) == 1


def test_without_nat_and_bedrock_no_llm_is_reached() -> None:
    (said,) = found(without("bedrock-runtime"), "warning")
    assert "no LLM provider is reached; add bedrock-runtime to network.interface_endpoints" in said


def test_without_nat_keys_of_providers_on_the_internet_are_of_no_use() -> None:
    (said,) = found(NO_NAT | {"litellm.provider_keys": {"OPENAI_API_KEY": "litellm/openai"}}, "warning")
    assert "the providers of OPENAI_API_KEY (litellm.provider_keys) are on the internet" in said
