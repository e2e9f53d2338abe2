"""What is recorded, where it is kept, for how long, and under which key."""

import json
from typing import Any

import pytest

from modules.architecture.synthesis import SynthesisError

from .conftest import ACCOUNT_ID, CERTIFICATE, Json, Variant, differences, referenced, resources, the_only

NOTHING_RECORDED = {"load_balancer.access_logs": False, "logs.archive": None, "audit_trail": None}
TRAIL = "arn:aws:cloudtrail:us-east-1:123456789012:trail/production-litellm"
LOGS = "arn:aws:s3:::production-litellm-logs-123456789012"


def on(stack: Json, type_: str, bucket_prefix: str) -> Json:
    """The resource of a type that belongs to the bucket whose name starts like that."""
    (resource,) = [
        resource
        for resource in resources(stack, type_)
        if referenced(stack, resource["bucket"], "bucket")["bucket"].startswith(bucket_prefix)
    ]
    return resource


def statements(stack: Json) -> dict[str, Json]:
    """Of the logs' bucket's policy, by their id."""
    policy = json.loads(on(stack, "aws_s3_bucket_policy", "production-litellm-logs")["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def rules(stack: Json) -> dict[str, Json]:
    """Of the logs' bucket's lifecycle, by prefix."""
    lifecycle = on(stack, "aws_s3_bucket_lifecycle_configuration", "production-litellm-logs")
    return {rule["filter"][0]["prefix"]: rule for rule in lifecycle["rule"]}


def role_of(stack: Json, arn: str) -> tuple[Json, list[Json]]:
    """Who may take a role, and what it may do then."""
    role = referenced(stack, arn, "arn")
    (trust,) = json.loads(role["assume_role_policy"])["Statement"]
    (policy,) = [
        policy
        for policy in resources(stack, "aws_iam_role_policy")
        if referenced(stack, policy["role"], "name") == role
    ]
    may: list[Json] = json.loads(policy["policy"])["Statement"]
    return trust, may


def key_of(stack: Json, expression: str) -> str:
    description: str = referenced(stack, expression, "arn")["description"]
    return description


def test_each_writer_may_add_to_its_own_prefix_of_the_logs_bucket_and_nothing_else(production: Json) -> None:
    may = statements(production)
    assert set(may) == {"TlsOnly", "LoadBalancer", "Buckets", "TrailLooks", "TrailWrites"}
    assert may["LoadBalancer"]["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert may["LoadBalancer"]["Resource"] == [
        f"{LOGS}/load-balancer/access/AWSLogs/123456789012/*",
        f"{LOGS}/load-balancer/connections/AWSLogs/123456789012/*",
    ]
    assert may["Buckets"]["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert may["Buckets"]["Resource"] == f"{LOGS}/buckets/*"
    assert may["Buckets"]["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert may["TrailWrites"]["Resource"] == f"{LOGS}/audit-trail/AWSLogs/123456789012/*"
    for sid in ("TrailLooks", "TrailWrites"):
        assert may[sid]["Condition"]["StringEquals"]["aws:SourceArn"] == TRAIL
    adding = [statement for sid, statement in may.items() if sid not in ("TlsOnly", "TrailLooks")]
    assert {statement["Action"] for statement in adding} == {"s3:PutObject"}


def test_requests_to_the_configuration_are_logged_in_the_logs_bucket(production: Json) -> None:
    logging = on(production, "aws_s3_bucket_logging", "production-litellm-configuration")
    target = referenced(production, logging["target_bucket"], "bucket")
    assert target["bucket"] == "production-litellm-logs-123456789012"
    assert logging["target_prefix"].startswith("buckets/production-litellm-configuration-")
    # S3 refuses a target whose policy does not let it in yet.
    assert logging["depends_on"] == ["aws_s3_bucket_policy.logs_bucket_policy"]


def test_every_kind_of_record_expires_after_its_own_time(variant: Variant) -> None:
    stack = variant(
        "production",
        {
            "logs": {"retention_days": 90, "archive": {"cold_after_days": 40, "expire_after_days": 500}},
            "audit_trail.expire_after_days": 600,
        },
    ).environment
    kept = {prefix: rule["expiration"][0]["days"] for prefix, rule in rules(stack).items() if prefix}
    assert kept == {
        "load-balancer/": 90,
        "buckets/": 90,
        "litellm/": 500,
        "litellm-errors/": 500,
        "audit-trail/": 600,
    }
    assert rules(stack)["litellm/"]["transition"] == [{"days": 40, "storage_class": "GLACIER_IR"}]
    assert {rule["status"] for rule in rules(stack).values()} == {"Enabled"}


@pytest.mark.parametrize(
    "needed",
    [{"load_balancer.access_logs": True}, {"logs.archive": {}}, {"audit_trail": {}}],
    ids=lambda changes: next(iter(changes)),
)
def test_the_logs_bucket_is_there_when_anything_is_recorded(variant: Variant, needed: dict[str, Any]) -> None:
    stack = variant("production", {**NOTHING_RECORDED, **needed}).environment
    assert [bucket for bucket in resources(stack, "aws_s3_bucket") if "-litellm-logs-" in bucket["bucket"]]


def test_where_nothing_is_recorded_nothing_of_it_is_left(variant: Variant) -> None:
    stack = variant("production", NOTHING_RECORDED).environment
    gone = {"aws_cloudtrail", "aws_kinesis_firehose_delivery_stream", "aws_cloudwatch_log_subscription_filter"}
    assert not {*gone, "aws_s3_bucket_logging", "aws_cloudwatch_log_stream"} & set(stack["resource"])
    text = json.dumps({kind: stack[kind] for kind in ("resource", "output")})
    for word in ("logs_bucket", "log_archive", "audit_trail", "-litellm-logs-"):
        assert word not in text


def test_every_line_of_litellms_log_group_goes_to_the_archive(production: Json) -> None:
    subscription = the_only(production, "aws_cloudwatch_log_subscription_filter")
    assert subscription["filter_pattern"] == ""
    assert referenced(production, subscription["log_group_name"], "name")["name"] == "/ecs/production-litellm"
    stream = referenced(production, subscription["destination_arn"], "arn")
    assert stream["name"] == "production-litellm-logs"
    destination = stream["extended_s3_configuration"]
    assert referenced(production, destination["bucket_arn"], "arn")["bucket"].startswith("production-litellm-logs-")
    assert destination["prefix"].startswith("litellm/year=")
    assert destination["compression_format"] == "GZIP"
    # CloudWatch Logs sends compressed batches: packed twice, no tool would read them.
    processing = destination["processing_configuration"]
    assert [processor["type"] for processor in processing["processors"]] == [
        "Decompression",
        "AppendDelimiterToRecord",
    ]
    assert processing["enabled"] is True


def test_what_the_archive_could_not_write_is_kept_and_said(production: Json) -> None:
    destination = the_only(production, "aws_kinesis_firehose_delivery_stream")["extended_s3_configuration"]
    assert destination["error_output_prefix"].startswith("litellm-errors/")
    said = destination["cloudwatch_logging_options"]
    assert said["enabled"] is True
    group = referenced(production, said["log_group_name"], "name")
    assert group["retention_in_days"] == 365
    # Amazon Data Firehose makes no stream of its own.
    stream = referenced(production, said["log_stream_name"], "name")
    assert referenced(production, stream["log_group_name"], "name") == group


def test_the_archives_two_roles_may_do_their_own_step_alone(production: Json) -> None:
    stream = the_only(production, "aws_kinesis_firehose_delivery_stream")
    trust, may = role_of(production, stream["extended_s3_configuration"]["role_arn"])
    assert trust["Principal"] == {"Service": "firehose.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "123456789012"}}
    objects, bucket, errors, key = may
    assert {resource.partition("/")[2] for resource in objects["Resource"]} == {"litellm/*", "litellm-errors/*"}
    assert set(bucket["Action"]) == {"s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"}
    assert all(action.startswith("logs:") for action in errors["Action"])
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    trust, may = role_of(production, the_only(production, "aws_cloudwatch_log_subscription_filter")["role_arn"])
    assert trust["Principal"] == {"Service": "logs.amazonaws.com"}
    assert trust["Condition"] == {"StringLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:*"}}
    (put,) = may
    assert put["Action"] == ["firehose:PutRecord", "firehose:PutRecordBatch"]
    assert [referenced(production, arn, "arn")["name"] for arn in put["Resource"]] == [stream["name"]]


def test_archived_lines_are_under_the_storage_key_on_their_way_and_at_rest(production: Json) -> None:
    stream = the_only(production, "aws_kinesis_firehose_delivery_stream")
    on_the_way = stream["server_side_encryption"]
    assert (on_the_way["enabled"], on_the_way["key_type"]) == (True, "CUSTOMER_MANAGED_CMK")
    assert "archives" in key_of(production, on_the_way["key_arn"])
    assert stream["extended_s3_configuration"]["kms_key_arn"] == on_the_way["key_arn"]


def test_an_archive_that_expires_before_it_is_cold_is_refused(variant: Variant) -> None:
    with pytest.raises(SynthesisError, match=r"logs\.archive: cold_after_days 400 must be below expire_after_days 400"):
        variant("production", {"logs.archive": {"cold_after_days": 400, "expire_after_days": 400}})


def test_the_trail_records_the_account_in_every_region_and_shows_when_a_file_was_changed(production: Json) -> None:
    trail = the_only(production, "aws_cloudtrail")
    assert trail["is_multi_region_trail"] is True
    assert trail["include_global_service_events"] is True
    assert trail["enable_log_file_validation"] is True
    assert trail["enable_logging"] is True
    assert trail["s3_key_prefix"] == "audit-trail"
    # By the policy's reference: CloudTrail refuses a bucket whose policy does not let it in yet.
    assert trail["s3_bucket_name"] == "${aws_s3_bucket_policy.logs_bucket_policy.bucket}"


def test_the_trail_records_who_reads_or_writes_states_and_configuration_and_who_reads_the_logs(
    production: Json,
) -> None:
    selectors = the_only(production, "aws_cloudtrail")["advanced_event_selector"]
    fields = [{one["field"]: one.get("equals") or one["starts_with"] for one in s["field_selector"]} for s in selectors]
    assert {"eventCategory": ["Management"]} in fields
    objects = [selector for selector in fields if selector["eventCategory"] == ["Data"]]
    assert {tuple(selector["resources.type"]) for selector in objects} == {("AWS::S3::Object",)}
    (everything,) = [selector["resources.ARN"] for selector in objects if "readOnly" not in selector]
    (reading,) = [selector["resources.ARN"] for selector in objects if selector.get("readOnly") == ["true"]]
    assert everything == [
        "arn:aws:s3:::litellm-terraform-state-123456789012-us-east-1/",
        "${aws_s3_bucket.configuration_bucket.arn}/",
    ]
    assert reading == ["${aws_s3_bucket.logs_bucket.arn}/"]


def test_the_trail_can_be_searched_and_subscribed_to(production: Json) -> None:
    trail = the_only(production, "aws_cloudtrail")
    group = referenced(production, trail["cloud_watch_logs_group_arn"].removesuffix(":*"), "arn")
    assert (group["name"], group["retention_in_days"]) == ("/cloudtrail/production-litellm", 365)
    trust, (write,) = role_of(production, trail["cloud_watch_logs_role_arn"])
    # CloudTrail says neither account nor trail when it takes this role (AWS CloudTrail User Guide).
    assert trust == {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    assert {*write["Action"]} == {"logs:CreateLogStream", "logs:PutLogEvents"}
    topic = referenced(production, trail["sns_topic_name"], "name")
    (policy,) = [
        json.loads(policy["policy"])
        for policy in resources(production, "aws_sns_topic_policy")
        if referenced(production, policy["arn"], "arn") == topic
    ]
    (publish,) = policy["Statement"]
    assert publish["Condition"] == {"StringEquals": {"aws:SourceArn": TRAIL}}


def test_the_trail_is_under_the_key_of_logs_which_lets_that_trail_alone_use_it(production: Json) -> None:
    trail = the_only(production, "aws_cloudtrail")
    key = referenced(production, trail["kms_key_id"], "arn")
    assert "audit trail" in key["description"]
    topic = referenced(production, trail["sns_topic_name"], "name")
    assert topic["kms_master_key_id"] == trail["kms_key_id"]
    (statement,) = [
        statement
        for statement in json.loads(key["policy"])["Statement"]
        if statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    ]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceArn": TRAIL}}
    assert set(statement["Action"]) == {"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"}


def test_a_trail_that_forgets_within_the_quarter_is_refused(variant: Variant) -> None:
    with pytest.raises(SynthesisError, match=r"audit_trail\.expire_after_days: got 30; it should be a whole number of"):
        variant("production", {"audit_trail": {"expire_after_days": 30}})


def test_the_configuration_is_under_the_storage_key_which_the_tasks_may_read_with(production: Json) -> None:
    (rule,) = on(production, "aws_s3_bucket_server_side_encryption_configuration", "production-litellm-configuration")[
        "rule"
    ]
    key = rule["apply_server_side_encryption_by_default"]["kms_master_key_id"]
    assert "configuration" in key_of(production, key)


def test_without_customer_keys_archive_and_trail_are_under_awss_own(variant: Variant) -> None:
    stack = variant("production", {**CERTIFICATE, "encryption.customer_keys": False}).environment
    # The copies of the backups cannot do without one, in their own region.
    assert {key.get("provider") for key in resources(stack, "aws_kms_key")} == {"aws.us-west-2"}
    assert "kms_key_id" not in the_only(stack, "aws_cloudtrail")
    stream = the_only(stack, "aws_kinesis_firehose_delivery_stream")
    assert stream["server_side_encryption"] == {"enabled": True}
    assert "kms_key_arn" not in stream["extended_s3_configuration"]
    for rule in resources(stack, "aws_s3_bucket_server_side_encryption_configuration"):
        assert "kms_master_key_id" not in rule["rule"][0]["apply_server_side_encryption_by_default"]


def test_another_account_has_other_names_and_arns(variant: Variant) -> None:
    stack = variant("production", account_id=ACCOUNT_ID).environment
    found = {path.rpartition(".")[2] for path, value in differences({}, stack).items() if "123456789012" in str(value)}
    assert found == set()
