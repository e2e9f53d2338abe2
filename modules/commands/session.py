"""What every command starts from: a checked environment, its target, and the variables for the tools."""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import botocore.exceptions

from modules.commands.errors import CommandError
from modules.commands.provenance import OPERATOR
from modules.commands.rehearsal_account import add_what_an_account_has
from modules.commands.terraform_provider import provider_variables, without_missing_configuration
from modules.environment_file import ENVIRONMENTS
from modules.preparation import Prepared, prepare
from modules.rehearsal import lifecycle
from modules.settings import Environment
from modules.target import Target

ROOT = Path(__file__).resolve().parent.parent.parent
TARGETS = ("rehearsal", "aws")

TERRAFORM_ALIVE_FILE = ROOT / ".terraform-alive"

QUIET = {
    # Neither tool asks the network for its newest version.
    "CHECKPOINT_DISABLE": "1",
    "DISABLE_VERSION_CHECK": "1",
}


@dataclass(frozen=True, kw_only=True)
class Session:
    """An environment on its target.

    Attributes:
        variables: what the tools need beyond the variables that are there already.
    """

    prepared: Prepared
    target: Target
    variables: Mapping[str, str]

    @property
    def environment(self) -> Environment:
        return self.prepared.environment

    @property
    def name(self) -> str:
        return self.environment.name

    @property
    def description(self) -> str:
        return f"environment {self.name} on {self.target}, region {self.target.region}"


def open_session(target: str, environment: str, variables: Mapping[str, str], *, start: bool = True) -> Session:
    """Checks the environment, then finds the target: starts the rehearsal, or asks AWS who is calling.

    Args:
        start: whether a rehearsal is started where none is running.

    Raises:
        SettingsError, CommandError, RehearsalError: a person has to mend something; nothing was started.
    """
    if target not in TARGETS:
        raise CommandError(f"TARGET is {target!r}; allowed: {', '.join(TARGETS)}")
    prepared = prepare(environment, Path(variables.get("DEPLOY_ENVIRONMENTS_DIRECTORY", ENVIRONMENTS)))
    region = prepared.environment.region
    tools = {**QUIET, **_reconfiguring(provider_variables(variables))}
    if target == "aws":
        _refuse_placeholder_domain(prepared)
        account_id, operator = _aws_caller(region, variables)
        aws = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    else:
        port = variables.get("REHEARSAL_PORT", "")
        if port and not port.isdigit():
            raise CommandError(f"REHEARSAL_PORT is {port!r}; it should be a port number")
        directory = rehearsal_directory(variables)
        if not start and lifecycle.running(directory) is None:
            raise CommandError(f"no rehearsal is running, so that nothing is deployed: 'make deploy ENV={environment}'")
        rehearsal = lifecycle.start(directory, int(port) if port else None)
        account_id, operator = rehearsal.account_id, _user()
        aws = rehearsal.environment(region)
    return Session(
        prepared=prepared,
        target=Target(account_id=account_id, region=region, rehearsal=target == "rehearsal"),
        variables={
            **tools,
            **aws,
            "REHEARSAL_DIRECTORY": str(rehearsal_directory(variables)),
            "DEPLOY_TARGET": target,
            "DEPLOY_ENVIRONMENT": environment,
            "DEPLOY_ACCOUNT_ID": account_id,
            OPERATOR: operator,
            "TERRAFORM_BINARY_NAME": str(ROOT / "modules/commands/terraform_in_peace.py"),
            "TERRAFORM_ALIVE_FILE": str(TERRAFORM_ALIVE_FILE),
            "PATH": _path_with_tools(variables.get("PATH", "")),
            "PYTHONPATH": str(ROOT),
        },
    )


def rehearsal_directory(variables: Mapping[str, str]) -> Path:
    """Where the rehearsal keeps its address and its log; the variable lets two checkouts share one."""
    return Path(variables.get("REHEARSAL_DIRECTORY") or ROOT / ".rehearsal")


def enter(session: Session, command: str) -> None:
    """Gives this process, and whatever it starts, the session's variables. To be called before boto3 is used.

    Args:
        command: what AWS is told about who asks: CloudTrail shows it, and the rehearsal keeps what each one asked for.
    """
    complete = without_missing_configuration({**os.environ, **session.variables})
    os.environ.clear()
    os.environ.update(complete)
    if session.target.rehearsal:
        add_what_an_account_has(session.prepared.environment)
    os.environ["AWS_SDK_UA_APP_ID"] = command


def _reconfiguring(provider: Mapping[str, str]) -> dict[str, str]:
    """Terraform's working folders are shared by all targets: each start takes the state's place from the synthesized
    stack, never from what the folder remembers."""
    arguments = ["-reconfigure", provider.get("TF_CLI_ARGS_init", "")]
    return {**provider, "TF_CLI_ARGS_init": " ".join(arguments).strip()}


def _refuse_placeholder_domain(prepared: Prepared) -> None:
    domain = prepared.environment.load_balancer.domain
    if domain and domain.hosted_zone.split(".")[-2] == "example":
        raise CommandError(
            f"environments/{prepared.environment.name}.yaml: load_balancer.domain is {domain.name}, which belongs to "
            "nobody (RFC 2606); state a domain of yours and its Route 53 zone, or a certificate_arn"
        )


def _aws_caller(region: str, variables: Mapping[str, str]) -> tuple[str, str]:
    """Account and ARN."""
    if endpoint := variables.get("AWS_ENDPOINT_URL"):
        raise CommandError(
            f"TARGET is aws, but AWS_ENDPOINT_URL is {endpoint}, where the commands would go instead; this shell is "
            "set up for a rehearsal: unset AWS_ENDPOINT_URL, or use a new shell"
        )
    try:
        caller = boto3.Session(region_name=region).client("sts").get_caller_identity()
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise CommandError(
            f"TARGET is aws, but AWS does not say whose credentials these are: {error}; sign in ('aws sso login', "
            "AWS_PROFILE, ...) and try again"
        ) from None
    return caller["Account"], caller["Arn"]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # In a container whose user has no name.
        return f"user {os.geteuid()}"


def _path_with_tools(path: str) -> str:
    tools = [str(ROOT / "node_modules/.bin"), str(ROOT / ".venv/bin")]
    return os.pathsep.join([*tools, *(part for part in path.split(os.pathsep) if part not in tools)])
