"""A key says how often it is rotated."""

import pytest

from .conftest import AwsClient


@pytest.mark.parametrize(("asked", "days"), [({}, 365), ({"RotationPeriodInDays": 180}, 180)])
def test_a_key_says_how_often_it_is_rotated(aws: AwsClient, asked: dict[str, int], days: int) -> None:
    kms = aws("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)

    kms.enable_key_rotation(KeyId=key, **asked)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == days

    kms.disable_key_rotation(KeyId=key)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
