"""What recorded calls do not show, each with its source: conditions, ways back, what AWS checks behind an operation."""

from modules.permissions.resources import STATES

GLOBAL = ("budgets", "cloudfront", "iam", "route53", "sts")
"""Their requests go to one region, whatever the environment's is."""
WITHOUT_PERMISSION = ("sts:GetCallerIdentity",)
"""Allowed to everybody (AWS STS API Reference)."""
REGIONS = {"StringEquals": {"aws:RequestedRegion": ["REGION", "SECOND_REGION"]}}
PASSED_TO = {
    "cloudtrail:CreateTrail": "cloudtrail.amazonaws.com",
    "cloudtrail:UpdateTrail": "cloudtrail.amazonaws.com",
    "ec2:CreateFlowLogs": "vpc-flow-logs.amazonaws.com",
    "ecs:RegisterTaskDefinition": "ecs-tasks.amazonaws.com",
    "ecs:RunTask": "ecs-tasks.amazonaws.com",
    "events:PutTargets": "events.amazonaws.com",
    "firehose:CreateDeliveryStream": "firehose.amazonaws.com",
    "firehose:UpdateDestination": "firehose.amazonaws.com",
    "fis:CreateExperimentTemplate": "fis.amazonaws.com",
    "fis:UpdateExperimentTemplate": "fis.amazonaws.com",
    "logs:PutSubscriptionFilter": "logs.amazonaws.com",
    "rds:CreateDBInstance": "monitoring.rds.amazonaws.com",
    "rds:CreateDBInstanceReadReplica": "monitoring.rds.amazonaws.com",
    "rds:ModifyDBInstance": "monitoring.rds.amazonaws.com",
    "s3:PutBucketReplication": "s3.amazonaws.com",
}
"""The service that takes the role on (each service's guide, "granting permissions to pass a role"). What names a role
elsewhere, such as a policy, does not pass it."""
LINKED_SERVICES = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticache.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "fis.amazonaws.com",
    "rds.amazonaws.com",
    "wafv2.amazonaws.com",
)
"""Their first resource in an account makes a role that AWS owns, in the name of whoever makes the resource (IAM User
Guide, "AWS services that work with IAM"); a rehearsal does not see that."""
KEYS_OF = {
    "rds:CreateDBInstance": ("kms:CreateGrant", "kms:DescribeKey"),
    "elasticache:CreateReplicationGroup": ("kms:CreateGrant", "kms:DescribeKey"),
    "secretsmanager:CreateSecret": ("kms:Decrypt", "kms:GenerateDataKey"),
    "secretsmanager:PutSecretValue": ("kms:Decrypt", "kms:GenerateDataKey"),
    "secretsmanager:GetSecretValue": ("kms:Decrypt",),
    "sns:CreateTopic": ("kms:DescribeKey",),
    "s3:PutObject": ("kms:Decrypt", "kms:GenerateDataKey"),
    "s3:GetObject": ("kms:Decrypt",),
}
"""What a service does with an environment's own key in its caller's name (AWS KMS Developer Guide, "kms:ViaService",
and each service's chapter on encryption at rest); a rehearsal does not see that either."""
_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:UpdateLogDelivery",
)
BEHIND = {"fis:CreateExperimentTemplate": _DELIVERY, "wafv2:PutLoggingConfiguration": _DELIVERY}
"""What AWS checks beside the operation's own permission (CloudWatch Logs User Guide, "Enable logging from AWS
services")."""
TAGGING = (
    "AddTags",
    "AddTagsToCertificate",
    "AddTagsToResource",
    "RemoveTags",
    "RemoveTagsFromCertificate",
    "RemoveTagsFromResource",
    "TagDeliveryStream",
    "TagResource",
    "TagRole",
    "UntagDeliveryStream",
    "UntagResource",
    "UntagRole",
)
"""Everything is tagged when it is made, for which AWS asks the service's own permission."""
LOCKING = ("s3:DeleteObject", "s3:PutObject")
LOCKS = (f"arn:aws:s3:::{STATES}/*.tflock",)
MAKING = ("Create", "Put", "Register", "Request", "Run")
VERBS = {
    "Create": ("Update", "Modify", "Delete"),
    "Register": ("Deregister",),
    "Request": ("Delete",),
    "Put": ("Delete", "Remove"),
    "Add": ("Remove",),
    "Tag": ("Untag",),
    "Attach": ("Detach",),
    "Associate": ("Disassociate",),
    "Authorize": ("Revoke",),
    "Allocate": ("Release",),
}
"""A deployment that changes or removes what another one made calls these; one run need not have called them all."""
IRREGULAR = {
    "cloudtrail:StartLogging": ("cloudtrail:StopLogging",),
    "cloudwatch:PutDashboard": ("cloudwatch:DeleteDashboards",),
    "cloudwatch:PutMetricAlarm": ("cloudwatch:DeleteAlarms",),
    "iam:CreateRole": ("iam:ListInstanceProfilesForRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRoleDescription"),
    "kms:CreateKey": ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UpdateKeyDescription"),
    "kms:EnableKeyRotation": ("kms:DisableKeyRotation",),
    # A versioned bucket is emptied before it is deleted.
    "s3:CreateBucket": ("s3:DeleteObjectVersion", "s3:ListBucketVersions"),
    "secretsmanager:CreateSecret": ("secretsmanager:UpdateSecretVersionStage",),
}
