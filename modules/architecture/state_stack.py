"""The stack that holds the remote state of all stacks, its own included."""

from pathlib import Path

from cdktf import TerraformOutput
from constructs import Construct

from modules.architecture import aws
from modules.architecture.base_stack import BaseStack
from modules.architecture.private_bucket import PrivateBucket
from modules.target import STATE_STACK, Target

OLD_VERSIONS_EXPIRE_DAYS = 90


class StateStack(BaseStack):
    """One bucket for each account and region: protected from destruction, old versions of states kept for a while."""

    def __init__(self, scope: Construct, *, target: Target, local_states: Path | None, import_existing: bool) -> None:
        super().__init__(
            scope,
            STATE_STACK,
            target=target,
            tags={"project": "litellm", "stack": STATE_STACK},
            local_states=local_states,
        )
        bucket = PrivateBucket(
            self,
            "bucket",
            name=target.state_bucket,
            old_versions_expire_days=OLD_VERSIONS_EXPIRE_DAYS,
            protected=True,
            import_existing=import_existing,
        )
        # AWS makes its key for S3 with the first object that wants it; the states, which name that key, come after it.
        aws.s3_object.S3Object(
            self,
            "about",
            bucket=bucket.name,
            key="about.txt",
            content="States of Terraform: one for each LiteLLM environment of this account and region.\n",
            depends_on=[bucket.encryption],
        )
        TerraformOutput(self, "state_bucket", value=bucket.name)
