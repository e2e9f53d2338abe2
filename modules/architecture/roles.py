"""Roles that AWS services take: a task's two (what ECS may do to start it, what its program may do), the VPC's one."""

import json
from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules.architecture import aws
from modules.target import Target

Statement = dict[str, Any]


ECS_TASKS = "ecs-tasks.amazonaws.com"
FLOW_LOGS = "vpc-flow-logs.amazonaws.com"


class ServiceRole(Construct):
    """A role that one AWS service can take, on behalf of this account alone, with exactly the given statements."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: str,
        name: str,
        account_id: str,
        statements: Sequence[Statement],
        condition: dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            condition: for a service that does not say for which account it asks, or says it in another way.
        """
        super().__init__(scope, id_)
        trust: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        if condition is None:
            condition = {"StringEquals": {"aws:SourceAccount": account_id}}
        if condition:
            trust["Condition"] = condition
        role = aws.iam_role.IamRole(
            self,
            "this",
            name=name,
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        aws.iam_role_policy.IamRolePolicy(
            self,
            "policy",
            role=role.name,
            policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}),
        )
        self.arn = role.arn


def read_secrets(arns: Sequence[str]) -> Statement:
    return {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": list(arns)}


def write_logs(log_group_arn: str) -> Statement:
    return {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [f"{log_group_arn}:*"],
    }


def find_logs(log_group_arn: str, target: Target) -> list[Statement]:
    """What the VPC needs beside writing, as the Amazon VPC User Guide has it ("IAM role for publishing flow logs to
    CloudWatch Logs"); log groups can be listed only all together."""
    all_groups = f"arn:aws:logs:{target.region}:{target.account_id}:log-group:*"
    return [
        {"Effect": "Allow", "Action": ["logs:DescribeLogStreams"], "Resource": [f"{log_group_arn}:*"]},
        {"Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": [all_groups]},
    ]


def read_objects(object_arns: str) -> Statement:
    return {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [object_arns]}


def use_key_for_objects(key_arn: str, *, writing: bool) -> Statement:
    """What S3 asks of a principal that reads or writes objects under a customer key."""
    actions = ["kms:Decrypt", "kms:GenerateDataKey"] if writing else ["kms:Decrypt"]
    return {"Effect": "Allow", "Action": actions, "Resource": [key_arn]}
