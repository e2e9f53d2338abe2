"""What every stack shares: the provider with its tags, the remote state, readable resource addresses."""

from collections.abc import Mapping
from pathlib import Path

from cdktf import LocalBackend, S3Backend, TerraformElement, TerraformProvider, TerraformStack
from constructs import Construct, Node

from modules.architecture import aws
from modules.target import Target, state_key

MAIN_RESOURCE = "this"
# Asked for once: each look at it is a message to jsii's Node.js process and back.
_PATH_SEPARATOR = Node.PATH_SEP


class BaseStack(TerraformStack):
    """A stack whose state is in the target's bucket, with a lock beside it."""

    def __init__(
        self, scope: Construct, id_: str, *, target: Target, tags: Mapping[str, str], local_states: Path | None
    ) -> None:
        """
        Args:
            tags: default tags of every resource.
            local_states: directory for the state instead, while the bucket does not exist.
        """
        super().__init__(scope, id_)
        self._target = target
        self._tags = dict(tags)
        self._provider("aws", target.region)
        if local_states:
            LocalBackend(self, path=str(local_states.resolve() / state_key(id_)))
            return
        S3Backend(
            self,
            bucket=target.state_bucket,
            key=state_key(id_),
            region=target.region,
            encrypt=True,
            # Without it Terraform asks for keys of S3's, whatever the bucket's default is.
            kms_key_id=target.state_key_arn,
            use_path_style=target.rehearsal or None,
        )
        # cdktf 0.21 does not know the argument; Terraform has had it since 1.10.
        self.add_override("terraform.backend.s3.use_lockfile", True)

    def provider_in(self, region: str) -> TerraformProvider:
        """A provider for resources in another region; everything else of it is as in the stack's own."""
        return self._provider(f"aws_{region}", region, alias=region)

    def _provider(self, id_: str, region: str, alias: str | None = None) -> TerraformProvider:
        return aws.provider.AwsProvider(
            self,
            id_,
            alias=alias,
            region=region,
            # A plan made for one account can never be applied to another.
            allowed_account_ids=[self._target.account_id],
            default_tags=[aws.provider.AwsProviderDefaultTags(tags=self._tags)],
            s3_use_path_style=self._target.rehearsal or None,
        )

    def _allocate_logical_id(self, tf_element: TerraformElement | Node) -> str:
        node = tf_element if isinstance(tf_element, Node) else tf_element.node
        return address_name(node)


def address_name(node: Node) -> str:
    """The construct path without cdktf's hash, so that a plan reads `aws_subnet.network_private_us-east-1a`.

    A construct's main resource is called `this` and leaves its construct's name alone: `aws_vpc.network`.
    """
    return "_".join(part for part in node.path.split(_PATH_SEPARATOR)[1:] if part != MAIN_RESOURCE)
