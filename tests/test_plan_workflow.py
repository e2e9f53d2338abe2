"""The workflow that reviews plans on pull requests: short-lived credentials, pinned actions, least permissions."""

import re
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[1]
TEXT = (PROJECT / ".github/workflows/plan.yml").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JOBS: dict[str, Any] = WORKFLOW["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]


def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it() -> None:
    used = re.findall(r"uses: (\S+)(.*)", TEXT)
    assert len(used) == len([step for step in STEPS if "uses" in step]) >= 7
    for action, comment in used:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


def test_credentials_come_by_oidc_and_nothing_is_kept() -> None:
    assert "secrets." not in TEXT
    assert "access-key" not in TEXT
    assert JOBS["plan"]["permissions"] == {"contents": "read", "id-token": "write"}


def test_who_runs_the_pull_requests_code_may_not_write() -> None:
    assert WORKFLOW["permissions"] == {}
    writing = {name for name, job in JOBS.items() if "write" in str(job["permissions"].get("pull-requests"))}
    assert writing == {"comment"}
    assert not any("checkout" in str(step.get("uses")) for step in JOBS["comment"]["steps"])
    # YAML 1.1 reads the key `on` as true.
    assert set(WORKFLOW[True]) == {"pull_request"}


def test_nothing_of_the_pull_request_becomes_a_part_of_a_script() -> None:
    assert [step["run"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_the_tools_are_the_ones_that_the_readme_asks_for() -> None:
    versions = {key: value for step in STEPS for key, value in step.get("with", {}).items() if "version" in key}
    assert versions == {"python-version": "3.11", "node-version": "22", "terraform_version": "1.11.4"}
