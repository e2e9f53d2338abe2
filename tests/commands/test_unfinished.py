"""A deployment that fails leaves a page, unless it never began; and none of it hides why it failed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from modules.commands import unfinished
from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.commands.unfinished import leaving_a_page
from modules.preparation import prepare
from modules.target import Target

EXPIRED = "ExpiredToken"


@pytest.fixture
def session() -> Session:
    target = Target(account_id="123456789012", region="us-east-1", rehearsal=False)
    return Session(prepared=prepare("dev"), target=target, variables={})


def fail(session: Session, runs: Path, *said: str) -> tuple[str, list[Path]]:
    """What the person is told, and the pages that are left, when AWS says no more than that a token is expired."""
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(s3) as stubber:
        stubber.add_client_error("head_bucket", EXPIRED)
        with pytest.raises(CommandError) as error:
            _deploy(s3, session, said)
    return str(error.value), list(runs.glob("*.html")) if runs.is_dir() else []


def _deploy(s3: Any, session: Session, said: Sequence[str]) -> None:
    with leaving_a_page(s3, session) as progress:
        for line in said:
            progress.read(line)
        raise CommandError("terraform apply ended with exit code 1")


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(unfinished, "RUNS", tmp_path / "runs")
    return tmp_path / "runs"


def test_credentials_that_end_in_the_middle_leave_a_page_with_what_is_known(session: Session, runs: Path) -> None:
    told, (page,) = fail(session, runs, "aws_vpc.network: Creating...")

    assert told.splitlines()[0] == "terraform apply ended with exit code 1"
    assert told.splitlines()[1].endswith(page.name)
    assert "<td>aws_vpc.network</td><td>Creating</td>" in page.read_text()
    assert f"state cannot be read: the bucket {session.target.state_bucket} cannot be looked up" in page.read_text()


def test_a_deployment_that_never_began_leaves_none(session: Session, runs: Path) -> None:
    told, pages = fail(session, runs, "dev  Synthesizing")

    assert told == "terraform apply ended with exit code 1"
    assert pages == []
