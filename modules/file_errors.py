"""What pydantic found wrong in a person's file, in words that the person can act on."""

import difflib
from collections.abc import Iterable
from itertools import groupby
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Model = type[BaseModel]


def explained(errors: Iterable[ErrorDetails], content: dict[str, Any], root: Model) -> list[str]:
    """A line for each key; pydantic tells each branch of a union apart, a person knows only the file's keys.

    Args:
        root: the model that the whole content was validated against.
    """
    return [
        _problem(list(keys), list(group), content, root)
        for keys, group in groupby(errors, key=lambda error: tuple(_keys_of(error, content, root)))
    ]


_UNKNOWN_KEY = ("extra_forbidden", "invalid_key")


def _keys_of(error: ErrorDetails, content: dict[str, Any], root: Model) -> list[int | str]:
    keys: list[int | str] = []
    for part in error["loc"]:
        if isinstance(part, str) and error["type"] not in _UNKNOWN_KEY:
            stated = _value_at(content, keys)
            is_a_persons_key = isinstance(stated, dict) and part in stated
            if _field_at([*keys, part], root) is None and not is_a_persons_key:
                break
        keys.append(part)
    return keys


def _problem(keys: list[int | str], errors: list[ErrorDetails], content: dict[str, Any], root: Model) -> str:
    kind = errors[0]["type"]
    if kind == "invalid_key":
        keys = [*keys[:-1], str(errors[0]["input"])]
    key = ".".join(str(part) for part in keys)
    if kind in _UNKNOWN_KEY:
        return f"{key}: unknown key; {_allowed_keys(keys, root)}"
    if kind == "missing":
        return f"{key}: missing; it has no default"
    value = _value_at(content, keys)
    field = _field_at(keys, root)
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
        number = "number" if field and field.annotation is float else "whole number"
        return f"it should be a {number}{unit}{bounds}, without a unit"
    if error["type"].startswith("float_"):
        return "it should be a number, without a unit"
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


def _field_at(keys: list[int | str], root: Model) -> FieldInfo | None:
    fields = _fields([root])
    found: FieldInfo | None = None
    for key in keys:
        if isinstance(key, int):
            # An item of a list is no field, but what it may hold is known.
            found = None
            continue
        found = fields.get(key)
        fields = _fields(_inner_models(found.annotation)) if found else {}
    return found


def _allowed_keys(keys: list[int | str], root: Model) -> str:
    parent = _field_at([key for key in keys[:-1] if not isinstance(key, int)], root)
    allowed = list(_fields(_inner_models(parent.annotation) if parent else [root]))
    close = difflib.get_close_matches(str(keys[-1]), allowed, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return f"{meant}allowed here: {', '.join(allowed)}"


def _value_at(content: Any, keys: list[int | str]) -> Any:
    for key in keys:
        content = content[key]
    return content
