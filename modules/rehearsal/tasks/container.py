"""From a container of a task definition to the process that stands in for it. Nothing is started here."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modules.rehearsal.tasks.images import AGENT, Program, program

_PROJECT = Path(__file__).resolve().parents[3]
_MIGRATIONS = ("-m", "modules.rehearsal.database.migrations")
_DATABASE = re.compile(r"DATABASE_.*|IAM_TOKEN_DB_AUTH|STORE_MODEL_IN_DB")
_SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
DATABASE_FEATURES = "virtual keys, users, budgets, spend logs, models in the database"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a task's processes get beside their definition.

    Attributes:
        url: of the AWS API.
        address: the task's own on the loopback network.
        scratch: an empty folder of the task.
        upstream: URL of the fake LLM provider.
        query_engine: Prisma's; None: LiteLLM runs without a database.
        authorities: a file of the certificate authorities that the task trusts; None: the machine's.
    """

    url: str
    region: str
    address: str
    scratch: Path
    workers_limit: int
    upstream: str | None = None
    query_engine: Path | None = None
    authorities: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Launch:
    """
    Attributes:
        capped_workers: how many workers the definition asks for, when they are more than the rehearsal allows.
        features_off: of LiteLLM, which are not there without a database.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    image: str
    remark: str | None = None
    capped_workers: int | None = None
    features_off: tuple[str, ...] = ()


def launch(
    definition: Mapping[str, Any],
    secrets: Mapping[str, str],
    around: Surroundings,
    override: Mapping[str, Any] | None = None,
) -> Launch:
    """
    Args:
        secrets: values by the variables' names.
        override: what RunTask has for this container: its command and more variables.

    Raises:
        CannotPullContainerError: no program stands in for the image.
    """
    override = override or {}
    found = program(definition["image"])
    stated = {
        one["name"]: one["value"] for one in [*definition.get("environment", []), *override.get("environment", [])]
    }
    variables = {name: _mapped(value, definition, around.scratch) for name, value in (stated | dict(secrets)).items()}
    command = list(override.get("command") or definition.get("command") or [])
    own = _own_variables(found, around)
    capped: int | None = None
    off: tuple[str, ...] = ()
    if found.name == "litellm" and not definition.get("entryPoint"):
        if "--skip_server_startup" in command and around.query_engine is None:
            arguments = [sys.executable, *_MIGRATIONS]
            own["PYTHONPATH"] = str(_PROJECT)
        else:
            if around.query_engine is None:
                variables, off = _without_database(variables)
            command, variables, capped = _capped(command, variables, around.workers_limit)
            arguments = [*found.entrypoint, *command, "--host", around.address]
    elif found.name == AGENT:
        arguments = list(found.entrypoint)
    else:
        arguments = list(definition.get("entryPoint") or found.entrypoint) + command
        # Where a server has to listen; LiteLLM's own command is told by an option.
        own["HOST"] = around.address
    return Launch(
        arguments=tuple(arguments),
        environment=variables | own,
        folder=around.scratch,
        image=definition["image"],
        remark=found.remark,
        capped_workers=capped,
        features_off=off,
    )


def health_check_arguments(command: Sequence[str], address: str) -> tuple[str, ...]:
    """A process has the machine's loopback network and no own: the container's own address is the task's."""
    kind, *rest = [re.sub(r"\b(127\.0\.0\.1|localhost)\b", address, word) for word in command]
    return ("sh", "-c", *rest) if kind == "CMD-SHELL" else tuple(rest)


def _own_variables(found: Program, around: Surroundings) -> dict[str, str]:
    own = {
        "PATH": ":".join([*map(str, found.path), *_SYSTEM_PATH]),
        "HOME": str(around.scratch),
        "TMPDIR": str(around.scratch),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": around.url,
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_REGION": around.region,
        "AWS_DEFAULT_REGION": around.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **found.variables,
    }
    if around.upstream:
        own["REHEARSAL_UPSTREAM"] = around.upstream
    if around.authorities:
        # On AWS every image trusts Amazon's authority, which signs a cache's certificate.
        own["SSL_CERT_FILE"] = str(around.authorities)
    if found.name == "litellm":
        # Without a network, each start would wait 8 s for three attempts to fetch prices from GitHub.
        own["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    if around.query_engine:
        own["PRISMA_QUERY_ENGINE_BINARY"] = str(around.query_engine)
    return own


def _mapped(value: str, definition: Mapping[str, Any], scratch: Path) -> str:
    """A path below a mounted volume, as the folder that stands in for the volume."""
    for mount in definition.get("mountPoints", []):
        inside = mount["containerPath"].rstrip("/")
        if value == inside or value.startswith(f"{inside}/"):
            return f"{scratch}{value.removeprefix(inside)}"
    return value


def _without_database(variables: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    kept = {name: value for name, value in variables.items() if not _DATABASE.fullmatch(name)}
    off = f"no Prisma engine on this machine: {DATABASE_FEATURES}"
    return kept, (off,) if len(kept) < len(variables) else ()


def _capped(
    command: Sequence[str], variables: Mapping[str, str], limit: int
) -> tuple[list[str], dict[str, str], int | None]:
    """At most `limit` workers, whether the command or the variable asks for more."""
    capped_command, capped_variables = list(command), dict(variables)
    wanted = [1]
    for position, word in enumerate(command):
        option, equals, value = word.partition("=")
        if option == "--num_workers" and (equals or position + 1 < len(command)):
            count = int(value if equals else command[position + 1])
            wanted.append(count)
            if equals:
                capped_command[position] = f"{option}={min(count, limit)}"
            else:
                capped_command[position + 1] = str(min(count, limit))
    if "NUM_WORKERS" in capped_variables:
        wanted.append(int(capped_variables["NUM_WORKERS"]))
        capped_variables["NUM_WORKERS"] = str(min(wanted[-1], limit))
    return capped_command, capped_variables, max(wanted) if max(wanted) > limit else None
