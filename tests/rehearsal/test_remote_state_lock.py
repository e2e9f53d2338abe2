"""What Terraform's remote state needs of S3: a lock that really refuses the second writer."""

import contextlib
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modules.rehearsal.gaps import s3 as s3_gaps

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


@pytest.mark.parametrize(
    ("headers", "at_once"),
    [({"If-None-Match": "*"}, 1), ({"If-Match": "etag"}, 1), ({}, 2)],
    ids=["new", "same", "any"],
)
def test_nothing_comes_between_looking_for_the_lock_and_taking_it(headers: Mapping[str, str], at_once: int) -> None:
    inside: list[int] = []
    most = 0
    both_started = threading.Barrier(2)

    def look_then_write(_: Any) -> None:
        nonlocal most
        inside.append(1)
        most = max(most, len(inside))
        time.sleep(0.2)
        inside.pop()

    def put(_: int) -> None:
        both_started.wait()
        s3_gaps.write_in_one_step_with_the_condition(look_then_write, SimpleNamespace(headers=headers))

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(put, range(2)))
    assert most == at_once
