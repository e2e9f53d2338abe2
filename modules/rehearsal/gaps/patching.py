"""How a gap is closed: one named method of moto at a time, never silently."""

import functools
from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


def wrap(owner: type, name: str, extension: Method) -> None:
    """Lets `extension(original, *arguments)` answer where moto has the method or property `owner.name`."""
    original: Any = getattr(owner, name, None)
    if original is None:
        raise AttributeError(
            f"{extension.__module__}.{extension.__name__} extends {owner.__module__}.{owner.__name__}.{name}, "
            f"which this release of moto does not have"
        )
    function: Any = original.fget if isinstance(original, property) else original
    if getattr(function, "closed_by", None) is extension:
        return

    @functools.wraps(function)
    def method(*arguments: Any, **named: Any) -> Any:
        return extension(function, *arguments, **named)

    method.closed_by = extension  # type: ignore[attr-defined]
    setattr(owner, name, property(method) if isinstance(original, property) else method)


def add(owner: type, name: str, method: Any) -> None:
    """Gives moto's class what it lacks; refuses when moto has it by now, because then this gap is to be dropped."""
    existing = getattr(owner, name, None)
    if existing is method:
        return
    if existing is not None:
        raise AttributeError(
            f"{owner.__module__}.{owner.__name__}.{name} exists in this release of moto: "
            f"drop the rehearsal's own, in modules/rehearsal/gaps"
        )
    setattr(owner, name, method)
