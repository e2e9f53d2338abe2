"""What Terraform does not look for: rules and permissions that were added beside its own.

Rules of security groups and policies of roles are resources of their own in this architecture, so that a plan compares
those that it made, and says nothing of one that a person added.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modules.operations.doctor.drift import Plan
from modules.operations.examination.finding import Finding, bad, fine

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import SecurityGroupRuleTypeDef
    from mypy_boto3_iam import IAMClient

RULE_TYPES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")


def values(plan: Plan, *types: str) -> list[Mapping[str, Any]]:
    """Attributes of the managed resources of these types, as the plan's refresh found them."""
    resources = plan.get("prior_state", {}).get("values", {}).get("root_module", {}).get("resources", [])
    return [one["values"] for one in resources if one["mode"] == "managed" and one["type"] in types]


def security_group_rules(ec2: "EC2Client", plan: Plan) -> Iterator[Finding]:
    groups = {group["id"]: group["name"] for group in values(plan, "aws_security_group")}
    own = {rule["id"] for rule in values(plan, *RULE_TYPES)}
    if not groups:
        return
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": list(groups)}]
    )
    strange = [rule for page in pages for rule in page["SecurityGroupRules"] if rule["SecurityGroupRuleId"] not in own]
    for rule in strange:
        way = "egress" if rule["IsEgress"] else "ingress"
        yield bad(
            f"the security group {groups[rule['GroupId']]} has a rule that Terraform did not make: {_described(rule)}",
            "find out who added it (CloudTrail); then remove it: aws ec2 "
            f"revoke-security-group-{way} --group-id {rule['GroupId']} "
            f"--security-group-rule-ids {rule['SecurityGroupRuleId']}",
        )
    if not strange:
        yield fine(f"{len(own)} rules in {len(groups)} security groups, all of them Terraform's")


def role_policies(iam: "IAMClient", plan: Plan) -> Iterator[Finding]:
    roles = [role["name"] for role in values(plan, "aws_iam_role")]
    inline = {(one["role"], one["name"]) for one in values(plan, "aws_iam_role_policy")}
    attached = {(one["role"], one["policy_arn"]) for one in values(plan, "aws_iam_role_policy_attachment")}
    strange = [
        *((role, name) for role in roles for name in _inline(iam, role) if (role, name) not in inline),
        *((role, arn) for role in roles for arn in _attached(iam, role) if (role, arn) not in attached),
    ]
    for role, policy in strange:
        yield bad(
            f"the role {role} has a policy that Terraform did not give it: {policy}",
            "find out who added it (CloudTrail), then remove it from the role in IAM",
        )
    if not strange:
        yield fine(f"{len(inline) + len(attached)} policies of {len(roles)} roles, all of them Terraform's")


def _inline(iam: "IAMClient", role: str) -> list[str]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=role)
    return [name for page in pages for name in page["PolicyNames"]]


def _attached(iam: "IAMClient", role: str) -> list[str]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [one["PolicyArn"] for page in pages for one in page["AttachedPolicies"]]


def _described(rule: "SecurityGroupRuleTypeDef") -> str:
    other = (
        rule.get("CidrIpv4")
        or rule.get("CidrIpv6")
        or rule.get("PrefixListId")
        or rule.get("ReferencedGroupInfo", {}).get("GroupId")
    )
    protocol, ports = rule["IpProtocol"], (rule.get("FromPort"), rule.get("ToPort"))
    what = "everything" if protocol == "-1" else f"{protocol} {ports[0]} to {ports[1]}"
    return f"{what} {'to' if rule['IsEgress'] else 'from'} {other}"
