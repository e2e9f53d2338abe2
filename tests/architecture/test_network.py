"""The VPC, its ways in and out, and who may talk to whom."""

import json
from collections.abc import Iterator

import pytest

from modules.architecture.synthesis import SynthesisError

from .conftest import CERTIFICATE, Environments, Json, Variant, named, referenced, resources, the_only

ANYWHERE = "0.0.0.0/0"
Edge = tuple[str, str, str, int]


def subnets(stack: Json) -> dict[str, tuple[str, str]]:
    """CIDR and zone of each subnet, by its address."""
    return {
        address: (subnet["cidr_block"], subnet["availability_zone"])
        for address, subnet in stack["resource"]["aws_subnet"].items()
    }


def way_out(stack: Json) -> dict[str, Json]:
    """By CIDR of the subnet: its one route; subnets without a way out are left out."""
    ways: dict[str, Json] = {}
    for association in resources(stack, "aws_route_table_association"):
        subnet = referenced(stack, association["subnet_id"], "id")
        routes = [
            route for route in resources(stack, "aws_route") if route["route_table_id"] == association["route_table_id"]
        ]
        if routes:
            (ways[subnet["cidr_block"]],) = routes
    return ways


def zone_of_nat(stack: Json, route: Json) -> str:
    nat = referenced(stack, route["nat_gateway_id"], "id")
    zone: str = referenced(stack, nat["subnet_id"], "id")["availability_zone"]
    return zone


def edges(stack: Json) -> Iterator[Edge]:
    """What security groups allow: direction, group, peer, port."""
    for direction in ("ingress", "egress"):
        for rule in resources(stack, f"aws_vpc_security_group_{direction}_rule"):
            assert rule["ip_protocol"] == "tcp"
            assert rule["from_port"] == rule["to_port"]
            group = referenced(stack, rule["security_group_id"], "id")["name"]
            if "prefix_list_id" in rule:
                peer = referenced(stack, rule["prefix_list_id"], "prefix_list_id")["service_name"]
            else:
                peer = rule.get("cidr_ipv4") or referenced(stack, rule["referenced_security_group_id"], "id")["name"]
            yield direction, group, peer, rule["from_port"]


def endpoint_of(stack: Json, service: str) -> Json:
    (endpoint,) = [one for one in resources(stack, "aws_vpc_endpoint") if one["service_name"] == service]
    return endpoint


def expected_edges(name: str, clients_to: set[int]) -> set[Edge]:
    """Source, "Security Groups": clients to the load balancer to the tasks to the database, which answers and starts
    nothing; the tasks call LLM providers and AWS over HTTPS."""
    balancer, service, database = (f"{name}-litellm-{part}" for part in ("load-balancer", "service", "database"))
    return {
        *(("ingress", balancer, ANYWHERE, port) for port in clients_to),
        ("egress", balancer, service, 4000),
        ("ingress", service, balancer, 4000),
        ("egress", service, database, 5432),
        ("ingress", database, service, 5432),
        ("egress", service, ANYWHERE, 443),
    }


def test_the_vpc_has_the_sources_addresses(benchmark: Json) -> None:
    """Source, section 4."""
    assert the_only(benchmark, "aws_vpc")["cidr_block"] == "10.0.0.0/16"


def test_two_public_and_two_private_subnets_of_the_source_are_in_two_zones(benchmark: Json) -> None:
    """Source, section 4 and "Network Architecture"."""
    assert set(subnets(benchmark).values()) == {
        ("10.0.1.0/24", "us-east-1a"),
        ("10.0.2.0/24", "us-east-1b"),
        ("10.0.11.0/24", "us-east-1a"),
        ("10.0.12.0/24", "us-east-1b"),
    }
    assert len(subnets(benchmark)) == 4


def test_nothing_gets_a_public_address_by_itself(environments: Environments) -> None:
    for stacks in environments.values():
        assert not any(subnet["map_public_ip_on_launch"] for subnet in resources(stacks.environment, "aws_subnet"))
        service = the_only(stacks.environment, "aws_ecs_service")
        assert service["network_configuration"]["assign_public_ip"] is False


