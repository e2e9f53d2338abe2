"""The set-up of checkov: once, into an environment of its own, from versions that are all pinned."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PYTHON = """#!/bin/sh
for folder in "$@"; do :; done
mkdir -p "$folder/bin"
printf '#!/bin/sh\\necho pip "$@" >>"$CALLS"\\n[ -z "${PIP_FAILS:-}" ] || { echo pip says why; exit 1; }\\n' \\
    >"$folder/bin/pip"
chmod +x "$folder/bin/pip"
echo python "$@" >>"$CALLS"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the set-up, with a Python that makes environments whose pip only notes what it was asked."""
    (tmp_path / "modules/commands").mkdir(parents=True)
    shutil.copy(PROJECT / "modules/commands/setup_checkov.sh", tmp_path / "modules/commands")
    shutil.copy(PROJECT / "requirements-checkov.txt", tmp_path)
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def set_up(project: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sh", "modules/commands/setup_checkov.sh"],
        cwd=project,
        env={**os.environ, "PYTHON": str(project / "python"), "CALLS": str(project / "calls"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def calls(project: Path) -> list[str]:
    return (project / "calls").read_text().splitlines()


def test_checkov_is_installed_once_into_an_environment_of_its_own(project: Path) -> None:
    first = set_up(project)
    assert (first.returncode, first.stderr) == (0, "Installing checkov into .tools/checkov\n")
    assert calls(project) == [
        "python -m venv --clear .tools/checkov",
        "pip install --quiet --no-deps --requirement requirements-checkov.txt",
    ]
    second = set_up(project)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert len(calls(project)) == 2


def test_other_versions_are_installed_again(project: Path) -> None:
    set_up(project)
    with (project / "requirements-checkov.txt").open("a") as packages:
        packages.write("another==1.0\n")
    set_up(project)
    assert len(calls(project)) == 4


def test_an_installation_that_fails_says_why_and_is_tried_again(project: Path) -> None:
    failed = set_up(project, PIP_FAILS="1")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[1:] == [
        "pip says why",
        "error: checkov cannot be installed; the whole log is .tools/setup-checkov.log",
    ]
    assert set_up(project).returncode == 0


def test_every_package_of_checkov_is_pinned_and_checkov_is_none_of_the_projects_own() -> None:
    lines = (PROJECT / "requirements-checkov.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert [line for line in lines if line.startswith("checkov==")]
    assert "checkov" not in (PROJECT / "Pipfile").read_text()
