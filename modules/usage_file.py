"""Reading what an environment is used for in a month (`environments/usage/`)."""

from pathlib import Path

from pydantic import ValidationError

from modules.environment_file import ENVIRONMENTS, SettingsError, read_yaml, shown
from modules.file_errors import explained
from modules.settings.usage import Usage


def load_usage(name: str, directory: Path = ENVIRONMENTS) -> Usage:
    """The usage of the environment `name`.

    Args:
        directory: of the environments' files; the usage files are in `usage/` below it.

    Raises:
        SettingsError: there is no such file, or something in it is unknown or not allowed.
    """
    path = directory / "usage" / f"{name}.yaml"
    if not path.is_file():
        others = ", ".join(sorted(shown(other) for other in path.parent.glob("*.yaml")))
        raise SettingsError(
            f"{shown(path)} does not exist: what {name} costs depends on what it is used for. "
            + (f"Copy one of {others}" if others else "State at least traffic.requests_per_second there")
        )
    content = read_yaml(path) or {}
    if not isinstance(content, dict):
        raise SettingsError(f"{shown(path)}: a mapping is expected, such as 'traffic:' with its quantities below")
    try:
        return Usage.model_validate(content)
    except ValidationError as error:
        problems = explained(error.errors(), content, Usage)
        raise SettingsError("\n".join(f"{shown(path)}: {problem}" for problem in problems)) from None
