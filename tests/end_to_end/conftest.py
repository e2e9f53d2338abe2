"""Checkouts with `benchmark` and `production` deployed, each on a rehearsal of its own, shared by the tests."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from .checkout import Checkout, Result
from .fleet import held
from .inventory import inventory

Aws = Callable[[str], Any]


@pytest.fixture(scope="session")
def checkout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    if any("production" in getattr(item, "fixturenames", ()) for item in request.session.items):
        # Terraform waits for most of its time: the long deployment goes on beside the tests of the short one.
        request.getfixturevalue("production_under_way")
    checkout = Checkout.create(tmp_path_factory.mktemp("checkout") / "project")
    yield checkout
    checkout.stop_rehearsal()


@pytest.fixture(scope="session")
def deployment(checkout: Checkout) -> Result:
    """The first `make deploy` of the checkout."""
    result = checkout.make("deploy")
    assert result.code == 0, result.output
    return result


@pytest.fixture(scope="session")
def first_hour(checkout: Checkout, deployment: Result) -> dict[str, Result]:
    """What the README's commands from a clone to the first drill end with, and the request that the first prints."""
    section = (checkout.directory / "README.md").read_text().partition("## From a clone to the first drill")[2]
    block = section.split("```")[1]
    commands = [line.partition("#")[0].strip() for line in block.splitlines() if line.startswith("make ")]
    request = deployment.line("curl ")
    assert commands[0] == "make deploy"
    with held(checkout.clients()):
        # The first was carried out just now, by `deployment`.
        return {
            "make deploy": deployment,
            "curl": checkout.run(request),
            **{command: checkout.run(command) for command in commands[1:]},
        }


@pytest.fixture(scope="session")
def aws(checkout: Checkout, deployment: Result) -> Aws:
    """boto3 clients that see the deployment."""
    return checkout.client


@pytest.fixture(scope="session")
def endpoint(deployment: Result) -> str:
    """URL of the load balancer, as the deployment prints it."""
    return deployment.line("endpoint  ").split()[-1]


@pytest.fixture(scope="session")
def key(aws: Aws, deployment: Result) -> str:
    """LiteLLM's master key."""
    name = deployment.line("master key secret").split()[-1]
    secret: str = aws("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return secret


@pytest.fixture
def second_checkout(checkout: Checkout, tmp_path: Path) -> Checkout:
    """Another machine: it has no local files, and sees the same account."""
    return Checkout.create(tmp_path / "project", REHEARSAL_DIRECTORY=str(checkout.directory / ".rehearsal"))


@pytest.fixture(scope="session")
def production_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout whose `production` may be destroyed, and is otherwise as it is committed."""
    checkout = Checkout.create(tmp_path_factory.mktemp("production") / "project")
    file = checkout.directory / "environments/production.yaml"
    settings = yaml.safe_load(file.read_text())
    for section in ("load_balancer", "database"):
        settings[section]["deletion_protection"] = False
    file.write_text(yaml.safe_dump(settings))
    yield checkout
    checkout.stop_rehearsal()


@pytest.fixture(scope="session")
def empty_account(production_checkout: Checkout) -> dict[str, set[str]]:
    """What the account of `production` holds before anything is deployed."""
    return inventory(production_checkout.clients("production"))


@pytest.fixture(scope="session")
def production_under_way(
    production_checkout: Checkout, empty_account: dict[str, set[str]]
) -> Iterator["Future[Result]"]:
    with ThreadPoolExecutor(max_workers=1) as background:
        yield background.submit(production_checkout.make, "deploy", "ENV=production")


@pytest.fixture(scope="session")
def production(production_under_way: "Future[Result]") -> Result:
    """The first `make deploy ENV=production`."""
    result = production_under_way.result()
    assert result.code == 0, result.output
    return result
