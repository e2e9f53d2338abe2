"""A bucket that nobody outside reads."""

import json

from cdktf import TerraformProvider, TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws


class PrivateBucket(Construct):
    """A bucket that is versioned, encrypted, closed to the public and to unencrypted connections."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        old_versions_expire_days: int,
        protected: bool = False,
        import_existing: bool = False,
        provider: TerraformProvider | None = None,
    ) -> None:
        """
        Args:
            protected: Terraform refuses to destroy the bucket; otherwise it is destroyed with its content.
            import_existing: adopt a bucket of this name instead of creating it.
            provider: the provider of another region.
        """
        super().__init__(scope, id_)
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
        encryption.S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.name,
            rule=[
                encryption.S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=by_default(sse_algorithm="AES256")
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
        aws.s3_bucket_policy.S3BucketPolicy(
            self,
            "policy",
            bucket=self.name,
            policy=_tls_only(self.arn),
            depends_on=[public_access],
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
                )
            ],
            depends_on=[self.versioning],
            provider=provider,
        )


def _tls_only(bucket_arn: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [bucket_arn, f"{bucket_arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )
