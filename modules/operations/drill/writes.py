"""Numbered writes to the database, read back at the end: which acknowledged ones are gone, and how long none was taken.

They go into a table of the drill's own, in a schema of its own that is dropped afterwards, so that LiteLLM's migrations
never meet it.
"""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import psycopg
from psycopg import sql

from modules.operations.drill.written import Writes, WritesError

RECONNECT_SECONDS = 0.2
TIMEOUTS: dict[str, Any] = {"connect_timeout": 3, "tcp_user_timeout": 5000, "autocommit": True}
"""For `psycopg.connect`: a primary that is cut off never answers, and a client without these waits for it for minutes.
Seconds and milliseconds (PostgreSQL, "Database Connection Control Functions")."""


class Writer:
    """Writes one row after the other from a thread of its own until it is told to finish.

    A write whose answer was lost is in doubt: it counts as refused, whether or not the database kept it.
    """

    def __init__(
        self,
        connect: Callable[[], "psycopg.Connection[Any]"],
        *,
        schema: str,
        clock: Callable[[], float],
        say: Callable[[str], None],
        interval_seconds: float = 0.05,
        read_back_timeout_seconds: float = 60,
    ) -> None:
        """
        Args:
            connect: makes a new connection that commits each statement, with a login that may create a schema.
            interval_seconds: between two writes; no gap is known more finely.
        """
        self._connect = connect
        self._schema = sql.Identifier(schema)
        self._table = sql.Identifier(schema, "write")
        self._clock = clock
        self._say = say
        self._interval_seconds = interval_seconds
        self._read_back_timeout_seconds = read_back_timeout_seconds
        self._acknowledged: list[tuple[int, float]] = []
        self._stop = threading.Event()
        self._pause = threading.Event()
        self._thread = threading.Thread(target=self._write, name="writes", daemon=True)
        self._began = 0.0
        self._finished: list[Writes | None] = []

    @property
    def acknowledged(self) -> list[tuple[int, float]]:
        """Numbers, and when the database acknowledged each."""
        return list(self._acknowledged)

    def start(self) -> None:
        """
        Raises:
            WritesError: the database cannot be reached, or refuses the schema.
        """
        try:
            with self._connect() as connection:
                connection.execute(sql.SQL("CREATE SCHEMA {}").format(self._schema))
                connection.execute(sql.SQL("CREATE TABLE {} (number bigint PRIMARY KEY)").format(self._table))
        except psycopg.Error as error:
            raise WritesError(str(error).strip()) from error
        self._began = self._clock()
        self._thread.start()

    def finish(self) -> Writes | None:
        """Stops, reads back and removes the schema. None when the database cannot be asked, which is said."""
        self._stop.set()
        if self._thread.ident is None:
            return None
        self._thread.join()
        if not self._finished:
            self._finished.append(self._read_back(self._clock()))
        return self._finished[0]

    def _write(self) -> None:
        number = 0
        while not self._stop.is_set():
            try:
                with self._connect() as connection:
                    while not self._stop.wait(self._interval_seconds):
                        number += 1
                        connection.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(self._table), [number])
                        self._acknowledged.append((number, self._clock()))
            except psycopg.Error:
                self._stop.wait(RECONNECT_SECONDS)

    def _read_back(self, ended: float) -> Writes | None:
        deadline = ended + self._read_back_timeout_seconds
        query = sql.SQL("SELECT number FROM {}").format(self._table)
        while True:
            try:
                with self._connect() as connection:
                    kept = {number for (number,) in connection.execute(query).fetchall()}
                break
            except psycopg.Error as error:
                if self._clock() >= deadline:
                    self._say(f"the writes cannot be read back: {error}; schema {self._schema.as_string()} is left")
                    return None
                self._pause.wait(RECONNECT_SECONDS)
        self._remove()
        times = [self._began, *(time for _, time in self._acknowledged), ended]
        refused_from, taken_again = max(pairwise(times), key=lambda gap: gap[1] - gap[0])
        return Writes(
            acknowledged=len(self._acknowledged),
            lost=tuple(number for number, _ in self._acknowledged if number not in kept),
            refused_seconds=taken_again - refused_from,
            refused_from=refused_from,
        )

    def _remove(self) -> None:
        try:
            with self._connect() as connection:
                connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(self._schema))
        except psycopg.Error as error:
            self._say(f"the drill's schema {self._schema.as_string()} is left, drop it by hand: {error}")
