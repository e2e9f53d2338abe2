"""`make teardown` where nothing is deployed: it asks AWS all the same, and somebody's leftovers are found."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from modules.rehearsal import lifecycle

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[lifecycle.Rehearsal]:
    yield lifecycle.start(tmp_path / "rehearsal")
    lifecycle.stop(tmp_path / "rehearsal")


def teardown(tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "modules.commands", "--environment", "dev", "teardown"],
        cwd=PROJECT,
        env={**os.environ, "REHEARSAL_DIRECTORY": str(tmp_path / "rehearsal")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_empty_account_is_verified_to_be_empty_and_a_leftover_is_named(
    tmp_path: Path, rehearsal: lifecycle.Rehearsal
) -> None:
    empty = teardown(tmp_path)
    assert empty.returncode == 0, empty.stdout + empty.stderr
    assert "Nothing to destroy: environment dev on the rehearsal" in empty.stdout
    assert "dev-litellm: empty; 0 kept on purpose, 0 that go by themselves" in empty.stdout

    session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal")
    logs = session.client("logs", endpoint_url=rehearsal.url, region_name="us-east-1")
    logs.create_log_group(logGroupName="/ecs/dev-litellm")
    left = teardown(tmp_path)
    assert left.returncode == 1
    assert "1 left that should be gone, and may cost money:\n  log group /ecs/dev-litellm in us-east-1" in left.stderr