def test_the_one_nat_gateway_of_the_source_is_in_the_first_public_subnet_and_serves_both_private_ones(
    benchmark: Json,
) -> None:
    """Source, section 4: NAT Gateway 1 in Public Subnet 1; public through the internet gateway, private through NAT."""
    nat = the_only(benchmark, "aws_nat_gateway")
    assert referenced(benchmark, nat["subnet_id"], "id")["cidr_block"] == "10.0.1.0/24"
    assert len(resources(benchmark, "aws_eip")) == len(resources(benchmark, "aws_internet_gateway")) == 1
    ways = way_out(benchmark)
    assert set(ways) == {cidr for cidr, _ in subnets(benchmark).values()}
    for cidr in ("10.0.1.0/24", "10.0.2.0/24"):
        assert referenced(benchmark, ways[cidr]["gateway_id"], "id") == next(
            iter(benchmark["resource"]["aws_internet_gateway"].values())
        )
        assert "nat_gateway_id" not in ways[cidr]
    for cidr in ("10.0.11.0/24", "10.0.12.0/24"):
        assert zone_of_nat(benchmark, ways[cidr]) == "us-east-1a"
        assert "gateway_id" not in ways[cidr]
    assert all(way["destination_cidr_block"] == ANYWHERE for way in ways.values())


def test_with_a_nat_gateway_in_each_zone_no_zone_depends_on_another(production: Json) -> None:
    private = {"10.0.11.0/24": "us-east-1a", "10.0.12.0/24": "us-east-1b"}
    ways = way_out(production)
    assert {cidr: zone_of_nat(production, ways[cidr]) for cidr in private} == private
    assert len(resources(production, "aws_nat_gateway")) == len(resources(production, "aws_eip")) == len(private)


def test_a_third_zone_gets_its_own_subnets_and_its_own_way_out(variant: Variant) -> None:
    zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    stack = variant(
        "production",
        {
            "availability_zones": zones,
            "network.public_subnet_cidrs": ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"],
            "network.private_subnet_cidrs": ["10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24"],
            "network.isolated_subnet_cidrs": ["10.0.21.0/24", "10.0.22.0/24", "10.0.23.0/24"],
        },
    ).environment
    ways = way_out(stack)
    assert [zone_of_nat(stack, ways[f"10.0.1{number}.0/24"]) for number in (1, 2, 3)] == zones
    assert len(the_only(stack, "aws_lb")["subnets"]) == len(zones)


def test_taking_a_zone_away_leaves_the_addresses_of_the_others_alone(production: Json, variant: Variant) -> None:
    other = variant(
        "production",
        {
            "availability_zones": ["us-east-1b", "us-east-1c"],
            "network.public_subnet_cidrs": ["10.0.2.0/24", "10.0.3.0/24"],
            "network.private_subnet_cidrs": ["10.0.12.0/24", "10.0.13.0/24"],
            "network.isolated_subnet_cidrs": ["10.0.22.0/24", "10.0.23.0/24"],
        },
    ).environment
    kept = {address for address, (_, zone) in subnets(production).items() if zone == "us-east-1b"}
    assert {address: subnets(other)[address] for address in kept} == {
        address: subnets(production)[address] for address in kept
    }


def test_security_groups_allow_exactly_the_chain_of_the_diagram(benchmark: Json) -> None:
    assert sorted(edges(benchmark)) == sorted(expected_edges("benchmark", clients_to={80}))


def between(clients: str, servers: str, port: int) -> set[Edge]:
    """One way, as both of its ends see it."""
    return {("egress", clients, servers, port), ("ingress", servers, clients, port)}


def test_with_https_clients_reach_its_port_and_nothing_else_changes(
    production: Json, environments: Environments
) -> None:
    endpoints = between("production-litellm-service", "production-litellm-endpoints", 443)
    cache = between("production-litellm-service", "production-litellm-cache", 6379)
    assert sorted(edges(production)) == sorted(expected_edges("production", clients_to={443}) | endpoints | cache)
    groups = {name: len(resources(stacks.environment, "aws_security_group")) for name, stacks in environments.items()}
    assert groups == {"benchmark": 3, "dev": 3, "production": 5}


def test_nothing_but_the_load_balancers_ports_is_open_to_the_internet(environments: Environments) -> None:
    for name, stacks in environments.items():
        open_to_all = {
            (group, port)
            for way, group, peer, port in edges(stacks.environment)
            if (way, peer) == ("ingress", ANYWHERE)
        }
        assert open_to_all <= {(f"{name}-litellm-load-balancer", port) for port in (80, 443)}
        assert open_to_all


def test_the_database_starts_no_connections(environments: Environments) -> None:
    for name, stacks in environments.items():
        assert not [edge for edge in edges(stacks.environment) if edge[:2] == ("egress", f"{name}-litellm-database")]


