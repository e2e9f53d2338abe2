"""The firewall: prompts pass, attackers and their keys do not, and nothing of a key is logged."""

import json

import pytest
from litellm.types.proxy.auth.special_headers import SpecialHeaders

from modules.architecture.synthesis import SynthesisError

from .conftest import Environments, Json, Variant, named, referenced, resources, the_only

OF_A_FIREWALL = {
    "aws_wafv2_web_acl",
    "aws_wafv2_web_acl_association",
    "aws_wafv2_web_acl_logging_configuration",
}


def rules(stack: Json) -> dict[str, Json]:
    return {rule["name"]: rule for rule in the_only(stack, "aws_wafv2_web_acl")["rule"]}


def counted(rule: Json) -> set[str]:
    """Rules of a managed group that block nothing."""
    group = rule["statement"]["managed_rule_group_statement"]
    overrides = group.get("rule_action_override", [])
    assert all(override["action_to_use"] == {"count": {}} for override in overrides)
    return {override["name"] for override in overrides}


def test_it_stands_before_the_load_balancer(production: Json) -> None:
    association = the_only(production, "aws_wafv2_web_acl_association")
    assert referenced(production, association["resource_arn"], "arn") == next(
        iter(production["resource"]["aws_lb"].values())
    )
    acl = referenced(production, association["web_acl_arn"], "arn")
    assert acl["scope"] == "REGIONAL"
    assert acl["default_action"] == {"allow": {}}


def test_awss_managed_groups_decide_as_groups(production: Json) -> None:
    """A group that only counts as a whole protects nothing (checkov CKV_AWS_192, CKV2_AWS_76)."""
    groups = {
        name: rule for name, rule in rules(production).items() if "managed_rule_group_statement" in rule["statement"]
    }
    assert set(groups) == {
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesAmazonIpReputationList",
    }
    assert all(rule["override_action"] == {"none": {}} for rule in groups.values())


def test_nothing_is_blocked_for_what_a_prompt_says_or_where_a_program_runs(production: Json) -> None:
    """Names of AWS WAF Developer Guide, "AWS Managed Rules rule groups list": all rules of these groups that read a
    body, and those that programs trip."""
    reads_bodies = {
        "SizeRestrictions_BODY",
        "CrossSiteScripting_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "EC2MetaDataSSRF_BODY",
        "Log4JRCE_BODY",
        "JavaDeserializationRCE_BODY",
        "ReactJSRCE_BODY",
    }
    all_counted = set().union(*(counted(rule) for rule in rules(production).values() if "override_action" in rule))
    assert all_counted == reads_bodies | {"NoUserAgent_HEADER", "HostingProviderIPList"}


def test_a_client_beyond_the_limit_is_told_to_slow_down(variant: Variant) -> None:
    limited = {"load_balancer.firewall": {"requests_per_client_in_5_minutes": 45_000}}
    stack = variant("production", limited).environment
    (rule,) = [rule for rule in rules(stack).values() if "rate_based_statement" in rule["statement"]]
    limit = rule["statement"]["rate_based_statement"]
    assert (limit["limit"], limit["evaluation_window_sec"], limit["aggregate_key_type"]) == (45_000, 5 * 60, "IP")
    assert rule["action"]["block"]["custom_response"]["response_code"] == 429


def test_priorities_are_in_order_and_each_once(production: Json) -> None:
    priorities = [rule["priority"] for rule in rules(production).values()]
    assert priorities == sorted(set(priorities))


def test_no_header_in_which_litellm_takes_keys_is_logged_nor_a_query(production: Json) -> None:
    redacted = the_only(production, "aws_wafv2_web_acl_logging_configuration")["redacted_fields"]
    headers = {field["single_header"]["name"] for field in redacted if "single_header" in field}
    assert SpecialHeaders.litellm_credential_header_names() <= headers
    assert {"x-mcp-auth", "cookie"} <= headers
    assert {"query_string": {}} in redacted


def test_samples_of_requests_which_would_show_keys_are_not_taken(production: Json) -> None:
    acl = the_only(production, "aws_wafv2_web_acl")
    visible = [acl["visibility_config"], *(rule["visibility_config"] for rule in acl["rule"])]
    assert not any(config["sampled_requests_enabled"] for config in visible)
    assert all(config["cloudwatch_metrics_enabled"] for config in visible)


def test_what_is_blocked_is_logged_encrypted_for_the_stated_time(variant: Variant) -> None:
    stack = variant("production", {"load_balancer.firewall": {"log_retention_days": 90}}).environment
    logging = the_only(stack, "aws_wafv2_web_acl_logging_configuration")
    (destination,) = logging["log_destination_configs"]
    group = referenced(stack, destination, "arn")
    assert group["name"].startswith("aws-waf-logs-")
    assert group["retention_in_days"] == 90
    assert "logs" in referenced(stack, group["kms_key_id"], "arn")["description"]
    (kept,) = logging["logging_filter"]["filter"]
    assert logging["logging_filter"]["default_behavior"] == "DROP"
    assert kept["condition"] == [{"action_condition": {"action": "BLOCK"}}]


def test_only_this_accounts_log_delivery_writes_to_the_log(production: Json) -> None:
    (permission,) = [
        policy
        for policy in resources(production, "aws_cloudwatch_log_resource_policy")
        if policy["policy_name"] == "aws-waf-logs-production-litellm"
    ]
    (statement,) = json.loads(permission["policy_document"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    group = named(production, "aws_cloudwatch_log_group", "aws-waf-logs-production-litellm")
    (resource,) = statement["Resource"]
    assert referenced(production, resource.removesuffix(":*"), "arn") == {**group, "//": resource_comment(production)}


def resource_comment(stack: Json) -> Json:
    comment: Json = stack["resource"]["aws_cloudwatch_log_group"]["firewall_logs"]["//"]
    return comment


def test_without_a_firewall_nothing_of_it_is_left(environments: Environments) -> None:
    for name in ("benchmark", "dev"):
        stack = environments[name].environment
        assert not OF_A_FIREWALL & set(stack["resource"])
        assert "aws-waf-logs" not in json.dumps(stack)


def test_a_limit_below_what_aws_has_is_refused(variant: Variant) -> None:
    with pytest.raises(SynthesisError, match=r"requests_per_client_in_5_minutes: got 9; it should be .*10"):
        variant("production", {"load_balancer.firewall": {"requests_per_client_in_5_minutes": 9}})
