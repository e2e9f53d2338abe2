"""A copy of the state bucket in another region."""

from cdktf import TerraformProvider
from constructs import Construct

from modules.architecture import aws
from modules.architecture.private_bucket import PrivateBucket
from modules.architecture.roles import S3, ServiceRole, replicate_objects, use_aws_s3_key
from modules.target import Target, aws_s3_key_arn


class StateCopy(Construct):
    """Every version of every state, minutes after it is written, as protected as the original."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        target: Target,
        bucket: PrivateBucket,
        region: str,
        old_versions_expire_days: int,
        provider: TerraformProvider,
    ) -> None:
        super().__init__(scope, id_)
        copy = PrivateBucket(
            self,
            "bucket",
            name=target.state_bucket_copy,
            old_versions_expire_days=old_versions_expire_days,
            protected=True,
            provider=provider,
        )
        copy.use_aws_key()
        role = ServiceRole(
            self,
            "role",
            service=S3,
            name=f"litellm-state-copy-{target.region}",
            account_id=target.account_id,
            # S3 does not document that it says for whom it replicates; passing the role takes this account's leave.
            condition={},
            statements=[
                *replicate_objects(bucket.arn, copy.arn),
                use_aws_s3_key(target.region, target.account_id, action="kms:Decrypt"),
                use_aws_s3_key(region, target.account_id, action="kms:Encrypt"),
            ],
        )
        configuration = aws.s3_bucket_replication_configuration
        configuration.S3BucketReplicationConfigurationA(
            self,
            "this",
            bucket=bucket.name,
            role=role.arn,
            rule=[
                configuration.S3BucketReplicationConfigurationRule(
                    id="states",
                    status="Enabled",
                    filter=configuration.S3BucketReplicationConfigurationRuleFilter(prefix=""),
                    # Locks end by being deleted: a copy that keeps them would be locked for good. What is deleted can
                    # be brought back there as well, for the copy has versions of its own.
                    delete_marker_replication=(
                        configuration.S3BucketReplicationConfigurationRuleDeleteMarkerReplication(status="Enabled")
                    ),
                    source_selection_criteria=configuration.S3BucketReplicationConfigurationRuleSourceSelectionCriteria(
                        sse_kms_encrypted_objects=(
                            configuration.S3BucketReplicationConfigurationRuleSourceSelectionCriteriaSseKmsEncryptedObjects(
                                status="Enabled"
                            )
                        )
                    ),
                    destination=configuration.S3BucketReplicationConfigurationRuleDestination(
                        bucket=copy.arn,
                        encryption_configuration=(
                            configuration.S3BucketReplicationConfigurationRuleDestinationEncryptionConfiguration(
                                replica_kms_key_id=aws_s3_key_arn(region, target.account_id)
                            )
                        ),
                    ),
                )
            ],
            depends_on=[bucket.versioning, copy.versioning],
        )
