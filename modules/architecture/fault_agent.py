"""The agent in each task through which AWS FIS can make a task hang (settings: drills.hanging_task)."""

import json
from typing import Any

from constructs import Construct

from modules.architecture import aws
from modules.architecture.roles import Statement
from modules.target import Target

IMAGE = "public.ecr.aws/amazon-ssm-agent/amazon-ssm-agent:latest"
_INSTANCE_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
_START = """set -e
dnf install -y -q jq procps awscli
arn=$(curl -s "$ECS_CONTAINER_METADATA_URI_V4/task" | jq -er .TaskARN)
activation=$(aws ssm create-activation --iam-role "$MANAGED_INSTANCE_ROLE_NAME" --tags "Key=ECS_TASK_ARN,Value=$arn")
id=$(echo "$activation" | jq -er .ActivationId)
amazon-ssm-agent -register -code "$(echo "$activation" | jq -er .ActivationCode)" -id "$id" -region "$AWS_REGION"
leave() {
  aws ssm delete-activation --activation-id "$id"
  aws ssm deregister-managed-instance --instance-id "$(jq -er .ManagedInstanceID /var/lib/amazon/ssm/registration)"
  kill "$agent"
}
trap leave TERM INT
amazon-ssm-agent & agent=$!
wait "$agent"
"""
"""Makes the task an instance of Systems Manager, by whose tag FIS finds it, until the task ends (AWS FIS User Guide,
"Use the AWS FIS aws:ecs:task actions")."""


class FaultAgent(Construct):
    """A container beside LiteLLM's, and the role that its agent has in Systems Manager.

    Attributes:
        container: its definition; the task lives on without it.
        task_statements: what the task's role needs for it.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, target: Target, cluster_name: str, log_group: str
    ) -> None:
        super().__init__(scope, id_)
        account = f"{target.region}:{target.account_id}"
        instances = f"arn:aws:ssm:{account}:managed-instance/*"
        tasks = f"arn:aws:ecs:{account}:task/{cluster_name}/*"
        trust: Statement = {
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": target.account_id}},
        }
        role = aws.iam_role.IamRole(
            self,
            "role",
            name=f"{name}-fault-agent",
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        aws.iam_role_policy_attachment.IamRolePolicyAttachment(
            self, "manage", role=role.name, policy_arn=_INSTANCE_POLICY
        )
        leave: list[Statement] = [
            {"Effect": "Allow", "Action": ["ssm:DeleteActivation"], "Resource": ["*"]},
            {
                "Effect": "Allow",
                "Action": ["ssm:DeregisterManagedInstance"],
                "Resource": [instances],
                "Condition": {"StringLike": {"ssm:resourceTag/ECS_TASK_ARN": tasks}},
            },
        ]
        aws.iam_role_policy.IamRolePolicy(
            self, "leave", role=role.name, policy=json.dumps({"Version": "2012-10-17", "Statement": leave})
        )
        self.task_statements: list[Statement] = [
            *leave,
            {"Effect": "Allow", "Action": ["ssm:CreateActivation", "ssm:AddTagsToResource"], "Resource": ["*"]},
            {
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": [role.arn],
                "Condition": {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            },
        ]
        self.container: dict[str, Any] = {
            "name": "fault-agent",
            "image": IMAGE,
            "essential": False,
            "command": ["/bin/bash", "-c", _START],
            "environment": [
                {"name": "AWS_REGION", "value": target.region},
                {"name": "MANAGED_INSTANCE_ROLE_NAME", "value": role.name},
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": log_group,
                    "awslogs-region": target.region,
                    "awslogs-stream-prefix": "fault-agent",
                },
            },
            # What ECS fills in when it is missing; stated, or every plan would show a change.
            "cpu": 0,
            "mountPoints": [],
            "portMappings": [],
            "systemControls": [],
            "volumesFrom": [],
        }