def test_security_groups_have_no_rules_but_those_that_stand_beside_them(environments: Environments) -> None:
    """Inline rules would fight with the separate ones."""
    for stacks in environments.values():
        for group in resources(stacks.environment, "aws_security_group"):
            assert not {"ingress", "egress"} & set(group)


def test_clients_can_be_limited_to_some_networks(variant: Variant) -> None:
    networks = ["192.0.2.0/24", "198.51.100.0/25"]
    limited = {"load_balancer.ingress_cidrs": networks, "load_balancer.redirect_http": True}
    stack = variant("production", {**CERTIFICATE, **limited}).environment
    clients = {(peer, port) for way, _, peer, port in edges(stack) if way == "ingress" and "/" in peer}
    assert clients == {(network, port) for network in networks for port in (80, 443)}


@pytest.mark.parametrize(("key", "port"), [("service.port", 8080), ("database.port", 6543)])
def test_another_port_is_opened_instead_of_the_sources(variant: Variant, key: str, port: int) -> None:
    stack = variant("benchmark", {key: port}).environment
    former = {"service.port": 4000, "database.port": 5432}[key]
    expected = {(*edge[:3], port if edge[3] == former else edge[3]) for edge in expected_edges("benchmark", {80})}
    assert sorted(edges(stack)) == sorted(expected)


def test_everything_in_the_vpc_carries_the_environments_name(benchmark: Json) -> None:
    for type_ in ("aws_vpc", "aws_subnet", "aws_nat_gateway", "aws_eip", "aws_internet_gateway", "aws_route_table"):
        for resource in resources(benchmark, type_):
            assert resource["tags"]["Name"].startswith("benchmark-litellm")
    assert named(benchmark, "aws_security_group", "benchmark-litellm-service")["tags"]["Name"].startswith("benchmark")


def test_the_default_security_group_allows_nothing(environments: Environments) -> None:
    for stacks in environments.values():
        locked = the_only(stacks.environment, "aws_default_security_group")
        assert "cidr_block" in referenced(stacks.environment, locked["vpc_id"], "id")
        assert not locked.keys() & {"ingress", "egress"}


def test_s3_is_reached_inside_the_vpc_from_every_private_subnet(environments: Environments) -> None:
    for stacks in environments.values():
        stack = stacks.environment
        endpoint = endpoint_of(stack, "com.amazonaws.us-east-1.s3")
        assert endpoint["vpc_endpoint_type"] == "Gateway"
        private = {
            association["route_table_id"]
            for association in resources(stack, "aws_route_table_association")
            if "private" in association["subnet_id"]
        }
        assert set(endpoint["route_table_ids"]) == private


def test_without_interface_endpoints_there_is_only_the_gateway(benchmark: Json) -> None:
    assert the_only(benchmark, "aws_vpc_endpoint")["vpc_endpoint_type"] == "Gateway"


def test_an_interface_endpoint_stands_in_each_zone_and_lets_in_the_tasks_alone(variant: Variant) -> None:
    stack = variant("benchmark", {"network.interface_endpoints": ["ecr.api"]}).environment
    endpoint = endpoint_of(stack, "com.amazonaws.us-east-1.ecr.api")
    assert endpoint["vpc_endpoint_type"] == "Interface"
    assert endpoint["private_dns_enabled"] is True
    zones = {referenced(stack, subnet, "id")["availability_zone"] for subnet in endpoint["subnet_ids"]}
    assert zones == {"us-east-1a", "us-east-1b"}
    (group,) = endpoint["security_group_ids"]
    assert referenced(stack, group, "id")["name"] == "benchmark-litellm-endpoints"
    theirs = {edge for edge in edges(stack) if "benchmark-litellm-endpoints" in edge}
    assert theirs == between("benchmark-litellm-service", "benchmark-litellm-endpoints", 443)


def test_an_endpoint_of_a_service_that_is_not_called_is_refused(variant: Variant) -> None:
    with pytest.raises(
        SynthesisError, match=r"network\.interface_endpoints.*got 'sqs'; it should be 'bedrock-runtime', 'ecr\.api'"
    ):
        variant("benchmark", {"network.interface_endpoints": ["sqs"]})


