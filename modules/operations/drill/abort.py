"""Ending every experiment of an environment; always safe to call, and as often as one likes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import botocore.exceptions

from modules.operations.drill.clients import Fis

UNDER_WAY = ("pending", "initiating", "running", "stopping")
POLL_SECONDS = 1
TRIES = 5
Answer = TypeVar("Answer")
_ERRORS = (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)


class AbortError(Exception):
    """Something may still be broken; the message says what, and what a person has to do."""


def under_way(fis: Fis, template_ids: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """Experiments of these templates that have not ended."""
    token: dict[str, str] = {}
    while True:
        page = fis.list_experiments(**token)
        for experiment in page["experiments"]:
            if experiment["experimentTemplateId"] in template_ids and experiment["state"]["status"] in UNDER_WAY:
                yield experiment
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}


def abort(
    fis: Fis,
    template_ids: Collection[str],
    *,
    sleep: Callable[[float], None],
    timeout_seconds: float = 120,
    known_ids: Collection[str] = (),
) -> list[str]:
    """Stops every experiment of these templates and waits for its end, at which AWS FIS has undone what it can.

    Args:
        known_ids: experiments that the list may not know yet.

    Returns:
        What it did, as lines for a person.

    Raises:
        AbortError: an experiment could not be stopped, or AWS does not say which there are.
    """
    ended: dict[str, str | None] = {}
    failed: dict[str, Exception] = {}

    def ask(ids: Iterable[str]) -> None:
        for id_ in ids:
            if id_ not in ended and id_ not in failed:
                try:
                    ended[id_] = _ask_to_stop(fis, id_, sleep)
                except _ERRORS as error:
                    failed[id_] = error

    # Those first, as a process that is told to end may not have the time for the list.
    ask(known_ids)
    try:
        ask(_patiently(lambda: [experiment["id"] for experiment in under_way(fis, template_ids)], sleep))
    except _ERRORS as error:
        if not known_ids:
            raise AbortError(
                f"AWS does not say which experiments run: {error}; every experiment ends by itself at the end of its "
                "duration; look with 'aws fis list-experiments'"
            ) from error
    said = []
    for id_, state in ended.items():
        try:
            said.append(
                f"experiment {id_} had ended already: {state}"
                if state
                else f"experiment {id_} is {_end(fis, id_, sleep, timeout_seconds)}"
            )
        except (*_ERRORS, AbortError) as error:
            failed[id_] = error
    if failed:
        lines = [f"{id_}: {error}; stop it with 'aws fis stop-experiment --id {id_}'" for id_, error in failed.items()]
        raise AbortError("\n".join(["experiments that may still run:", *lines, *said]))
    return said or ["no experiment of this environment is under way"]


def _ask_to_stop(fis: Fis, id_: str, sleep: Callable[[float], None]) -> str | None:
    """The state in which it had ended already, if so."""
    state = _state(fis, id_, sleep)
    if state not in UNDER_WAY:
        return state
    if state != "stopping":
        try:
            _patiently(lambda: fis.stop_experiment(id=id_), sleep)
        except botocore.exceptions.ClientError:
            # It may have ended in between, which AWS FIS answers with an error.
            if _state(fis, id_, sleep) in UNDER_WAY:
                raise
    return None


def _end(fis: Fis, id_: str, sleep: Callable[[float], None], timeout_seconds: float) -> str:
    """Waits for the state in which it ends."""
    waited = 0.0
    while (state := _state(fis, id_, sleep)) in UNDER_WAY:
        if waited >= timeout_seconds:
            raise AbortError(f"still {state} after {timeout_seconds:g} s")
        sleep(POLL_SECONDS)
        waited += POLL_SECONDS
    return state


def _state(fis: Fis, id_: str, sleep: Callable[[float], None]) -> str:
    return str(_patiently(lambda: fis.get_experiment(id=id_), sleep)["experiment"]["state"]["status"])


def _patiently(ask: Callable[[], Answer], sleep: Callable[[float], None]) -> Answer:
    """A lost network, or too many calls, may be over in a moment."""
    for seconds in range(1, TRIES):
        try:
            return ask()
        except _ERRORS:
            sleep(seconds)
    return ask()
