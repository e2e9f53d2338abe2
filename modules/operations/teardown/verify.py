"""Looking until only that is left which should be."""

from collections.abc import Callable, Sequence

import boto3

from modules.operations.teardown.account import Account
from modules.operations.teardown.left import Left
from modules.settings import Environment

PATIENCE_SECONDS = 120.0
"""AWS lists some things by their tag for a while after they are gone."""
POLL_SECONDS = 10.0


def regions_of(environment: Environment) -> list[str]:
    return [environment.region, *([environment.second_region.region] if environment.second_region else [])]


def find_left(session: boto3.Session, environment: Environment) -> list[Left]:
    """Everything in the environment's regions that carries its name or its tag."""
    account = Account(session, environment.name, environment.secrets.recovery_window_days)
    return [
        one
        for number, region in enumerate(regions_of(environment))
        for one in account.left(region, everywhere=number == 0)
    ]


def settled(
    find: Callable[[], Sequence[Left]],
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    patience_seconds: float = PATIENCE_SECONDS,
) -> Sequence[Left]:
    """What is left as soon as nothing of it is unexpected, or when patience ends."""
    deadline = clock() + patience_seconds
    while True:
        found = find()
        if clock() >= deadline or all(one.fate != "unexpected" for one in found):
            return found
        sleep(POLL_SECONDS)
