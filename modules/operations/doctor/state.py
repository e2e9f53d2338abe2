"""Terraform's state: the bucket that holds it, and whoever holds its lock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import botocore.exceptions

from modules.operations.examination.finding import Finding, bad, fine, warning

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OLD_LOCK = timedelta(hours=1)
"""The longest step of a deployment, a Multi-AZ database with its replica, is done in less."""
REDEPLOY = "'make deploy' makes it so again"


def bucket(s3: "S3Client", name: str) -> Iterator[Finding]:
    """Whether it exists, keeps old versions, encrypts, and lets nobody else in."""
    try:
        s3.head_bucket(Bucket=name)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        yield bad(f"there is no bucket {name}", REDEPLOY)
        return
    wrong = [
        *([] if s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled" else ["it keeps no old versions"]),
        *([] if _encryption(s3, name) == "aws:kms" else ["it does not encrypt with KMS by default"]),
        *([] if _is_closed(s3, name) else ["public access is not blocked in all four ways"]),
    ]
    for what in wrong:
        yield bad(f"the bucket {name}: {what}", REDEPLOY)
    if not wrong:
        yield fine(f"{name} keeps old versions, is encrypted and closed to the public")


def lock(stack: str, held_by: str, since: datetime, now: datetime) -> Finding:
    """
    Args:
        held_by: who holds it and for which operation, as Terraform noted it.
    """
    age = now - since
    what = f"the state of {stack} is locked by {held_by}"
    if age > OLD_LOCK:
        return warning(
            f"{what}, for {age.total_seconds() / 3600:.0f} h",
            "ask them whether that run is alive; if it was killed, 'make unlock' removes its lock",
        )
    return warning(what, "a run is under way: what was found here may be different when it has ended")


def _encryption(s3: "S3Client", name: str) -> str | None:
    """The default algorithm; None where there is none."""
    try:
        rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return None
    return rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]


def _is_closed(s3: "S3Client", name: str) -> bool:
    try:
        block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        return False
    return all(
        (
            block["BlockPublicAcls"],
            block["BlockPublicPolicy"],
            block["IgnorePublicAcls"],
            block["RestrictPublicBuckets"],
        )
    )
