"""CloudTrail: who did what to the account, and who read or wrote what the environment depends on."""

import json
from collections.abc import Mapping, Sequence

from constructs import Construct

from modules.architecture import aws
from modules.architecture.logs_bucket import TRAIL, LogsBucket, trail_arn
from modules.architecture.roles import ServiceRole, write_logs
from modules.target import Target

CLOUDTRAIL = "cloudtrail.amazonaws.com"


class AuditTrail(Construct):
    """The account's management events of all regions, and every access to the objects of some buckets.

    Kept in the logs' bucket with digests that show whether a file was changed; searched in a log group; announced to
    whoever subscribes to its topic, such as a security team's own systems.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        logs_bucket: LogsBucket,
        watched_bucket_arns: Sequence[str],
        retention_days: int,
        key_arn: str | None,
    ) -> None:
        """
        Args:
            watched_bucket_arns: buckets whose objects' readers and writers are recorded.
            retention_days: of the log group; the files' own time is in the logs' bucket.
        """
        super().__init__(scope, id_)
        topic = aws.sns_topic.SnsTopic(self, "files", name=f"{name}-audit-trail", kms_master_key_id=key_arn)
        announce = aws.sns_topic_policy.SnsTopicPolicy(
            self, "files_policy", arn=topic.arn, policy=_announced_by(trail_arn(name, target), topic.arn)
        )
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "logs",
            name=f"/cloudtrail/{name}",
            retention_in_days=retention_days,
            kms_key_id=key_arn,
        )
        role = ServiceRole(
            self,
            "role",
            service=CLOUDTRAIL,
            name=f"{name}-audit-trail",
            account_id=target.account_id,
            # AWS CloudTrail, "Role policy document for CloudTrail to use CloudWatch Logs": source keys are not there.
            condition={},
            statements=[write_logs(log_group.arn)],
        )
        selector = aws.cloudtrail.CloudtrailAdvancedEventSelector
        aws.cloudtrail.Cloudtrail(
            self,
            "this",
            name=name,
            s3_bucket_name=logs_bucket.name,
            s3_key_prefix=TRAIL,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_logging=True,
            enable_log_file_validation=True,
            kms_key_id=key_arn,
            cloud_watch_logs_group_arn=f"{log_group.arn}:*",
            cloud_watch_logs_role_arn=role.arn,
            sns_topic_name=topic.name,
            advanced_event_selector=[
                selector(
                    name="Management events",
                    field_selector=[_equals("eventCategory", "Management")],
                ),
                selector(
                    name="Objects of the state and the configuration",
                    field_selector=[
                        _equals("eventCategory", "Data"),
                        _equals("resources.type", "AWS::S3::Object"),
                        aws.cloudtrail.CloudtrailAdvancedEventSelectorFieldSelector(
                            field="resources.ARN", starts_with=[f"{arn}/" for arn in watched_bucket_arns]
                        ),
                    ],
                ),
                selector(
                    name="Readers of the logs",
                    field_selector=[
                        _equals("eventCategory", "Data"),
                        _equals("resources.type", "AWS::S3::Object"),
                        _equals("readOnly", "true"),
                        aws.cloudtrail.CloudtrailAdvancedEventSelectorFieldSelector(
                            field="resources.ARN", starts_with=[f"{logs_bucket.arn}/"]
                        ),
                    ],
                ),
            ],
            depends_on=[announce],
        )


def _equals(field: str, value: str) -> aws.cloudtrail.CloudtrailAdvancedEventSelectorFieldSelector:
    return aws.cloudtrail.CloudtrailAdvancedEventSelectorFieldSelector(field=field, equal_to=[value])


def _announced_by(trail: str, topic_arn: str) -> str:
    statement: Mapping[str, object] = {
        "Sid": "Trail",
        "Effect": "Allow",
        "Principal": {"Service": CLOUDTRAIL},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"aws:SourceArn": trail}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
