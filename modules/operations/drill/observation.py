"""Watching a deployment from several places at once, each at its own interval and by its own clock."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import botocore.exceptions

from modules.operations.drill.facts import Fact, Source, in_order

LONGEST_BACKOFF = 8
"""Intervals that a source which fails is left alone for; too many calls are answered by fewer calls."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """
    Attributes:
        read: everything that the source says now, seen at the given time; what it said before is not kept twice.
    """

    source: Source
    about: str
    interval_seconds: float
    read: Callable[[float], Iterable[Fact]]


class Observation:
    """Reads each source in a thread of its own, so that one that hangs delays no other. `facts` may be read at any
    time."""

    def __init__(self, watched: Sequence[Watched], *, clock: Callable[[], float], file: Path | None = None) -> None:
        """
        Args:
            file: takes each fact as a line of JSON as soon as it is known.
        """
        self._watched = list(watched)
        self._clock = clock
        self._file = file
        self._facts: list[Fact] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        for one in self._watched:
            self._start(one)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def facts(self) -> list[Fact]:
        """In the order in which they happened."""
        with self._lock:
            return in_order(self._facts)

    def watch(self, one: Watched) -> None:
        """From now on as well, while it runs."""
        self._watched.append(one)
        self._start(one)

    def note(self, fact: Fact) -> None:
        with self._lock:
            self._facts.append(fact)
            if self._file:
                with self._file.open("a") as lines:
                    lines.write(f"{fact.model_dump_json()}\n")

    def stop(self, timeout_seconds: float = 10) -> None:
        """Waits for what is being read; a source that hangs is left behind."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _start(self, one: Watched) -> None:
        thread = threading.Thread(target=self._follow, args=(one,), name=f"{one.source} {one.about}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _follow(self, one: Watched) -> None:
        changes, backoff = Changes(), 1
        while True:
            told = read(one, self._clock())
            for fact in changes.of(told):
                self.note(fact)
            backoff = min(2 * backoff, LONGEST_BACKOFF) if any(fact.trouble for fact in told) else 1
            if self._stop.wait(one.interval_seconds * backoff):
                return


class Changes:
    """What is new in what a source says, poll by poll."""

    def __init__(self) -> None:
        self._events: set[tuple[str, float, str]] = set()
        self._states: dict[str, str] = {}
        self._trouble = ""

    def of(self, facts: Sequence[Fact]) -> list[Fact]:
        """Events that were not told before, states that are not what they were, and trouble that begins or changes."""
        new = [fact for fact in facts if self._is_new(fact)]
        self._trouble = next((fact.text for fact in facts if fact.trouble), "")
        return new

    def _is_new(self, fact: Fact) -> bool:
        if fact.at is not None:
            event = (fact.about, fact.at, fact.text)
            new = event not in self._events
            self._events.add(event)
            return new
        if fact.trouble:
            return fact.text != self._trouble
        new = self._states.get(fact.about) != fact.text
        self._states[fact.about] = fact.text
        return new


def read(one: Watched, now: float) -> list[Fact]:
    """What the source says; that it says nothing is a fact, too."""
    try:
        return list(one.read(now))
    except botocore.exceptions.ClientError as error:
        text = f"{error.response['Error'].get('Code', 'error')}: {error.response['Error'].get('Message', '')}"
    except (botocore.exceptions.BotoCoreError, KeyError, IndexError, ValueError) as error:
        text = f"{type(error).__name__}: {error}"
    return [Fact(source=one.source, about=one.about, text=text, seen=now, trouble=True)]
