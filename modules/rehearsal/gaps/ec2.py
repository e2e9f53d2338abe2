"""EC2: descriptions of security group rules."""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from modules.rehearsal.gaps.patching import Method, wrap


def install() -> None:
    wrap(SecurityGroupRule, "description", describe_rules_that_name_a_group)


def describe_rules_that_name_a_group(original: Method, rule: Any) -> Any:
    """AWS keeps the description of every rule; moto shows only those of rules that name addresses."""
    return original(rule) or rule.source_group.get("Description")
