"""Which permission an operation takes: mostly one of its own name, with the exceptions that AWS has."""

import functools

import botocore.session

PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
"""IAM's prefix of a service is the name that its requests are signed with, but for these (Service Authorization
Reference)."""
EXCEPTIONS: dict[str, tuple[str, ...]] = {
    # Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
    "s3:CompleteMultipartUpload": ("PutObject",),
    "s3:CopyObject": ("GetObject", "PutObject"),
    "s3:CreateMultipartUpload": ("PutObject",),
    "s3:DeleteBucketEncryption": ("PutEncryptionConfiguration",),
    "s3:DeleteBucketLifecycle": ("PutLifecycleConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("PutBucketOwnershipControls",),
    "s3:DeleteBucketReplication": ("PutReplicationConfiguration",),
    "s3:DeleteBucketTagging": ("PutBucketTagging",),
    "s3:DeleteObjects": ("DeleteObject", "DeleteObjectVersion"),
    "s3:DeletePublicAccessBlock": ("PutBucketPublicAccessBlock",),
    "s3:GetBucketAccelerateConfiguration": ("GetAccelerateConfiguration",),
    "s3:GetBucketCors": ("GetBucketCORS",),
    "s3:GetBucketEncryption": ("GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("GetBucketNotification",),
    "s3:GetBucketReplication": ("GetReplicationConfiguration",),
    "s3:GetObjectLockConfiguration": ("GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("ListBucket",),
    "s3:HeadObject": ("GetObject",),
    "s3:ListBuckets": ("ListAllMyBuckets",),
    "s3:ListObjectVersions": ("ListBucketVersions",),
    "s3:ListObjects": ("ListBucket",),
    "s3:ListObjectsV2": ("ListBucket",),
    "s3:PutBucketEncryption": ("PutEncryptionConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("PutLifecycleConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("PutBucketNotification",),
    "s3:PutBucketReplication": ("PutReplicationConfiguration",),
    "s3:PutPublicAccessBlock": ("PutBucketPublicAccessBlock",),
    "s3:UploadPart": ("PutObject",),
    # AWS Billing User Guide, "Actions, resources, and condition keys for AWS Budgets".
    "budgets:CreateBudget": ("ModifyBudget",),
    "budgets:CreateNotification": ("ModifyBudget",),
    "budgets:CreateSubscriber": ("ModifyBudget",),
    "budgets:DeleteBudget": ("ModifyBudget",),
    "budgets:DeleteNotification": ("ModifyBudget",),
    "budgets:DeleteSubscriber": ("ModifyBudget",),
    "budgets:DescribeBudget": ("ViewBudget",),
    "budgets:DescribeNotificationsForBudget": ("ViewBudget",),
    "budgets:DescribeSubscribersForNotification": ("ViewBudget",),
    "budgets:UpdateBudget": ("ModifyBudget",),
    # CloudWatch Logs User Guide, "Actions, resources, and condition keys": the older name stays allowed beside it.
    "logs:ListTagsForResource": ("ListTagsForResource", "ListTagsLogGroup"),
}


def actions_of(operation: str) -> tuple[str, ...]:
    """
    Args:
        operation: service and operation as boto3 calls them, such as `elbv2:DescribeListeners`.
    """
    service, _, name = operation.partition(":")
    prefix = prefix_of(service)
    return tuple(f"{prefix}:{action}" for action in EXCEPTIONS.get(operation, (name,)))


@functools.cache
def prefix_of(service: str) -> str:
    signed = botocore.session.get_session().get_service_model(service).signing_name
    return PREFIXES.get(signed, signed)
