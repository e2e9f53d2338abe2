"""Asking the person at the terminal before something happens that AWS charges for or users feel."""

import sys

from modules.commands.errors import CommandError
from modules.commands.session import Session


def confirm(session: Session, what: str) -> None:
    """On AWS somebody has to type the environment's name; on a rehearsal nobody is asked.

    Args:
        what: happens then, as the beginning of a sentence that ends with the environment: "This breaks a part of".

    Raises:
        CommandError: the name was not typed, or there is no terminal to ask in.
    """
    if session.target.rehearsal:
        return
    if not sys.stdin.isatty():
        raise CommandError(
            f"{what} {session.description}: on AWS a person has to confirm that, and there is no terminal to ask in"
        )
    if input(f"{what} {session.description}. Type {session.name} to go on: ").strip() != session.name:
        raise CommandError(f"not confirmed: {session.name} was not typed")
