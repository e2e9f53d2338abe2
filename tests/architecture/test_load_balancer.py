"""The Application Load Balancer: what listens, what it checks, and under which name it answers."""

import pytest

from modules.architecture.synthesis import SynthesisError

from .conftest import (
    CERTIFICATE,
    CERTIFICATE_ARN,
    Environments,
    Json,
    Variant,
    litellm_file,
    referenced,
    resources,
    the_only,
)

REDIRECT = {"load_balancer.redirect_http": True}
OF_A_DOMAIN = {"aws_acm_certificate", "aws_acm_certificate_validation", "aws_route53_record"}


def listeners(stack: Json) -> dict[int, Json]:
    return {listener["port"]: listener for listener in resources(stack, "aws_lb_listener")}


def forwards(stack: Json, listener: Json) -> bool:
    (action,) = listener["default_action"]
    if action["type"] != "forward":
        return False
    assert (
        referenced(stack, action["target_group_arn"], "arn")["name"] == the_only(stack, "aws_lb_target_group")["name"]
    )
    return True


def redirects_to_https(listener: Json) -> bool:
    (action,) = listener["default_action"]
    wanted = {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}
    return listener["protocol"] == "HTTP" and action == {"type": "redirect", "redirect": wanted}


def test_it_is_an_internet_facing_application_load_balancer_over_both_public_subnets(benchmark: Json) -> None:
    """Source, section 1."""
    balancer = the_only(benchmark, "aws_lb")
    assert balancer["load_balancer_type"] == "application"
    assert balancer["internal"] is False
    cidrs = {referenced(benchmark, subnet, "id")["cidr_block"] for subnet in balancer["subnets"]}
    assert cidrs == {"10.0.1.0/24", "10.0.2.0/24"}


def test_its_health_check_has_the_sources_numbers(benchmark: Json) -> None:
    """Source, section 1: /health/readiness, every 30 s, 2 successes, 3 failures."""
    health = the_only(benchmark, "aws_lb_target_group")["health_check"]
    assert health["path"] == "/health/readiness"
    assert health["interval"] == 30
    assert health["healthy_threshold"] == 2
    assert health["unhealthy_threshold"] == 3
    assert (health["port"], health["protocol"], health["matcher"]) == ("traffic-port", "HTTP", "200")


def test_it_sends_requests_to_litellms_port_round_robin_without_sticky_sessions(benchmark: Json) -> None:
    """Source, section 2 (port 4000) and "Request Flow" (round-robin, no sticky sessions)."""
    group = the_only(benchmark, "aws_lb_target_group")
    assert (group["port"], group["protocol"], group["target_type"]) == (4000, "HTTP", "ip")
    assert group["load_balancing_algorithm_type"] == "round_robin"
    assert "stickiness" not in group
    assert referenced(benchmark, group["vpc_id"], "id")["cidr_block"] == "10.0.0.0/16"


def test_an_llm_that_thinks_for_minutes_is_waited_for(environments: Environments) -> None:
    """The load balancer's own default of 60 s would answer 504 (operations.md section 1)."""
    for stacks in environments.values():
        file = litellm_file(stacks.environment)["content"]
        assert "request_timeout: 600" in file
        assert the_only(stacks.environment, "aws_lb")["idle_timeout"] >= 600


def test_neither_certificate_nor_domain_is_http_alone_and_leaves_nothing_of_either(benchmark: Json) -> None:
    assert set(listeners(benchmark)) == {80}
    assert forwards(benchmark, listeners(benchmark)[80])
    assert OF_A_DOMAIN & set(benchmark["resource"]) == set()
    assert "data" not in benchmark
    assert benchmark["output"]["endpoint"]["value"] == "http://${aws_lb.load_balancer.dns_name}"


def test_a_certificate_makes_https_and_a_redirect_and_nothing_else(variant: Variant) -> None:
    stack = variant("production", CERTIFICATE | REDIRECT).environment
    assert set(listeners(stack)) == {80, 443}
    assert redirects_to_https(listeners(stack)[80])
    https = listeners(stack)[443]
    assert forwards(stack, https)
    assert (https["protocol"], https["certificate_arn"]) == ("HTTPS", CERTIFICATE_ARN)
    assert "TLS13-1-2" in https["ssl_policy"]
    assert OF_A_DOMAIN & set(stack["resource"]) == set()
    assert "data" not in stack
    assert stack["output"]["endpoint"]["value"] == "https://${aws_lb.load_balancer.dns_name}"


def test_a_domain_gets_a_certificate_that_is_issued_and_validated_in_its_zone(production: Json) -> None:
    certificate = the_only(production, "aws_acm_certificate")
    assert (certificate["domain_name"], certificate["validation_method"]) == ("litellm.example.com", "DNS")
    assert certificate["lifecycle"]["create_before_destroy"] is True
    (zone,) = production["data"]["aws_route53_zone"].values()
    assert (zone["name"], zone["private_zone"]) == ("example.com", False)
    (challenge,) = [record for record in resources(production, "aws_route53_record") if "alias" not in record]
    assert "domain_validation_options" in challenge["name"]
    assert "data.aws_route53_zone." in challenge["zone_id"]
    validation = the_only(production, "aws_acm_certificate_validation")
    assert referenced(production, validation["certificate_arn"], "arn")["domain_name"] == "litellm.example.com"
    (fqdn,) = validation["validation_record_fqdns"]
    assert referenced(production, fqdn, "fqdn")["name"] == challenge["name"]


