"""EC2: descriptions of security group rules, endpoints that are gone."""

from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.vpcs import VPCBackend

from modules.rehearsal.gaps.patching import Method, add, wrap


def install() -> None:
    wrap(SecurityGroupRule, "__init__", keep_descriptions_of_prefix_lists)
    wrap(SecurityGroupRule, "description", describe_rules_that_name_a_group)
    # Without DNS hostnames in its VPC an interface has no name; moto's tasks fail for it.
    add(NetworkInterface, "private_dns_name", "")
    wrap(VPCBackend, "delete_vpc_endpoints", forget_deleted_endpoints)


def keep_descriptions_of_prefix_lists(
    original: Method,
    rule: Any,
    ec2_backend: Any,
    ip_protocol: Any,
    group_id: Any,
    from_port: Any,
    to_port: Any,
    ip_range: Any,
    source_group: Any = None,
    prefix_list_id: Any = None,
    **more: Any,
) -> None:
    """AWS keeps the description of every rule; moto drops that of a rule that names a prefix list."""
    named = (ec2_backend, ip_protocol, group_id, from_port, to_port, ip_range, source_group, prefix_list_id)
    original(rule, *named, **more)
    rule.prefix_list_description = (prefix_list_id or {}).get("Description")


def describe_rules_that_name_a_group(original: Method, rule: Any) -> Any:
    """AWS keeps the description of every rule; moto shows only those of rules that name addresses."""
    return original(rule) or rule.source_group.get("Description") or rule.prefix_list_description


def forget_deleted_endpoints(original: Method, backend: Any, vpce_ids: list[str]) -> None:
    """AWS forgets an endpoint soon after its deletion; moto shows it as deleted forever."""
    original(backend, vpce_ids)
    for endpoint_id in vpce_ids:
        backend.vpc_end_points.pop(endpoint_id, None)
