"""The stack that holds the remote state of all stacks, its own included."""

from pathlib import Path

from cdktf import TerraformOutput
from constructs import Construct

from modules.architecture.base_stack import BaseStack
from modules.architecture.private_bucket import PrivateBucket
from modules.architecture.state_copy import StateCopy
from modules.target import STATE_STACK, Target

OLD_VERSIONS_EXPIRE_DAYS = 90


class StateStack(BaseStack):
    """One bucket for each account and region: protected from destruction, old versions of states kept for a while."""

    def __init__(
        self,
        scope: Construct,
        *,
        target: Target,
        local_states: Path | None,
        import_existing: bool,
        copy_region: str | None,
    ) -> None:
        """
        Args:
            copy_region: another region that gets a copy of everything; not before the states have left this machine.
        """
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
        bucket.use_aws_key()
        if copy_region and not local_states:
            StateCopy(
                self,
                "copy",
                target=target,
                bucket=bucket,
                region=copy_region,
                old_versions_expire_days=OLD_VERSIONS_EXPIRE_DAYS,
                provider=self.provider_in(copy_region),
            )
        TerraformOutput(self, "state_bucket", value=bucket.name)