def test_flow_logs_record_every_connection_of_the_vpc_for_the_stated_time(variant: Variant) -> None:
    stack = variant("benchmark", {"network.flow_logs": {"retention_days": 14}}).environment
    flow_log = the_only(stack, "aws_flow_log")
    assert (flow_log["traffic_type"], flow_log["max_aggregation_interval"]) == ("ALL", 60)
    assert referenced(stack, flow_log["vpc_id"], "id")["cidr_block"] == "10.0.0.0/16"
    group = referenced(stack, flow_log["log_destination"], "arn")
    assert (group["name"], group["retention_in_days"]) == ("/vpc/benchmark-litellm", 14)
    role = referenced(stack, flow_log["iam_role_arn"], "arn")
    (trust,) = json.loads(role["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_without_flow_logs_nothing_of_them_is_left(benchmark: Json) -> None:
    """The source recommends them and has none; `benchmark` is the source."""
    assert "aws_flow_log" not in benchmark["resource"]
    assert "/vpc/" not in json.dumps(benchmark)


def test_flow_logs_for_a_time_that_aws_does_not_know_are_refused(variant: Variant) -> None:
    with pytest.raises(SynthesisError, match=r"network\.flow_logs\.retention_days: got 8; it should be 1, 3, 5"):
        variant("benchmark", {"network.flow_logs": {"retention_days": 8}})


NO_NAT = {
    "network.nat_gateways": "none",
    "network.interface_endpoints": ["bedrock-runtime", "ecr.api", "ecr.dkr", "logs", "secretsmanager"],
    "service.image": "210987654321.dkr.ecr.us-east-1.amazonaws.com/litellm",
    "database.administration_image": "210987654321.dkr.ecr.us-east-1.amazonaws.com/postgres:16",
}
EXISTING = {
    "vpc_id": "vpc-0123456789abcdef0",
    "public_subnet_ids": ["subnet-00000000000000001", "subnet-00000000000000002"],
    "private_subnet_ids": ["subnet-00000000000000011", "subnet-00000000000000012"],
}
OF_A_VPC = {
    "aws_vpc",
    "aws_subnet",
    "aws_route_table",
    "aws_route",
    "aws_route_table_association",
    "aws_internet_gateway",
    "aws_nat_gateway",
    "aws_eip",
    "aws_default_security_group",
    "aws_flow_log",
}


def endpoint_policies(stack: Json) -> dict[str, list[Json]]:
    return {
        endpoint["service_name"].removeprefix("com.amazonaws.us-east-1."): json.loads(endpoint["policy"])["Statement"]
        for endpoint in resources(stack, "aws_vpc_endpoint")
    }


def test_without_nat_the_private_subnets_have_no_way_out_and_nothing_of_nat_is_left(variant: Variant) -> None:
    stack = variant("production", NO_NAT).environment
    assert not {"aws_nat_gateway", "aws_eip"} & set(stack["resource"])
    assert set(way_out(stack)) == {"10.0.1.0/24", "10.0.2.0/24"}
    # The gateway endpoint is then the private subnets' only way to S3.
    assert len(endpoint_of(stack, "com.amazonaws.us-east-1.s3")["route_table_ids"]) == 1


def test_without_nat_the_tasks_reach_the_endpoints_and_s3_instead_of_the_internet(variant: Variant) -> None:
    stack = variant("production", NO_NAT).environment
    service = "production-litellm-service"
    assert sorted(edges(stack)) == sorted(
        (expected_edges("production", clients_to={443}) - {("egress", service, ANYWHERE, 443)})
        | between(service, "production-litellm-endpoints", 443)
        | between(service, "production-litellm-cache", 6379)
        | {("egress", service, "com.amazonaws.us-east-1.s3", 443)}
    )


def test_without_nat_an_image_of_another_registry_is_refused(variant: Variant) -> None:
    with pytest.raises(
        SynthesisError, match=r"service\.image ghcr\.io/berriai/litellm-database is pulled over the int"
    ):
        variant("production", NO_NAT | {"service.image": "ghcr.io/berriai/litellm-database"})


def test_isolated_subnets_have_no_way_out_not_even_to_s3_and_hold_the_database(production: Json) -> None:
    isolated = {"10.0.21.0/24": "us-east-1a", "10.0.22.0/24": "us-east-1b"}
    assert isolated.items() <= dict(subnets(production).values()).items()
    assert not set(isolated) & set(way_out(production))
    tables = {
        association["route_table_id"]
        for association in resources(production, "aws_route_table_association")
        if referenced(production, association["subnet_id"], "id")["cidr_block"] in isolated
    }
    assert not tables & set(endpoint_of(production, "com.amazonaws.us-east-1.s3")["route_table_ids"])
    database = the_only(production, "aws_db_subnet_group")["subnet_ids"]
    assert {referenced(production, subnet, "id")["cidr_block"] for subnet in database} == set(isolated)


def test_without_isolated_subnets_the_database_is_in_the_private_ones(benchmark: Json) -> None:
    """Source, "Network Architecture"."""
    database = the_only(benchmark, "aws_db_subnet_group")["subnet_ids"]
    assert {referenced(benchmark, subnet, "id")["cidr_block"] for subnet in database} == {
        "10.0.11.0/24",
        "10.0.12.0/24",
    }
    assert "isolated" not in json.dumps(benchmark["resource"])


def test_an_isolated_subnet_too_few_is_refused(variant: Variant) -> None:
    with pytest.raises(SynthesisError, match=r"network\.isolated_subnet_cidrs has 1 subnets for 2 availability zones"):
        variant("production", {"network.isolated_subnet_cidrs": ["10.0.21.0/24"]})


def test_in_somebody_elses_vpc_nothing_of_a_vpc_is_made(variant: Variant) -> None:
    stack = variant("production", {"network": {"existing": EXISTING}}).environment
    assert not OF_A_VPC & set(stack["resource"])
    assert "aws_vpc_endpoint" not in stack["resource"]
    assert "/vpc/" not in json.dumps(stack)
    assert {group["vpc_id"] for group in resources(stack, "aws_security_group")} == {EXISTING["vpc_id"]}
    assert the_only(stack, "aws_lb_target_group")["vpc_id"] == EXISTING["vpc_id"]
    assert the_only(stack, "aws_lb")["subnets"] == EXISTING["public_subnet_ids"]
    tasks = the_only(stack, "aws_ecs_service")["network_configuration"]["subnets"]
    assert tasks == the_only(stack, "aws_db_subnet_group")["subnet_ids"] == EXISTING["private_subnet_ids"]
    assert ("egress", "production-litellm-service", ANYWHERE, 443) in set(edges(stack))


def test_in_somebody_elses_vpc_the_database_can_be_in_isolated_subnets_and_aws_behind_interfaces(
    variant: Variant,
) -> None:
    isolated = ["subnet-00000000000000021", "subnet-00000000000000022"]
    network = {"existing": EXISTING | {"isolated_subnet_ids": isolated}, "interface_endpoints": ["logs"]}
    stack = variant("production", {"network": network}).environment
    assert the_only(stack, "aws_db_subnet_group")["subnet_ids"] == isolated
    endpoint = the_only(stack, "aws_vpc_endpoint")
    assert (endpoint["vpc_endpoint_type"], endpoint["vpc_id"]) == ("Interface", EXISTING["vpc_id"])
    assert endpoint["subnet_ids"] == EXISTING["private_subnet_ids"]


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({"existing": EXISTING, "nat_gateways": "single"}, r"existing and nat_gateways exclude each other"),
        (
            {"existing": EXISTING | {"public_subnet_ids": []}},
            r"network\.existing\.public_subnet_ids has 0 subnets for 2 availability zones; state one for each",
        ),
        ({"existing": EXISTING | {"vpc_id": "my-vpc"}}, r"network\.existing\.vpc_id"),
    ],
)
def test_somebody_elses_vpc_that_does_not_fit_is_refused(variant: Variant, network: Json, said: str) -> None:
    with pytest.raises(SynthesisError, match=said):
        variant("production", {"network": network})


