"""Synthesis as the architecture's tests have it, and `production` once."""

from pathlib import Path

import pytest

from modules.architecture.synthesis import Request, synthesize
from tests.architecture.conftest import Stacks, parsed, variant

__all__ = ["variant"]


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    directory: Path = tmp_path_factory.mktemp("production")
    synthesize(Request(environment="production"), str(directory))
    return parsed(directory, "production")
