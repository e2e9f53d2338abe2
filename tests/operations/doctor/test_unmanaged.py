"""A rule or a permission that somebody added beside Terraform's own is named, though a plan says nothing of it."""

import json
from typing import Any

import boto3

from modules.operations.doctor.unmanaged import role_policies, security_group_rules

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
WIDE = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def state(*resources: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    found = [{"mode": "managed", "type": type_, "values": values} for type_, values in resources]
    return {"prior_state": {"values": {"root_module": {"resources": found}}}}


def deployed_group(aws: boto3.Session) -> tuple[str, dict[str, Any]]:
    """A group's id, and the plan's word on it and on all the rules that it has."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="test-service", Description="tests", VpcId=vpc)["GroupId"]
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    return group, state(
        ("aws_security_group", {"id": group, "name": "test-service"}),
        *(("aws_vpc_security_group_egress_rule", {"id": rule["SecurityGroupRuleId"]}) for rule in rules),
    )


def test_rules_that_terraform_made_are_fine(aws: boto3.Session) -> None:
    _, plan = deployed_group(aws)

    (found,) = security_group_rules(aws.client("ec2"), plan)

    assert found.severity == "fine"


def test_a_rule_that_a_person_added_is_named_with_the_command_that_removes_it(aws: boto3.Session) -> None:
    group, plan = deployed_group(aws)
    added = aws.client("ec2").authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    (found,) = security_group_rules(aws.client("ec2"), plan)

    assert found.severity == "bad"
    assert "test-service has a rule that Terraform did not make: tcp 22 to 22 from 0.0.0.0/0" in found.what
    assert f"revoke-security-group-ingress --group-id {group} --security-group-rule-ids {added}" in found.advice


def test_a_policy_that_a_person_gave_to_a_role_is_named(aws: boto3.Session) -> None:
    iam = aws.client("iam")
    iam.create_role(RoleName="test-task", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="test-task", PolicyName="own", PolicyDocument=WIDE)
    plan = state(("aws_iam_role", {"name": "test-task"}), ("aws_iam_role_policy", {"role": "test-task", "name": "own"}))

    (before,) = role_policies(iam, plan)
    iam.put_role_policy(RoleName="test-task", PolicyName="quick-fix", PolicyDocument=WIDE)
    (after,) = role_policies(iam, plan)

    assert before.severity == "fine"
    assert (after.severity, "quick-fix" in after.what) == ("bad", True)
