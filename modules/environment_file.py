"""Reading an environment's file: YAML to settings, with errors that a person can act on."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from modules.file_errors import explained
from modules.settings import Environment

ENVIRONMENTS = Path(__file__).resolve().parent.parent / "environments"


class SettingsError(Exception):
    """A person's settings cannot be used; the message says where, what, and what is allowed."""


def environment_names(directory: Path = ENVIRONMENTS) -> list[str]:
    """Names of the environments in a directory; LiteLLM's own files beside them state no `name`."""
    contents = {path.stem: read_yaml(path) for path in directory.glob("*.yaml")}
    return sorted(name for name, content in contents.items() if isinstance(content, dict) and "name" in content)


def load(name: str, directory: Path = ENVIRONMENTS) -> Environment:
    """The settings of the environment `name`.

    Raises:
        SettingsError: there is no such file, or something in it is unknown, missing or not allowed.
    """
    path = directory / f"{name}.yaml"
    if not path.is_file():
        raise SettingsError(
            f"environment {name!r} does not exist; there are: {', '.join(environment_names(directory))}"
        )
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise SettingsError(f"{shown(path)}: a mapping of settings is expected, starting with 'name: {name}'")
    try:
        environment = Environment.model_validate(content)
    except ValidationError as error:
        problems = explained(error.errors(), content, Environment)
        raise SettingsError("\n".join(f"{shown(path)}: {problem}" for problem in problems)) from None
    if environment.name != name:
        raise SettingsError(f"{shown(path)}: name: got {environment.name!r}; the file's name says {name!r}")
    return environment


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        SettingsError: it is not valid YAML, or states a key twice.
    """
    if not path.is_file():
        raise SettingsError(f"{shown(path)} does not exist")
    try:
        return yaml.load(path.read_text(), _UniqueKeys)  # a subclass of SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{shown(path)}: not valid YAML: {error}") from None


class _UniqueKeys(yaml.SafeLoader):
    """YAML's own rule, which PyYAML does not hold: of two equal keys the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is stated twice", key.start_mark
                )
        return super().construct_mapping(node, deep)


def shown(path: Path) -> str:
    """A path as a person would write it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
