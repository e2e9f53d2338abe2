"""LiteLLM's configuration file, where the tasks read it."""

import hashlib

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.private_bucket import PrivateBucket
from modules.architecture.roles import read_objects, use_key_for_objects
from modules.architecture.template import literal

OLD_VERSIONS_EXPIRE_DAYS = 30


class LiteLLMConfiguration(Construct):
    """The file in a bucket of its own, under a key that holds its hash.

    A new content is a new key, hence a new task definition, hence a rollout; and as the old object is removed only
    after the rollout, a rollback still finds it.

    Attributes:
        read: what a role needs to read the file.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        account_id: str,
        content: str,
        key_arn: str | None,
        access_logs_to: PrivateBucket | None,
    ) -> None:
        super().__init__(scope, id_)
        bucket = PrivateBucket(
            self,
            "bucket",
            name=f"{name}-configuration-{account_id}",
            old_versions_expire_days=OLD_VERSIONS_EXPIRE_DAYS,
            key_arn=key_arn,
            access_logs_to=access_logs_to,
        )
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        file = aws.s3_object.S3Object(
            self,
            "this",
            bucket=bucket.name,
            key=f"litellm-{digest}.yaml",
            content=literal(content),
            content_type="application/yaml",
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            depends_on=[bucket.encryption],
        )
        self.bucket_name = bucket.name
        self.object_key = file.key
        self.bucket_arn = bucket.arn
        self.read = [
            read_objects(f"{bucket.arn}/*"),
            *([use_key_for_objects(key_arn, writing=False)] if key_arn else []),
        ]
