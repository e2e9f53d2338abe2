"""What AWS FIS needs for each kind of fault, for the targets of one environment alone.

AWS FIS User Guide, "AWS FIS actions reference" has each action's permissions; the statements on network ACLs follow the
managed policy AWSFaultInjectionSimulatorNetworkAccess, for one VPC's subnets instead of all.
"""

from collections.abc import Sequence

from modules.architecture.roles import Statement
from modules.target import Target

FIS = "fis.amazonaws.com"
MADE_BY_FIS = {"managedByFIS": "true"}
"""Tag of every network ACL that an experiment makes."""


def only_experiments(target: Target) -> Statement:
    """Condition under which FIS may take the role (AWS FIS User Guide, "IAM roles for AWS FIS experiments")."""
    return {
        "StringEquals": {"aws:SourceAccount": target.account_id},
        "ArnLike": {"aws:SourceArn": f"arn:aws:fis:{target.region}:{target.account_id}:experiment/*"},
    }


def stop_tasks(cluster_name: str, cluster_arn: str, target: Target) -> list[Statement]:
    tasks = f"arn:aws:ecs:{target.region}:{target.account_id}:task/{cluster_name}/*"
    return [
        {"Effect": "Allow", "Action": ["ecs:DescribeTasks", "ecs:StopTask"], "Resource": [tasks]},
        # Tasks are listed by their cluster, which is no resource of this action.
        {
            "Effect": "Allow",
            "Action": ["ecs:ListTasks"],
            "Resource": ["*"],
            "Condition": {"ArnEquals": {"ecs:cluster": cluster_arn}},
        },
        {"Effect": "Allow", "Action": ["tag:GetResources"], "Resource": ["*"]},
    ]


def hang_tasks(cluster_name: str, target: Target) -> list[Statement]:
    """Commands for the agents in the cluster's tasks, which Systems Manager knows as instances with the task's ARN."""
    account = f"{target.region}:{target.account_id}"
    tasks = f"arn:aws:ecs:{account}:task/{cluster_name}/*"
    return [
        {
            "Effect": "Allow",
            "Action": ["ssm:SendCommand"],
            "Resource": [f"arn:aws:ssm:{account}:managed-instance/*"],
            "Condition": {"StringLike": {"ssm:resourceTag/ECS_TASK_ARN": tasks}},
        },
        {
            "Effect": "Allow",
            "Action": ["ssm:SendCommand"],
            "Resource": [f"arn:aws:ssm:{target.region}::document/AWSFIS-Run-Network-Blackhole-Port-ECS"],
        },
        {"Effect": "Allow", "Action": ["ssm:ListCommands", "ssm:CancelCommand"], "Resource": ["*"]},
    ]


def cut_subnets(subnet_arns: Sequence[str], vpc_id: str, target: Target) -> list[Statement]:
    """Another network ACL for these subnets, made for the experiment, and the former one afterwards."""
    account = f"arn:aws:ec2:{target.region}:{target.account_id}"
    lists, vpc = f"{account}:network-acl/*", f"{account}:vpc/{vpc_id}"
    tagged_now = {f"aws:RequestTag/{tag}": value for tag, value in MADE_BY_FIS.items()}
    tagged = {f"ec2:ResourceTag/{tag}": value for tag, value in MADE_BY_FIS.items()}
    return [
        {
            "Effect": "Allow",
            "Action": ["ec2:CreateNetworkAcl"],
            "Resource": [lists],
            "Condition": {"StringEquals": tagged_now},
        },
        {"Effect": "Allow", "Action": ["ec2:CreateNetworkAcl"], "Resource": [vpc]},
        {
            "Effect": "Allow",
            "Action": ["ec2:CreateTags"],
            "Resource": [lists],
            "Condition": {"StringEquals": {"ec2:CreateAction": "CreateNetworkAcl"} | tagged_now},
        },
        {
            "Effect": "Allow",
            "Action": ["ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAcl"],
            "Resource": [lists],
            "Condition": {"StringEquals": tagged},
        },
        # Also back to the list that was there before, which nobody tagged.
        {
            "Effect": "Allow",
            "Action": ["ec2:ReplaceNetworkAclAssociation"],
            "Resource": [*subnet_arns, lists],
        },
        {
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeManagedPrefixLists",
                "ec2:DescribeNetworkAcls",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "Resource": ["*"],
        },
    ]


def fail_over(database_arn: str, target: Target) -> list[Statement]:
    databases = f"arn:aws:rds:{target.region}:{target.account_id}:db:*"
    return [
        {"Effect": "Allow", "Action": ["rds:RebootDBInstance"], "Resource": [database_arn]},
        {"Effect": "Allow", "Action": ["rds:DescribeDBInstances"], "Resource": [databases]},
    ]


def deliver_logs() -> Statement:
    """Amazon CloudWatch Logs User Guide, "Logs sent to CloudWatch Logs"; log deliveries are no resources."""
    return {
        "Effect": "Allow",
        "Action": ["logs:CreateLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"],
        "Resource": ["*"],
    }
