"""The file of waivers, read so that a mistake in it is one line."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modules.environment_file import read_yaml
from modules.policy.judgement import WAIVERS_FILE, Waiver


class WaiversError(Exception):
    """The file cannot be used; the message says where and why."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    stack: str
    resource: Annotated[str, Field(pattern=r"^(data\.)?aws_\w+\.[\w-]+$")]
    check: Annotated[str, Field(pattern=r"^CKV2?_[A-Z0-9]+_\d+$")]
    reason: Annotated[str, Field(min_length=20)]
    expires: date


def read_waivers(path: Path) -> list[Waiver]:
    """The waivers of a file; an empty file has none.

    Raises:
        WaiversError: an entry is not complete, or says what no waiver says.
        SettingsError: the file is not there or no YAML.
    """
    content = read_yaml(path) or []
    if not isinstance(content, list):
        raise WaiversError(f"{WAIVERS_FILE}: a list of waivers is expected")
    return [_waiver(number, entry) for number, entry in enumerate(content, start=1)]


def _waiver(number: int, entry: object) -> Waiver:
    try:
        return Waiver(**_Entry.model_validate(entry).model_dump())
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'entry'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise WaiversError(f"{WAIVERS_FILE}: waiver {number}: {found}") from None
