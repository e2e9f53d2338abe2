"""Where stacks go: an account and a region, real or rehearsed."""

from dataclasses import dataclass

STATE_STACK = "state"


@dataclass(frozen=True, kw_only=True)
class Target:
    account_id: str
    region: str
    rehearsal: bool

    @property
    def state_bucket(self) -> str:
        """The bucket of all states of this account and region; S3 names are unique over all accounts."""
        return f"litellm-terraform-state-{self.account_id}-{self.region}"


def state_key(stack: str) -> str:
    """The object in the state bucket that is the stack's state; Terraform's lock is beside it."""
    return f"{stack}.tfstate"
