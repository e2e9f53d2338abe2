"""A person's word before a notebook changes something that AWS charges for or users feel."""

from collections.abc import Callable
from typing import Protocol

from modules.settings import Environment
from modules.target import Target

Ask = Callable[[str], str]
"""Asks a person a question, and returns what was typed."""


class Place(Protocol):
    """An environment on a target, deployed or not yet."""

    @property
    def environment(self) -> Environment: ...

    @property
    def target(self) -> Target: ...


class NotConfirmedError(Exception):
    """The environment's name was not typed."""


def ask_person(confirmed: str) -> Ask:
    """
    Args:
        confirmed: what a person has typed at a terminal already; empty: the notebook asks.
    """
    return (lambda _: confirmed) if confirmed else input


def require(place: Place, what: str, ask: Ask) -> None:
    """On AWS somebody has to type the environment's name; on a rehearsal nobody is asked.

    Args:
        what: happens then, as the beginning of a sentence that ends with the environment.

    Raises:
        NotConfirmedError: it was not typed; nothing was changed.
    """
    name = place.environment.name
    if place.target.rehearsal:
        return
    if ask(f"{what} {name} on {place.target}, region {place.target.region}. Type {name} to go on: ").strip() != name:
        raise NotConfirmedError(f"not confirmed: {name} was not typed; nothing was changed")
