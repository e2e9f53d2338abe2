"""LiteLLM's configuration file, and what else its tasks read beside it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.private_bucket import PrivateBucket
from modules.architecture.roles import read_objects, use_key_for_objects
from modules.architecture.template import literal
from modules.litellm_file import with_callback

OLD_VERSIONS_EXPIRE_DAYS = 30
OVERHEAD_METRIC = Path(__file__).parent / "litellm_files/overhead_metric.py"


class LiteLLMConfiguration(Construct):
    """The files in a bucket of their own, under keys and addresses that hold their hashes.

    A new content is a new key, hence a new task definition, hence a rollout; and as the old object is removed only
    after the rollout, a rollback still finds it. It is a new address in Terraform as well: with one address for all
    contents, taking a change back whose apply ended halfway would write the former key again, while Terraform destroys
    what it had replaced there, which is every version of that same key.

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
        overhead_metric: bool,
        key_arn: str | None,
        access_logs_to: PrivateBucket | None,
    ) -> None:
        """
        Args:
            content: LiteLLM's YAML.
            overhead_metric: have LiteLLM load the program that measures its own share of the requests' time.
        """
        super().__init__(scope, id_)
        bucket_name = f"{name}-configuration-{account_id}"
        self._bucket = PrivateBucket(
            self,
            "bucket",
            name=bucket_name,
            old_versions_expire_days=OLD_VERSIONS_EXPIRE_DAYS,
            key_arn=key_arn,
            access_logs_to=access_logs_to,
        )
        modules = []
        if overhead_metric:
            program = OVERHEAD_METRIC.read_text()
            module = f"{OVERHEAD_METRIC.stem}-{_digest(program)}"
            # `<module>.<instance>`, as litellm/proxy/types_utils/utils.py takes them from a bucket.
            content = with_callback(content, f"s3://{bucket_name}/{module}.instance")
            modules.append(self._object(module, "py", program, "text/x-python"))
        # The YAML comes after the program that it names, and, when both are replaced, goes before it.
        file = self._object(f"litellm-{_digest(content)}", "yaml", content, "application/yaml", after=modules)
        self.bucket_name = self._bucket.name
        self.object_key = file.key
        self.bucket_arn = self._bucket.arn
        self.read = [
            read_objects(f"{self._bucket.arn}/*"),
            *([use_key_for_objects(key_arn, writing=False)] if key_arn else []),
        ]

    def _object(
        self,
        name: str,
        suffix: str,
        content: str,
        content_type: str,
        after: Sequence[aws.s3_object.S3Object] = (),
    ) -> aws.s3_object.S3Object:
        return aws.s3_object.S3Object(
            self,
            name,
            bucket=self._bucket.name,
            key=f"{name}.{suffix}",
            content=literal(content),
            content_type=content_type,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            depends_on=[self._bucket.encryption, *after],
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
