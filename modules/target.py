"""Where stacks go: an account and a region, real or rehearsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

STATE_STACK = "state"


@dataclass(frozen=True, kw_only=True)
class Target:
    account_id: str
    region: str
    rehearsal: bool

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Self:
        """The target of a shell or a notebook that `make` prepared.

        Raises:
            KeyError: it was not prepared.
        """
        return cls(
            account_id=variables["DEPLOY_ACCOUNT_ID"],
            region=variables["AWS_REGION"],
            rehearsal=variables["DEPLOY_TARGET"] == "rehearsal",
        )

    def __str__(self) -> str:
        return "the rehearsal" if self.rehearsal else f"AWS account {self.account_id}"

    @property
    def state_bucket(self) -> str:
        """The bucket of all states of this account and region; S3 names are unique over all accounts."""
        return f"litellm-terraform-state-{self.account_id}-{self.region}"

    @property
    def state_key_arn(self) -> str:
        """The KMS key of the states: AWS's own for S3. One of ours would cost by the month and could be lost, and with
        it every state."""
        return aws_s3_key_arn(self.region, self.account_id)

    @property
    def state_bucket_copy(self) -> str:
        """The copy of that bucket in another region; named after the region it is a copy of, as that other region may
        have states of its own."""
        return f"{self.state_bucket}-copy"


def state_key(stack: str) -> str:
    """The object in the state bucket that is the stack's state; Terraform's lock is beside it."""
    return f"{stack}.tfstate"


def aws_s3_key_arn(region: str, account_id: str) -> str:
    """AWS's own KMS key for S3, which each region makes with the first object that wants it."""
    return f"arn:aws:kms:{region}:{account_id}:alias/aws/s3"
