"""The remote state from outside Terraform: whether it is there, and who holds its lock."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import botocore.exceptions

from modules.commands.errors import CommandError
from modules.target import STATE_STACK, Target, state_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What Terraform writes into a lock (S3 backend, `use_lockfile`)."""

    stack: str
    operation: str
    who: str
    created: str

    @property
    def holder(self) -> str:
        return f"{self.who} since {self.created} ({self.operation.removeprefix('OperationType').lower()})"


def bucket_exists(s3: "S3Client", target: Target) -> bool:
    return _found(lambda: s3.head_bucket(Bucket=target.state_bucket), f"the bucket {target.state_bucket}")


def state_exists(s3: "S3Client", target: Target, stack: str = STATE_STACK) -> bool:
    """Whether the stack's state is in the bucket; of the state stack itself: whether the bootstrap is complete."""
    return _found(
        lambda: s3.head_object(Bucket=target.state_bucket, Key=state_key(stack)),
        f"the state of {stack} in {target.state_bucket}",
    )


def holds_resources(s3: "S3Client", target: Target, stack: str) -> bool:
    """Whether anything of the stack exists, as its state knows it."""
    if not (bucket_exists(s3, target) and state_exists(s3, target, stack)):
        return False
    state = json.loads(s3.get_object(Bucket=target.state_bucket, Key=state_key(stack))["Body"].read())
    return bool(state["resources"])


def lock_of(s3: "S3Client", target: Target, stack: str) -> Lock | None:
    try:
        content = s3.get_object(Bucket=target.state_bucket, Key=lock_key(stack))["Body"].read()
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
            return None
        raise CommandError(f"the lock of {stack} in {target.state_bucket} cannot be read: {error}") from None
    info = json.loads(content)
    return Lock(stack=stack, operation=info["Operation"], who=info["Who"], created=info["Created"])


def lock_key(stack: str) -> str:
    return f"{state_key(stack)}.tflock"


def _found(request: Callable[[], object], what: str) -> bool:
    try:
        request()
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NoSuchBucket"):
            return False
        raise CommandError(f"{what} cannot be looked up: {error}") from None
    return True
