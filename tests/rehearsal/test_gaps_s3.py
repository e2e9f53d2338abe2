"""Server access logs go where the target's policy lets them, EventBridge hears of a bucket when it was asked to, and a
replication shows what it copies."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import AwsClient

TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::%s/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def buckets_with_a_policy(s3: Any, name: str, resource: str) -> dict[str, Any]:
    """A bucket, its target `name`, and the logging that is asked for."""
    for bucket in (name, f"{name}-source"):
        s3.create_bucket(Bucket=bucket)
    lets_in = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/{resource}",
    }
    statements = [{**TLS_ONLY, "Resource": f"arn:aws:s3:::{name}/*"}, lets_in]
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return {"LoggingEnabled": {"TargetBucket": name, "TargetPrefix": "buckets/source/"}}


def test_a_policy_for_a_wider_prefix_beside_a_denial_for_everybody_lets_the_logs_in(aws: AwsClient) -> None:
    s3 = aws("s3")
    wanted = buckets_with_a_policy(s3, "access-logs-in", "buckets/*")
    s3.put_bucket_logging(Bucket="access-logs-in-source", BucketLoggingStatus=wanted)
    assert s3.get_bucket_logging(Bucket="access-logs-in-source")["LoggingEnabled"] == wanted["LoggingEnabled"]


def test_a_policy_for_another_prefix_keeps_them_out(aws: AwsClient) -> None:
    s3 = aws("s3")
    wanted = buckets_with_a_policy(s3, "access-logs-out", "elsewhere/*")
    with pytest.raises(ClientError) as refusal:
        s3.put_bucket_logging(Bucket="access-logs-out-source", BucketLoggingStatus=wanted)
    assert refusal.value.response["Error"]["Code"] == "InvalidTargetBucketForLogging"


def test_a_bucket_says_whether_eventbridge_hears_of_it(aws: AwsClient) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="heard")
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="heard")
    s3.put_bucket_notification_configuration(Bucket="heard", NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert s3.get_bucket_notification_configuration(Bucket="heard")["EventBridgeConfiguration"] == {}
    s3.put_bucket_notification_configuration(Bucket="heard", NotificationConfiguration={})
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="heard")


def test_access_logs_have_the_names_that_were_chosen(aws: AwsClient) -> None:
    s3 = aws("s3")
    wanted = buckets_with_a_policy(s3, "access-logs-by-day", "buckets/*")["LoggingEnabled"]
    wanted["TargetObjectKeyFormat"] = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}
    s3.put_bucket_logging(Bucket="access-logs-by-day-source", BucketLoggingStatus={"LoggingEnabled": wanted})
    assert s3.get_bucket_logging(Bucket="access-logs-by-day-source")["LoggingEnabled"] == wanted


def test_a_replication_shows_what_it_copies(aws: AwsClient) -> None:
    s3 = aws("s3")
    for bucket in ("replicated", "replica"):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    all_of_it = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": "arn:aws:s3:::replica",
            "StorageClass": "STANDARD_IA",
            "EncryptionConfiguration": {"ReplicaKmsKeyID": "arn:aws:kms:us-west-2:123456789012:key/far"},
        },
    }
    some_of_it = {
        "ID": "some",
        "Priority": 2,
        "Status": "Disabled",
        "Filter": {"Prefix": "logs/"},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::replica"},
    }
    wanted = {"Role": "arn:aws:iam::123456789012:role/replication", "Rules": [all_of_it, some_of_it]}
    s3.put_bucket_replication(Bucket="replicated", ReplicationConfiguration=wanted)
    assert s3.get_bucket_replication(Bucket="replicated")["ReplicationConfiguration"] == wanted
