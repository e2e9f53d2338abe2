"""The file of waivers: what an entry has to say."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from modules.environment_file import SettingsError
from modules.policy.judgement import Waiver
from modules.policy.waivers import WaiversError, read_waivers

ENTRY = {
    "stack": "production",
    "resource": "aws_s3_bucket.logs_bucket",
    "check": "CKV_AWS_145",
    "reason": "Log services write under no KMS key.",
    "expires": date(2027, 3, 1),
}


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "waivers.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_complete_entry_is_a_waiver(tmp_path: Path) -> None:
    (waiver,) = read_waivers(written(tmp_path, [ENTRY]))
    assert waiver == Waiver(
        stack="production",
        resource="aws_s3_bucket.logs_bucket",
        check="CKV_AWS_145",
        reason="Log services write under no KMS key.",
        expires=date(2027, 3, 1),
    )


def test_an_empty_file_has_none(tmp_path: Path) -> None:
    assert read_waivers(written(tmp_path, None)) == []


@pytest.mark.parametrize("missing", ENTRY)
def test_an_entry_without_one_of_its_parts_is_refused(tmp_path: Path, missing: str) -> None:
    entry = {key: value for key, value in ENTRY.items() if key != missing}
    with pytest.raises(WaiversError) as caught:
        read_waivers(written(tmp_path, [ENTRY, entry]))
    assert str(caught.value) == f"policy/waivers.yaml: waiver 2: {missing}: Field required"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("reason", "no"),
        ("resource", "resource.logs_bucket"),
        ("check", "AWS_145"),
        ("expires", "some day"),
        ("until", date(2027, 3, 1)),
    ],
)
def test_what_no_waiver_says_is_refused_with_its_key(tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(WaiversError, match=rf"^policy/waivers\.yaml: waiver 1: {key}: "):
        read_waivers(written(tmp_path, [{**ENTRY, key: value}]))


def test_a_file_that_is_no_list_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WaiversError, match="a list of waivers is expected"):
        read_waivers(written(tmp_path, {"production": ENTRY}))
    with pytest.raises(SettingsError, match="does not exist"):
        read_waivers(tmp_path / "nowhere.yaml")
