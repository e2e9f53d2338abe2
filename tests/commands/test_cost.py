"""`make cost` and `make prices`, without a target; a person's mistakes are told in a line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.planning.cost.conftest import stack
from tests.planning.cost.test_terraform_json import as_plan

PROJECT = Path(__file__).parents[2]


def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The command, with nobody's AWS account in reach."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE"))}
    unreachable = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "modules.commands", *arguments],
        cwd=PROJECT,
        env={**clean, **unreachable, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_environments_costs_are_printed_line_by_line_and_written_for_infracost(tmp_path: Path) -> None:
    result = run("cost", "--environment", "dev", INFRACOST=str(tmp_path / "usage.yml"))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("dev-litellm: $")
    for told in (
        "2 tasks of 2 vCPU and 4 GB, x86_64, 730 h",
        "tasks on ARM64",
        "a standby of the database",
        "The source says $150 to 200",
        "prices, read",
        "environments/usage/dev.yaml",
    ):
        assert told in result.stdout
    assert "aws_lb.load_balancer" in yaml.safe_load((tmp_path / "usage.yml").read_text())["resource_usage"]
    assert not (PROJECT / ".rehearsal").exists() or "rehearsal" not in result.stdout


def test_a_plans_change_is_told_line_by_line(tmp_path: Path) -> None:
    changing = as_plan(stack())
    before = as_plan(stack())["planned_values"]
    (database,) = [one for one in before["root_module"]["resources"] if one["type"] == "aws_db_instance"]
    database["values"]["multi_az"] = True
    changing["prior_state"] = {"values": before}
    (tmp_path / "plan.json").write_text(json.dumps(changing))
    result = run("cost", "--environment", "dev", PLAN=str(tmp_path / "plan.json"))
    assert (result.returncode, result.stderr) == (0, "")
    first, *rest = result.stdout.splitlines()
    # A db.t3.medium in one zone instead of two, and 100 GB once.
    assert first.endswith(": -64.79 a month")
    assert any("instance hours" in line and "-53.29" in line for line in rest[:4])


@pytest.mark.parametrize(
    ("environment", "variables", "told"),
    [
        ("staging", {}, "error: environment 'staging' does not exist; there are: "),
        ("dev", {"PLAN": "missing.json"}, "error: missing.json does not exist; 'terraform show -json PLAN > missing"),
        ("dev", {"PLAN": "README.md"}, "error: README.md is not what 'terraform show -json' prints"),
    ],
)
def test_a_mistake_is_one_line(environment: str, variables: dict[str, str], told: str) -> None:
    result = run("cost", "--environment", environment, **variables)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(told)
    assert result.stderr.count("\n") == 1


def test_a_region_without_prices_is_told_before_anything_is_synthesized(tmp_path: Path) -> None:
    (tmp_path / "usage").mkdir()
    (tmp_path / "lab.yaml").write_text(
        "name: lab\nregion: eu-north-1\navailability_zones: [eu-north-1a, eu-north-1b]\n"
    )
    (tmp_path / "usage/lab.yaml").write_text("traffic: {requests_per_second: 1}\n")
    result = run("cost", "--environment", "lab", DEPLOY_ENVIRONMENTS_DIRECTORY=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.startswith("error: the price book has no prices of the region eu-north-1; it has eu-west-1, ")


def test_prices_out_of_reach_change_nothing_and_tell_how_old_the_book_is() -> None:
    book = (PROJECT / "modules/planning/cost/prices.csv").read_bytes()
    result = run("prices")
    assert result.returncode == 1
    assert result.stderr.startswith("error: AWS's Price List was not reached: Unable to locate credentials. Nothing is")
    assert "prices, read " in result.stderr
    assert (PROJECT / "modules/planning/cost/prices.csv").read_bytes() == book
