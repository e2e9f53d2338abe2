"""What each command called: kept in a file of the repository, renewed from what a rehearsal recorded."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/iam"
CALLS_FILE = FOLDER / "calls.json"
ENVIRONMENT = "ENVIRONMENT"
"""Stands in the policies where an environment's name is."""
_OWN_ROLE = re.compile(r" [a-z][a-z0-9-]*-litellm")
_STATES_ROLE = re.compile(r" litellm-state-copy-.*")


class Called(BaseModel):
    """
    Attributes:
        operations: such as `ecs:RunTask`, in boto3's names.
        roles: operations with a role that the request named, such as `ecs:RunTask ENVIRONMENT-litellm-execution`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    operations: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def joined(self, other: Self) -> Self:
        return type(self)(
            operations=_sorted(self.operations, other.operations),
            roles=_sorted(self.roles, (_without_environment(role) for role in other.roles)),
        )


Calls = Mapping[str, Called]
"""By command."""


def read_calls(path: Path = CALLS_FILE) -> dict[str, Called]:
    """Those of a file, or none where there is none yet."""
    return parsed(json.loads(path.read_text())) if path.is_file() else {}


def parsed(content: Mapping[str, object]) -> dict[str, Called]:
    """What the file holds, and what a rehearsal says."""
    return {command: Called.model_validate(called) for command, called in content.items()}


def joined(kept: Calls, recorded: Calls) -> dict[str, Called]:
    """Nothing is forgotten: one run seldom does all that a command may do."""
    commands = sorted({*kept, *recorded})
    nothing = Called()
    return {name: kept.get(name, nothing).joined(recorded.get(name, nothing)) for name in commands}


def write_calls(calls: Calls, path: Path = CALLS_FILE) -> None:
    content = {command: called.model_dump() for command, called in sorted(calls.items())}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def _sorted(*several: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({one for some in several for one in some}))


def _without_environment(role: str) -> str:
    return _STATES_ROLE.sub(" litellm-state-copy-*", _OWN_ROLE.sub(f" {ENVIRONMENT}-litellm", role, count=1))
