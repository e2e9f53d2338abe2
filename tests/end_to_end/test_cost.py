"""A plan by the real Terraform costs what the stack costs that it is a plan of."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from modules.architecture.synthesis import Request, synthesize
from modules.commands.terraform_provider import provider_variables
from modules.costing import plan_file
from modules.planning.cost.estimate import scenarios
from modules.planning.cost.terraform_json import read_stack
from modules.price_file import load_prices
from modules.usage_file import load_usage

pytestmark = pytest.mark.end_to_end
ENVIRONMENT = "production"


@pytest.fixture(scope="module")
def variables() -> Iterator[dict[str, str]]:
    """An AWS that answers a plan's questions: a random password, the hosted zone."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
    url = f"http://{host}:{port}"
    boto3.client(
        "route53", region_name="us-east-1", endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="x"
    ).create_hosted_zone(Name="example.com", CallerReference="tests")
    variables = {**os.environ, "AWS_ENDPOINT_URL": url, **keys, "CHECKPOINT_DISABLE": "1"}
    yield {**variables, **provider_variables(variables)}
    server.stop()


def test_a_plan_of_production_costs_what_its_stack_costs(variables: dict[str, str], tmp_path: Path) -> None:
    synthesize(Request(environment=ENVIRONMENT, local_states=tmp_path), str(tmp_path / "out"))
    directory = tmp_path / "out/stacks" / ENVIRONMENT

    def terraform(*arguments: str) -> str:
        ran = subprocess.run(
            ["terraform", *arguments], cwd=directory, env=variables, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    terraform("init", "-input=false")
    terraform("plan", "-input=false", "-out=plan")
    (tmp_path / "plan.json").write_text(terraform("show", "-json", "plan"))

    before, after = plan_file(tmp_path / "plan.json")
    stack = read_stack(json.loads((directory / "cdk.tf.json").read_text()))
    usage, book = load_usage(ENVIRONMENT), load_prices()
    assert before.resources == ()
    assert {one.address for one in after.resources} == {one.address for one in stack.resources}
    planned, synthesized = scenarios([after], usage, book), scenarios([stack], usage, book)
    for scenario, found in planned.items():
        assert found.not_priced == ()
        assert found.by_key() == pytest.approx(synthesized[scenario].by_key())
