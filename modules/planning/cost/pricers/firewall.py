"""AWS WAF."""

from modules.planning.cost.lines import Component
from modules.planning.cost.month import Charged, Month
from modules.planning.cost.terraform_json import Json, Resource

PAID_GROUPS = ("AWSManagedRulesBotControlRuleSet", "AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet")
"""Rule groups with fees of their own beside the rule's (AWS WAF pricing)."""


def acl(acl: Resource, month: Month) -> Charged:
    yield from month.charge(acl, Component.FIREWALL, "web ACL", "waf.acl", month.months, "one web ACL")
    rules = acl.blocks("rule")
    yield from month.charge(
        acl,
        Component.FIREWALL,
        "rules",
        "waf.rule",
        len(rules) * month.months,
        f"{len(rules)} rules; a managed group counts as one",
    )
    for rule in rules:
        name = _managed_group(rule)
        if name in PAID_GROUPS:
            yield month.not_priced(acl, f"the rule group {name} has fees of its own, which have no pricer")
    yield from month.charge(
        acl,
        Component.FIREWALL,
        "requests",
        "waf.request",
        month.requests,
        month.requests_because,
        by_traffic=True,
    )


def _managed_group(rule: Json) -> str:
    statement = _first(rule.get("statement"))
    return str(_first(statement.get("managed_rule_group_statement")).get("name", ""))


def _first(block: Json | list[Json] | None) -> Json:
    """A nested block; a plan states a list of them."""
    if isinstance(block, list):
        return block[0] if block else {}
    return block or {}
