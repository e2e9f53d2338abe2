"""A person's word before a notebook changes something that AWS charges for or users feel."""

from collections.abc import Callable

from modules.operations.deployment import Deployment

Ask = Callable[[str], str]
"""Asks a person a question, and returns what was typed."""


class NotConfirmedError(Exception):
    """The environment's name was not typed."""


def ask_person(confirmed: str) -> Ask:
    """
    Args:
        confirmed: what a person has typed at a terminal already; empty: the notebook asks.
    """
    return (lambda _: confirmed) if confirmed else input


def require(deployment: Deployment, what: str, ask: Ask) -> None:
    """On AWS somebody has to type the environment's name; on a rehearsal nobody is asked.

    Args:
        what: happens then, as the beginning of a sentence that ends with the environment.

    Raises:
        NotConfirmedError: it was not typed; nothing was changed.
    """
    name = deployment.environment.name
    if deployment.target.rehearsal:
        return
    if ask(f"{what} {name} on {deployment.target}. Type {name} to go on: ").strip() != name:
        raise NotConfirmedError(f"not confirmed: {name} was not typed; nothing was changed")
