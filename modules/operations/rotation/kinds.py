"""What can be rotated, and what cannot."""

from modules.operations.outputs import Outputs
from modules.settings import Environment
from modules.settings.change import Changes

GENERATIONS = {
    "master_key": "secrets.master_key_generation",
    "database_password": "database.password_generation",
}
"""The setting that makes a new value when it is one more."""
BOTH = "both"
SALT_KEY = "salt_key"


class RefusedError(Exception):
    """Nothing was changed; the message says why."""


def chosen(which: str) -> tuple[str, ...]:
    """
    Args:
        which: one of them, or both; empty: none.

    Raises:
        RefusedError: there is no such secret, or it must never change.
    """
    if which == SALT_KEY:
        raise RefusedError(
            "the salt key is never rotated: it encrypts the providers' keys that are stored in LiteLLM's database "
            "(LiteLLM, docs/proxy/prod.md), and with another one none of them can be read any more. When it has "
            "leaked, make new keys at the providers, deploy a new environment beside this one, and store them there"
        )
    if which in ("", *GENERATIONS):
        return (which,) if which else ()
    if which == BOTH:
        return tuple(GENERATIONS)
    raise RefusedError(f"WHICH is {which!r}; allowed: {', '.join([*GENERATIONS, BOTH])}")


def next_generations(environment: Environment, which: tuple[str, ...]) -> Changes:
    """The lines of the environment's file that make the new values."""
    now = {
        "master_key": environment.secrets.master_key_generation,
        "database_password": environment.database.password_generation,
    }
    return {GENERATIONS[name]: now[name] + 1 for name in which}


def secrets_of(outputs: Outputs) -> dict[str, str]:
    """Names in Secrets Manager by what they are here."""
    return {
        "master_key": outputs.master_key_secret,
        "database_password": outputs.database_password_secret,
        SALT_KEY: outputs.salt_key_secret,
    }
