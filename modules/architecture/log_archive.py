"""LiteLLM's log lines in S3, for longer than the log group keeps them and for less."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.logs_bucket import ARCHIVE, ARCHIVE_ERRORS, LogsBucket
from modules.architecture.roles import ServiceRole, Statement, use_key_for_objects, write_logs
from modules.target import Target

BUFFER_MIB = 64
BUFFER_SECONDS = 900
"""Amazon Data Firehose API, BufferingHints: the longest; cheaper storage wants few large objects."""
DAY = "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/"
"""Folders that query engines such as Amazon Athena take for columns."""


class LogArchive(Construct):
    """A stream from the log group to the logs' bucket: a line of JSON for each batch of events, compressed."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        logs_bucket: LogsBucket,
        log_group_name: str,
        retention_days: int,
        logs_key_arn: str | None,
        storage_key_arn: str | None,
    ) -> None:
        """
        Args:
            log_group_name: the group to archive.
            retention_days: of the stream's own errors.
            logs_key_arn: KMS key of the stream's log group.
            storage_key_arn: KMS key of the archived objects, and of what is on its way to them.
        """
        super().__init__(scope, id_)
        errors = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "errors",
            name=f"/aws/kinesisfirehose/{name}-logs",
            retention_in_days=retention_days,
            kms_key_id=logs_key_arn,
        )
        error_stream = aws.cloudwatch_log_stream.CloudwatchLogStream(
            self, "errors_to_s3", name="S3Delivery", log_group_name=errors.name
        )
        role = ServiceRole(
            self,
            "stream_role",
            service="firehose.amazonaws.com",
            name=f"{name}-log-archive",
            account_id=target.account_id,
            # Amazon Data Firehose, "Grant Firehose access to an Amazon S3 destination".
            condition={"StringEquals": {"sts:ExternalId": target.account_id}},
            statements=[
                *_write_objects(logs_bucket.arn),
                write_logs(errors.arn),
                *([use_key_for_objects(storage_key_arn, writing=True)] if storage_key_arn else []),
            ],
        )
        firehose = aws.kinesis_firehose_delivery_stream
        stream = firehose.KinesisFirehoseDeliveryStream(
            self,
            "this",
            name=f"{name}-logs",
            destination="extended_s3",
            server_side_encryption=firehose.KinesisFirehoseDeliveryStreamServerSideEncryption(
                enabled=True, key_type="CUSTOMER_MANAGED_CMK", key_arn=storage_key_arn
            )
            if storage_key_arn
            else firehose.KinesisFirehoseDeliveryStreamServerSideEncryption(enabled=True),
            extended_s3_configuration=firehose.KinesisFirehoseDeliveryStreamExtendedS3Configuration(
                role_arn=role.arn,
                bucket_arn=logs_bucket.arn,
                prefix=f"{ARCHIVE}/{DAY}",
                error_output_prefix=f"{ARCHIVE_ERRORS}/!{{firehose:error-output-type}}/{DAY}",
                buffering_size=BUFFER_MIB,
                buffering_interval=BUFFER_SECONDS,
                compression_format="GZIP",
                kms_key_arn=storage_key_arn,
                processing_configuration=_unpack_events(),
                cloudwatch_logging_options=(
                    firehose.KinesisFirehoseDeliveryStreamExtendedS3ConfigurationCloudwatchLoggingOptions(
                        enabled=True, log_group_name=errors.name, log_stream_name=error_stream.name
                    )
                ),
            ),
        )
        put_role = ServiceRole(
            self,
            "logs_role",
            service="logs.amazonaws.com",
            name=f"{name}-logs-to-archive",
            account_id=target.account_id,
            # Amazon CloudWatch Logs, "Subscription filters with Amazon Data Firehose".
            condition={"StringLike": {"aws:SourceArn": f"arn:aws:logs:{target.region}:{target.account_id}:*"}},
            statements=[
                {
                    "Effect": "Allow",
                    "Action": ["firehose:PutRecord", "firehose:PutRecordBatch"],
                    "Resource": [stream.arn],
                }
            ],
        )
        aws.cloudwatch_log_subscription_filter.CloudwatchLogSubscriptionFilter(
            self,
            "all_lines",
            name="archive",
            log_group_name=log_group_name,
            filter_pattern="",
            destination_arn=stream.arn,
            role_arn=put_role.arn,
        )


def _write_objects(bucket_arn: str) -> list[Statement]:
    return [
        {
            "Effect": "Allow",
            "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            "Resource": [f"{bucket_arn}/{ARCHIVE}/*", f"{bucket_arn}/{ARCHIVE_ERRORS}/*"],
        },
        {
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Resource": [bucket_arn],
        },
    ]


def _unpack_events() -> (
    aws.kinesis_firehose_delivery_stream.KinesisFirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfiguration
):
    """CloudWatch Logs sends compressed batches without line ends; unpacked, they are lines that tools can read."""
    firehose = aws.kinesis_firehose_delivery_stream
    processor = firehose.KinesisFirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessors
    parameter = firehose.KinesisFirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorsParameters
    return firehose.KinesisFirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfiguration(
        enabled=True,
        processors=[
            processor(
                type="Decompression",
                parameters=[parameter(parameter_name="CompressionFormat", parameter_value="GZIP")],
            ),
            processor(
                type="AppendDelimiterToRecord",
                parameters=[parameter(parameter_name="Delimiter", parameter_value="\\n")],
            ),
        ],
    )
