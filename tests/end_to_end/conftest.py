"""One checkout with `benchmark` deployed, shared by the tests that look at it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .checkout import Checkout, Result


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    checkout = Checkout.create(tmp_path_factory.mktemp("checkout") / "project")
    yield checkout
    checkout.make("rehearsal-stop")


@pytest.fixture(scope="session")
def deployment(checkout: Checkout) -> Result:
    """The first `make deploy` of the checkout."""
    result = checkout.make("deploy")
    assert result.code == 0, result.output
    return result


@pytest.fixture(scope="session")
def aws(checkout: Checkout, deployment: Result) -> Callable[[str], Any]:
    """boto3 clients that see the deployment."""
    return checkout.client


@pytest.fixture
def second_checkout(checkout: Checkout, tmp_path: Path) -> Checkout:
    """Another machine: it has no local files, and sees the same account."""
    return Checkout.create(tmp_path / "project", REHEARSAL_DIRECTORY=str(checkout.directory / ".rehearsal"))