def test_endpoints_let_this_accounts_principals_through_alone(production: Json) -> None:
    policies = endpoint_policies(production)
    assert set(policies) == {"s3", "logs", "secretsmanager"}
    for first, *others in policies.values():
        assert first["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
        assert first["Effect"] == "Allow"
        # Beside them ECR's own bucket, whose signed links are not of this account.
        assert [(other["Action"], other["Resource"]) for other in others] in (
            [],
            [("s3:GetObject", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*")],
        )
    assert [len(policies[name]) for name in ("s3", "logs", "secretsmanager")] == [2, 1, 1]


def test_flow_logs_are_encrypted_with_the_environments_own_key(production: Json) -> None:
    group = named(production, "aws_cloudwatch_log_group", "/vpc/production-litellm")
    assert "logs" in referenced(production, group["kms_key_id"], "arn")["description"]


def test_an_internal_gateway_without_nat_needs_no_public_subnets(variant: Variant) -> None:
    closed = {"network.public_subnet_cidrs": [], "load_balancer.internal": True}
    stack = variant("production", NO_NAT | closed).environment
    assert not {"aws_internet_gateway", "aws_route"} & set(stack["resource"])
    assert {zone for _, zone in subnets(stack).values()} == {"us-east-1a", "us-east-1b"}
    assert the_only(stack, "aws_lb")["internal"] is True
