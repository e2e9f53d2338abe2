"""The Application Load Balancer: what listens, what it checks, and under which name it answers."""

import pytest

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
    stack = variant("production", CERTIFICATE).environment
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


def test_with_a_domain_https_waits_for_the_issued_certificate_and_http_redirects(production: Json) -> None:
    assert set(listeners(production)) == {80, 443}
    assert redirects_to_https(listeners(production)[80])
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


def test_the_service_waits_for_the_listener_that_forwards(environments: Environments) -> None:
    for stacks in environments.values():
        stack = stacks.environment
        awaited = [address.split(".") for address in the_only(stack, "aws_ecs_service")["depends_on"]]
        (listener,) = [stack["resource"][type_][name] for type_, name in awaited if type_ == "aws_lb_listener"]
        assert forwards(stack, listener)


@pytest.mark.parametrize(("base", "on"), [("benchmark", False), ("production", True)])
def test_protection_from_deletion_is_a_setting(environments: Environments, base: str, on: bool) -> None:
    assert the_only(environments[base].environment, "aws_lb")["enable_deletion_protection"] is on
