"""What Terraform's remote state needs of S3: a lock that really refuses the second writer."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from .conftest import AwsClient


def test_of_many_writers_of_a_lock_file_one_gets_it(aws: AwsClient) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="state")

    def lock(owner: int) -> int | None:
        with contextlib.suppress(ClientError):
            s3.put_object(Bucket="state", Key="core.tfstate.tflock", Body=str(owner).encode(), IfNoneMatch="*")
            return owner
        return None

    with ThreadPoolExecutor(max_workers=8) as pool:
        owners = [owner for owner in pool.map(lock, range(40)) if owner is not None]
    assert len(owners) == 1
    held_by = s3.get_object(Bucket="state", Key="core.tfstate.tflock")["Body"].read()
    assert held_by == str(owners[0]).encode()


def test_the_second_writer_is_told_why_until_the_lock_is_released(aws: AwsClient) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="other-state")
    s3.put_object(Bucket="other-state", Key="lock", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError) as refusal:
        s3.put_object(Bucket="other-state", Key="lock", Body=b"2", IfNoneMatch="*")
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    s3.delete_object(Bucket="other-state", Key="lock")
    s3.put_object(Bucket="other-state", Key="lock", Body=b"2", IfNoneMatch="*")
