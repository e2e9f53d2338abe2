"""A part of the data plane: it follows the control plane, and its failure is shown."""

import sys
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any


class Part(ABC):
    """Something that runs beside the API from the rehearsal's start to its end.

    Attributes:
        name: one word, as the status shows it.
    """

    name: str

    @abstractmethod
    def start(self) -> None:
        """Starts it; returns at once."""

    @abstractmethod
    def stop(self) -> None:
        """Returns when no thread, process or file of it is left."""

    @abstractmethod
    def failure(self) -> str | None:
        """What is wrong with the part itself, for a person; None when it works."""

    def process_ids(self) -> Iterable[int]:
        """The processes that it started; theirs count as its own."""
        return ()

    def status(self) -> dict[str, Any]:
        """What it does at the moment, as JSON."""
        return {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """To what a process of the part asks or reports at /_rehearsal/<name>, as JSON."""
        raise NotImplementedError(f"the part {self.name} is not asked anything")


class Follower(Part):
    """A part that compares what is wanted with what is, again and again, in a thread of its own.

    An exception in one turn is kept as the part's failure until a turn succeeds; the next turn tries again.
    """

    interval_seconds: float = 0.5

    def __init__(self) -> None:
        self._leave = threading.Event()
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    @abstractmethod
    def turn(self) -> None:
        """One comparison; short."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._leave.set()
        if self._thread.is_alive():
            self._thread.join()

    def failure(self) -> str | None:
        return self._failure

    def _run(self) -> None:
        while not self._leave.is_set():
            began = time.monotonic()
            try:
                self.turn()
                self._failure = None
            except Exception as error:
                if self._failure is None:
                    traceback.print_exc(file=sys.stderr)
                self._failure = f"{type(error).__name__}: {error}"
            self._leave.wait(max(0.0, self.interval_seconds - (time.monotonic() - began)))
