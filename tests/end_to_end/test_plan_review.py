"""What whoever approves a plan sees, and what a pipeline is told, of real plans against what is deployed."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def gated(checkout: Checkout, **variables: str) -> Result:
    """As a pipeline runs it: `make` would turn every code into 2."""
    ran = subprocess.run(
        [".venv/bin/python", "-m", "modules.commands", "plan"],
        cwd=checkout.directory,
        env={**checkout.environment(), "GATE": "yes", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(ran.returncode, ran.stdout)


@pytest.fixture
def dangerous_environments(checkout: Checkout, tmp_path: Path) -> Path:
    """A copy in which another name replaces the database, a certificate opens a port, and less is kept."""
    directory = tmp_path / "environments"
    shutil.copytree(checkout.directory / "environments", directory)
    file = directory / "benchmark.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["database"].update(name="gateway", backup_retention_days=1)
    settings["load_balancer"]["certificate_arn"] = CERTIFICATE
    settings["logs"]["retention_days"] = 1
    file.write_text(yaml.safe_dump(settings))
    return directory


def test_a_lost_database_an_opened_port_and_lowered_retention_are_on_top_and_stop_a_pipeline(
    checkout: Checkout, deployment: Result, dangerous_environments: Path
) -> None:
    result = gated(checkout, DEPLOY_ENVIRONMENTS_DIRECTORY=str(dangerous_environments))

    assert result.code == 3, result.output
    told = result.output[result.output.index("DANGEROUS: environment benchmark on the rehearsal") :].splitlines()
    assert "aws_db_instance.database is replaced" in told[1]
    assert "tcp 443 from 0.0.0.0/0" in told[2]
    assert any("service_logs: retention lowered" in line and line.endswith("7 -> 1") for line in told[3:10])
    assert any("aws_db_instance.database: retention lowered" in line for line in told[3:10])
    assert any("a month before" in line for line in told)

    page, comment, record = (max(checkout.directory.glob(f".reviews/*.{end}")) for end in ("html", "md", "json"))
    for text in (page.read_text(), comment.read_text()):
        assert text.index("is replaced: the database") < text.index("tcp 443") < text.index("Database: ")
    assert json.loads(record.read_text())["outcome"] == "dangerous"
    assert not (checkout.directory / "cdktf.out/stacks/benchmark/plan").exists()


def test_an_unchanged_environment_is_one_line_and_lets_a_pipeline_go_on(checkout: Checkout, deployment: Result) -> None:
    result = gated(checkout)

    assert result.code == 0, result.output
    assert result.output.splitlines()[-1] == (
        "No changes: environment benchmark on the rehearsal, region us-east-1 is as its settings have it."
    )
