"""A rehearsal of a test's own, and what runs under its API."""

import contextlib
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from modules.rehearsal import lifecycle

REGION = "us-east-1"


@dataclass(frozen=True)
class Rehearsed:
    """A rehearsal as a user has it."""

    rehearsal: lifecycle.Rehearsal
    directory: Path

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.rehearsal.url,
            aws_access_key_id="rehearsal",
            aws_secret_access_key="rehearsal",
            region_name=REGION,
        )

    def part(self, name: str) -> dict[str, Any]:
        """What a part of the data plane says of itself."""
        with urllib.request.urlopen(f"{self.rehearsal.url}{lifecycle.STATUS_PATH}") as answer:
            said: dict[str, Any] = json.load(answer)["parts"][name]
        return said


@contextlib.contextmanager
def started(directory: Path, pace: str) -> Iterator[lifecycle.Rehearsal]:
    """Holds that nothing of it is left afterwards."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REHEARSAL_PACE", pace)
        rehearsal = lifecycle.start(directory)
    yield rehearsal
    lifecycle.stop(directory)
    assert not directory.exists(), "something of the rehearsal is left"


def wait_until(condition: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not become true within {seconds} s"
        time.sleep(0.1)
