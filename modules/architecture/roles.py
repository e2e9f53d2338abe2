"""The two roles of a task: what ECS may do to start it, and what its program may do."""

import json
from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules.architecture import aws

Statement = dict[str, Any]


class TaskRole(Construct):
    """A role that only this account's ECS tasks can take, with exactly the given statements."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, account_id: str, statements: Sequence[Statement]
    ) -> None:
        super().__init__(scope, id_)
        role = aws.iam_role.IamRole(
            self,
            "this",
            name=name,
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                            "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
                        }
                    ],
                }
            ),
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


def read_objects(object_arns: str) -> Statement:
    return {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [object_arns]}
