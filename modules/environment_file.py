"""Reading an environment's file: YAML to settings, with errors that a person can act on."""

import difflib
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

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
        problems = _problems(error.errors(), content)
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


def _problems(errors: Iterable[ErrorDetails], content: dict[str, Any]) -> list[str]:
    """A line for each key; pydantic tells each branch of a union apart, a person knows only the file's keys."""
    return [
        _problem(list(keys), list(group), content)
        for keys, group in groupby(errors, key=lambda error: tuple(_keys_of(error, content)))
    ]


_UNKNOWN_KEY = ("extra_forbidden", "invalid_key")


def _keys_of(error: ErrorDetails, content: dict[str, Any]) -> list[int | str]:
    keys: list[int | str] = []
    for part in error["loc"]:
        if isinstance(part, str) and error["type"] not in _UNKNOWN_KEY:
            stated = _value_at(content, keys)
            is_a_persons_key = isinstance(stated, dict) and part in stated
            if _field_at([*keys, part]) is None and not is_a_persons_key:
                break
        keys.append(part)
    return keys


def _problem(keys: list[int | str], errors: list[ErrorDetails], content: dict[str, Any]) -> str:
    kind = errors[0]["type"]
    if kind == "invalid_key":
        keys = [*keys[:-1], str(errors[0]["input"])]
    key = ".".join(str(part) for part in keys)
    if kind in _UNKNOWN_KEY:
        return f"{key}: unknown key; {_allowed_keys(keys)}"
    if kind == "missing":
        return f"{key}: missing; it has no default"
    value = _value_at(content, keys)
    field = _field_at(keys)
    allowed = " or ".join(_allowed(error, field, str(keys[-1])) for error in errors)
    if kind == "value_error" and isinstance(value, dict | None):
        return f"{key}: {allowed}"
    note = f" ({' '.join(field.description.split())})" if field and field.description else ""
    return f"{key}: got {value!r}; {allowed}{note}"


_UNITS = ("seconds", "days", "gib", "mib", "percent", "units")


def _allowed(error: ErrorDetails, field: FieldInfo | None, key: str) -> str:
    if error["type"].startswith(("int_", "greater_than", "less_than")):
        unit = next((f" of {unit}" for unit in _UNITS if key.endswith(f"_{unit}")), "")
        limits = _limits(field) if field else {}
        bounds = f" from {limits['ge']} to {limits['le']}" if "le" in limits else ""
        bounds = bounds or (f" of at least {limits['ge']}" if "ge" in limits else "")
        return f"it should be a whole number{unit}{bounds}, without a unit"
    if error["type"] == "tuple_type":
        return "it should be a list"
    if error["type"] in ("model_type", "dict_type"):
        return "it should be a mapping"
    if error["type"] == "ip_v4_network":
        return "it should be an IPv4 network such as 10.0.0.0/16, with no bits set behind its prefix"
    return error["msg"].removeprefix("Value error, ").replace("Input should", "it should")


def _limits(field: FieldInfo) -> dict[str, int]:
    """`ge` and `le` of a number, also inside a union such as `"auto" | number`."""
    nested = [part for option in get_args(field.annotation) for part in getattr(option, "__metadata__", ())]
    flat = [inner for part in [*field.metadata, *nested] for inner in getattr(part, "metadata", [part])]
    return {name: getattr(part, name) for part in flat for name in ("ge", "le") if hasattr(part, name)}


def _inner_models(annotation: Any) -> list[type[BaseModel]]:
    if get_origin(annotation) in (Union, UnionType, tuple):
        return [model for part in get_args(annotation) for model in _inner_models(part)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _fields(models: Iterable[type[BaseModel]]) -> dict[str, FieldInfo]:
    return {name: field for model in models for name, field in model.model_fields.items()}


def _field_at(keys: list[int | str]) -> FieldInfo | None:
    fields = _fields([Environment])
    found: FieldInfo | None = None
    for key in keys:
        if isinstance(key, int):
            # An item of a list is no field, but what it may hold is known.
            found = None
            continue
        found = fields.get(key)
        fields = _fields(_inner_models(found.annotation)) if found else {}
    return found


def _allowed_keys(keys: list[int | str]) -> str:
    parent = _field_at([key for key in keys[:-1] if not isinstance(key, int)])
    allowed = list(_fields(_inner_models(parent.annotation) if parent else [Environment]))
    close = difflib.get_close_matches(str(keys[-1]), allowed, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"{meant}allowed here: {', '.join(allowed)}"


def _value_at(content: Any, keys: list[int | str]) -> Any:
    for key in keys:
        content = content[key]
    return content
