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
DATABASE_MONITORING = "monitoring.rds.amazonaws.com"
S3 = "s3.amazonaws.com"


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


def decrypt(key_arn: str) -> Statement:
    return {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key_arn]}


def write_database_metrics(target: Target) -> list[Statement]:
    """Enhanced Monitoring, as the managed policy AmazonRDSEnhancedMonitoringRole has it: one log group for all of the
    account's databases, whose name begins like this."""
    groups = f"arn:aws:logs:{target.region}:{target.account_id}:log-group:RDS*"
    return [
        {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:PutRetentionPolicy"], "Resource": [groups]},
        {
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "logs:DescribeLogStreams",
                "logs:GetLogEvents",
            ],
            "Resource": [f"{groups}:log-stream:*"],
        },
    ]


def replicate_objects(source_arn: str, destination_arn: str) -> list[Statement]:
    """S3 copies new versions of a bucket's objects into another bucket (Amazon S3 User Guide, "Setting up permissions
    for live replication")."""
    return [
        {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": [source_arn]},
        {
            "Effect": "Allow",
            "Action": [
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
            ],
            "Resource": [f"{source_arn}/*"],
        },
        {
            "Effect": "Allow",
            "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
            "Resource": [f"{destination_arn}/*"],
        },
    ]


def connect_to_cache(replication_group_arn: str, user_arn: str) -> Statement:
    """Amazon ElastiCache User Guide, "Authenticating with IAM"."""
    return {"Effect": "Allow", "Action": ["elasticache:Connect"], "Resource": [replication_group_arn, user_arn]}


def decrypt_secrets(secret_arns: Sequence[str], target: Target) -> Statement:
    """Secrets Manager's decryption of exactly these secrets, whichever keys of this account they have (Secrets Manager
    User Guide, "Secret encryption and decryption")."""
    return {
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": [f"arn:aws:kms:{target.region}:{target.account_id}:key/*"],
        "Condition": {
            "StringEquals": {
                "kms:ViaService": f"secretsmanager.{target.region}.amazonaws.com",
                "kms:EncryptionContext:SecretARN": list(secret_arns),
            }
        },
    }


def connect_to_database(resource_id: str, user: str, target: Target) -> Statement:
    """Logging in to RDS with the role instead of a password."""
    return {
        "Effect": "Allow",
        "Action": ["rds-db:connect"],
        "Resource": [f"arn:aws:rds-db:{target.region}:{target.account_id}:dbuser:{resource_id}/{user}"],
    }


def offer_shell(log_group_arn: str, key_arn: str | None, target: Target) -> list[Statement]:
    """ECS Exec from the task's side (Amazon ECS Developer Guide, "ECS Exec": its channels know no resources)."""
    channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"]
    return [
        {"Effect": "Allow", "Action": [f"ssmmessages:{channel}" for channel in channels], "Resource": ["*"]},
        write_logs(log_group_arn),
        *find_logs(log_group_arn, target),
        *([decrypt(key_arn)] if key_arn else []),
    ]


def use_aws_s3_key(region: str, account_id: str, *, action: str) -> Statement:
    """AWS's own key for S3, through S3 alone; its id differs from account to account, its alias does not."""
    return {
        "Effect": "Allow",
        "Action": [action],
        "Resource": [f"arn:aws:kms:{region}:{account_id}:key/*"],
        "Condition": {
            "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/aws/s3"},
        },
    }


def use_key_for_objects(key_arn: str, *, writing: bool) -> Statement:
    """What S3 asks of a principal that reads or writes objects under a customer key."""
    actions = ["kms:Decrypt", "kms:GenerateDataKey"] if writing else ["kms:Decrypt"]
    return {"Effect": "Allow", "Action": actions, "Resource": [key_arn]}