def test_with_a_domain_https_waits_for_the_issued_certificate_and_nothing_listens_beside_it(production: Json) -> None:
    assert set(listeners(production)) == {443}
    https = listeners(production)[443]
    assert forwards(production, https)
    waited_for = referenced(production, https["certificate_arn"], "certificate_arn")
    assert waited_for["validation_record_fqdns"], "the listener takes the certificate before it is validated"


def test_a_domain_is_an_alias_of_the_load_balancer_and_the_endpoint(production: Json) -> None:
    (record,) = [record for record in resources(production, "aws_route53_record") if "alias" in record]
    assert (record["name"], record["type"]) == ("litellm.example.com", "A")
    assert referenced(production, record["alias"]["name"], "dns_name")["name"] == "production-litellm"
    assert referenced(production, record["alias"]["zone_id"], "zone_id")["name"] == "production-litellm"
    assert production["output"]["endpoint"]["value"] == "https://litellm.example.com"


def test_the_zones_own_name_can_be_the_domain(variant: Variant) -> None:
    domain = {"name": "example.com", "hosted_zone": "example.com"}
    stack = variant("production", {"load_balancer.domain": domain}).environment
    assert stack["output"]["endpoint"]["value"] == "https://example.com"


def test_a_domain_can_redirect_http(variant: Variant) -> None:
    stack = variant("production", REDIRECT).environment
    assert set(listeners(stack)) == {80, 443}
    assert redirects_to_https(listeners(stack)[80])


def test_the_service_waits_for_the_listener_that_forwards_and_for_the_rules_that_close_it(
    environments: Environments,
) -> None:
    for stacks in environments.values():
        stack = stacks.environment
        awaited = set(the_only(stack, "aws_ecs_service")["depends_on"])
        forwarding = {
            f"aws_lb_listener.{name}"
            for name, listener in stack["resource"]["aws_lb_listener"].items()
            if forwards(stack, listener)
        }
        rules = {f"aws_lb_listener_rule.{name}" for name in stack["resource"]["aws_lb_listener_rule"]}
        assert len(forwarding) == 1
        assert rules
        assert forwarding | rules <= awaited


@pytest.mark.parametrize(("base", "on"), [("benchmark", False), ("production", True)])
def test_protection_from_deletion_is_a_setting(environments: Environments, base: str, on: bool) -> None:
    assert the_only(environments[base].environment, "aws_lb")["enable_deletion_protection"] is on


def test_an_internal_load_balancer_is_in_the_private_subnets(variant: Variant) -> None:
    stack = variant("production", {"load_balancer.internal": True}).environment
    balancer = the_only(stack, "aws_lb")
    assert balancer["internal"] is True
    cidrs = {referenced(stack, subnet, "id")["cidr_block"] for subnet in balancer["subnets"]}
    assert cidrs == {"10.0.11.0/24", "10.0.12.0/24"}


@pytest.mark.parametrize(("seconds", "header"), [(86_400, "max-age=86400"), (0, None)])
def test_browsers_are_told_to_use_https_alone_for_the_stated_time(
    variant: Variant, seconds: int, header: str | None
) -> None:
    stack = variant("production", REDIRECT | {"load_balancer.strict_transport_security_seconds": seconds}).environment
    attribute = "routing_http_response_strict_transport_security_header_value"
    assert listeners(stack)[443].get(attribute) == header
    assert attribute not in listeners(stack)[80]


def test_over_http_browsers_are_told_nothing(benchmark: Json) -> None:
    assert "strict_transport" not in str(listeners(benchmark))


def test_a_request_that_could_be_read_in_two_ways_is_mended_or_refused(environments: Environments) -> None:
    for stacks in environments.values():
        balancer = the_only(stacks.environment, "aws_lb")
        assert balancer["drop_invalid_header_fields"] is True
        assert balancer["desync_mitigation_mode"] == "defensive"
        # Clients cannot pretend another address: theirs is added last.
        assert balancer["xff_header_processing_mode"] == "append"
        assert balancer["preserve_host_header"] is False


@pytest.mark.parametrize(
    ("setting", "value", "type_", "attribute", "expected"),
    [
        ("desync_mitigation", "strictest", "aws_lb", "desync_mitigation_mode", "strictest"),
        ("zonal_shift", False, "aws_lb", "enable_zonal_shift", False),
        ("zonal_shift", True, "aws_lb", "enable_zonal_shift", True),
        ("deregistration_delay_seconds", 300, "aws_lb_target_group", "deregistration_delay", "300"),
        ("slow_start_seconds", 60, "aws_lb_target_group", "slow_start", 60),
    ],
)
def test_what_the_load_balancer_does_with_connections_is_a_setting(
    variant: Variant, setting: str, value: object, type_: str, attribute: str, expected: object
) -> None:
    changes = {f"load_balancer.{setting}": value, "load_balancer.algorithm": "round_robin"}
    assert the_only(variant("benchmark", changes).environment, type_)[attribute] == expected


def test_a_slow_start_with_another_algorithm_is_refused(variant: Variant) -> None:
    with pytest.raises(SynthesisError, match="slow_start_seconds needs algorithm round_robin"):
        variant("production", {"load_balancer.slow_start_seconds": 60})


def test_a_zone_is_left_out_when_its_last_task_is_unhealthy(environments: Environments) -> None:
    for stacks in environments.values():
        health = the_only(stacks.environment, "aws_lb_target_group")["target_group_health"]
        in_dns, in_rotation = health["dns_failover"], health["unhealthy_state_routing"]
        assert int(in_dns["minimum_healthy_targets_count"]) == in_rotation["minimum_healthy_targets_count"] == 1
