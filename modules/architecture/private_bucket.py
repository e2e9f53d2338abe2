"""A bucket that nobody outside reads."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import TerraformProvider, TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.roles import Statement

ACCESS_LOGS_PREFIX = "buckets/"


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """Objects below a prefix that go after some days, and before that to cheaper storage where days are stated."""

    prefix: str
    days: int
    cold_after_days: int | None = None


class PrivateBucket(Construct):
    """A bucket that is versioned, encrypted, closed to the public and to unencrypted connections, and whose changes
    EventBridge hears of.

    Attributes:
        encryption: what an object has to wait for that is to be under the bucket's key.
        policy: what services that write into the bucket have to wait for.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        old_versions_expire_days: int,
        protected: bool = False,
        import_existing: bool = False,
        key_arn: str | None = None,
        written_by_log_services: bool = False,
        access_logs_to: "PrivateBucket | None" = None,
        statements: Sequence[Statement] = (),
        expiries: Sequence[Expiry] = (),
        provider: TerraformProvider | None = None,
    ) -> None:
        """
        Args:
            protected: Terraform refuses to destroy the bucket; otherwise it is destroyed with its content.
            import_existing: adopt a bucket of this name instead of creating it.
            key_arn: KMS key of what is written without another one; AWS's own for S3 if there is none.
            written_by_log_services: keys of S3 instead of KMS: Elastic Load Balancing and S3's server access logs can
                write under no other (Elastic Load Balancing, "Enable access logs"; S3, "Enabling server access
                logging").
            access_logs_to: bucket that a line goes to for each request to this one.
            statements: of the bucket's policy, beside that which refuses connections without TLS.
            provider: the provider of another region.
        """
        super().__init__(scope, id_)
        self._provider = provider
        self.bucket = aws.s3_bucket.S3Bucket(
            self,
            "this",
            bucket=name,
            force_destroy=not protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
            provider=provider,
        )
        if import_existing:
            self.bucket.import_from(name)
        self.name = self.bucket.bucket
        self.arn = self.bucket.arn
        self.versioning = aws.s3_bucket_versioning.S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration=aws.s3_bucket_versioning.S3BucketVersioningVersioningConfiguration(
                status="Enabled"
            ),
            provider=provider,
        )
        encryption = aws.s3_bucket_server_side_encryption_configuration
        by_default = encryption.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA
        self.encryption = encryption.S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.name,
            rule=[
                encryption.S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=by_default(sse_algorithm="AES256")
                    if written_by_log_services
                    else by_default(sse_algorithm="aws:kms", kms_master_key_id=key_arn),
                    # One call to KMS for many objects instead of one for each.
                    bucket_key_enabled=not written_by_log_services,
                )
            ],
            provider=provider,
        )
        public_access = aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock(
            self,
            "public_access",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            provider=provider,
        )
        self.policy = aws.s3_bucket_policy.S3BucketPolicy(
            self,
            "policy",
            bucket=self.name,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [_tls_only(self.arn), *statements]}),
            depends_on=[public_access],
            provider=provider,
        )
        aws.s3_bucket_notification.S3BucketNotification(
            self, "events", bucket=self.name, eventbridge=True, provider=provider
        )
        if access_logs_to:
            aws.s3_bucket_logging.S3BucketLoggingA(
                self,
                "access_logs",
                bucket=self.name,
                target_bucket=access_logs_to.name,
                target_prefix=f"{ACCESS_LOGS_PREFIX}{name}/",
                depends_on=[access_logs_to.policy],
                provider=provider,
            )
        lifecycle = aws.s3_bucket_lifecycle_configuration
        lifecycle.S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.name,
            rule=[
                lifecycle.S3BucketLifecycleConfigurationRule(
                    id="old-versions-expire",
                    status="Enabled",
                    filter=[lifecycle.S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    noncurrent_version_expiration=[
                        lifecycle.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                            noncurrent_days=old_versions_expire_days
                        )
                    ],
                    abort_incomplete_multipart_upload=[
                        lifecycle.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
                            days_after_initiation=7
                        )
                    ],
                ),
                *(_rule(expiry) for expiry in expiries),
            ],
            depends_on=[self.versioning],
            provider=provider,
        )

    def use_aws_key(self) -> None:
        """AWS makes its key for S3 in a region with the first object that wants it; whoever names the key comes after
        this one."""
        aws.s3_object.S3Object(
            self,
            "about",
            bucket=self.name,
            key="about.txt",
            content="States of Terraform: one for each LiteLLM environment of this account and region.\n",
            depends_on=[self.encryption],
            provider=self._provider,
        )


def _rule(expiry: Expiry) -> aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfigurationRule:
    lifecycle = aws.s3_bucket_lifecycle_configuration
    transition = lifecycle.S3BucketLifecycleConfigurationRuleTransition
    return lifecycle.S3BucketLifecycleConfigurationRule(
        id=f"{expiry.prefix.strip('/').replace('/', '-')}-expire",
        status="Enabled",
        filter=[lifecycle.S3BucketLifecycleConfigurationRuleFilter(prefix=expiry.prefix)],
        expiration=[lifecycle.S3BucketLifecycleConfigurationRuleExpiration(days=expiry.days)],
        transition=[transition(days=expiry.cold_after_days, storage_class="GLACIER_IR")]
        if expiry.cold_after_days
        else None,
    )


def _tls_only(bucket_arn: str) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
