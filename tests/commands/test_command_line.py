"""A person's mistakes on the command line are told in a line, never in a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules.environment_file import environment_names

PROJECT = Path(__file__).parents[2]
COMMANDS = ("deploy", "plan", "destroy", "unlock", "env", "master-key", "lab")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "modules.commands", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", [("redeploy",), (), ("deploy", "--force")])
def test_a_command_that_does_not_exist_is_told_with_those_that_do(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "error: " in result.stderr.splitlines()[-1]
    assert all(command in result.stderr for command in COMMANDS)


@pytest.mark.parametrize("command", ["deploy", "destroy", "env"])
def test_a_wrong_environment_is_one_line_whatever_the_command(command: str) -> None:
    result = run(command, "--environment", "staging")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"error: environment 'staging' does not exist; there are: {', '.join(environment_names())}\n"
    )


def test_make_help_lists_every_command_and_the_environments() -> None:
    # A make inside of `make test` would say which folder it enters.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    result = subprocess.run(
        ["make", "help"], cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=60, check=True
    )
    explained = {line.split()[0] for line in result.stdout.splitlines()[2:]}
    assert set(COMMANDS) | {"test", "lock", "rehearsal-stop", "help"} <= explained
    assert f"ENV={'|'.join(environment_names())}" in result.stdout.splitlines()[0]
