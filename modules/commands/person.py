"""Asking the person at the terminal before something happens that AWS charges for or users feel."""

import sys

from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.operations.consent import NotConfirmedError, require


def confirm(session: Session, what: str) -> None:
    """On AWS somebody has to type the environment's name; on a rehearsal nobody is asked.

    Args:
        what: happens then, as the beginning of a sentence that ends with the environment: "This breaks a part of".

    Raises:
        CommandError: the name was not typed, or there is no terminal to ask in.
    """
    if not session.target.rehearsal and not sys.stdin.isatty():
        raise CommandError(
            f"{what} {session.description}: on AWS a person has to confirm that, and there is no terminal to ask in"
        )
    try:
        require(session, what, input)
    except NotConfirmedError as error:
        raise CommandError(str(error)) from None
