"""Before a command starts anything: the target, the environment and the account have to be clear."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules.commands.terraform_provider import MIRROR_VARIABLE, PROVIDER, VERSION, platform_name
from modules.environment_file import environment_names

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def person(tmp_path: Path) -> dict[str, str]:
    """The variables of somebody without credentials, whose provider is at hand, so that nothing asks the network."""
    (tmp_path / "mirror" / PROVIDER / VERSION / platform_name()).mkdir(parents=True)
    (tmp_path / "home").mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DEPLOY_", "TF_"))}
    return {
        **inherited,
        "HOME": str(tmp_path / "home"),
        MIRROR_VARIABLE: str(tmp_path / "mirror"),
        "REHEARSAL_DIRECTORY": str(tmp_path / "rehearsal"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def refused(person: dict[str, str], *arguments: str, command: str = "plan") -> str:
    """The one line that a person reads after `python -m modules.commands plan`; nothing was started."""
    result = subprocess.run(
        [sys.executable, "-m", "modules.commands", command, *arguments],
        cwd=PROJECT,
        env=person,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stdout == ""
    assert not Path(person["REHEARSAL_DIRECTORY"]).exists()
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def test_an_unknown_target_is_refused_with_those_that_there_are(person: dict[str, str]) -> None:
    assert refused(person, "--target", "azure") == "TARGET is 'azure'; allowed: rehearsal, aws"


@pytest.mark.parametrize("command", ["master-key", "drill-task", "drill-abort"])
def test_what_needs_a_deployment_does_not_start_a_rehearsal(person: dict[str, str], command: str) -> None:
    assert refused(person, command=command) == (
        "no rehearsal is running, so that nothing is deployed: 'make deploy ENV=benchmark'"
    )


def test_an_unknown_environment_is_refused_before_the_rehearsal_is_started(person: dict[str, str]) -> None:
    assert refused(person, "--environment", "staging") == (
        f"environment 'staging' does not exist; there are: {', '.join(environment_names())}"
    )


def test_aws_in_a_shell_that_is_set_up_for_a_rehearsal_is_refused(person: dict[str, str]) -> None:
    endpoint = "http://127.0.0.1:5555"
    message = refused({**person, "AWS_ENDPOINT_URL": endpoint}, "--target", "aws")
    assert f"TARGET is aws, but AWS_ENDPOINT_URL is {endpoint}, where the commands would go instead" in message
    assert message.endswith("unset AWS_ENDPOINT_URL, or use a new shell")


def test_aws_without_credentials_is_refused_with_how_to_sign_in(person: dict[str, str]) -> None:
    message = refused(person, "--target", "aws")
    assert message == (
        "TARGET is aws, but AWS does not say whose credentials these are: Unable to locate credentials; sign in "
        "('aws sso login', AWS_PROFILE, ...) and try again"
    )


def test_aws_with_a_profile_that_does_not_exist_is_refused_with_its_name(person: dict[str, str]) -> None:
    message = refused({**person, "AWS_PROFILE": "jane"}, "--target", "aws")
    assert "(jane)" in message
    assert message.startswith("TARGET is aws, but AWS does not say whose credentials these are: ")


def test_the_example_domain_of_production_is_refused_on_aws_and_only_there(person: dict[str, str]) -> None:
    message = refused(person, "--target", "aws", "--environment", "production")
    assert message.startswith(
        "environments/production.yaml: load_balancer.domain is litellm.example.com, which belongs"
    )


def test_a_port_that_is_no_number_is_refused(person: dict[str, str]) -> None:
    message = refused({**person, "REHEARSAL_PORT": "http"})
    assert message == "REHEARSAL_PORT is 'http'; it should be a port number"


def test_an_empty_port_is_no_port(person: dict[str, str], tmp_path: Path) -> None:
    message = refused({**person, "REHEARSAL_PORT": "", MIRROR_VARIABLE: str(tmp_path / "home")})
    assert "REHEARSAL_PORT" not in message


def test_a_provider_that_cannot_be_found_is_refused_before_the_rehearsal_is_started(
    person: dict[str, str], tmp_path: Path
) -> None:
    message = refused({**person, MIRROR_VARIABLE: str(tmp_path / "home")})
    assert message.startswith(f"{MIRROR_VARIABLE} is '{tmp_path / 'home'}', but there is no {PROVIDER}/{VERSION}/")
