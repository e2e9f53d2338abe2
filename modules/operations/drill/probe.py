"""Open-loop load: requests go out at fixed times, whatever becomes of the ones before.

A client that waits for an answer before it asks again sends less just when the service is slow, and so sees less of it
than users do.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from modules.operations.completion import Question, complete
from modules.operations.drill.requests import Request
from modules.operations.gateway import Gateway, connector

STOP_POLL_SECONDS = 0.1
"""How soon a stop is heeded at a low rate."""


class ProbeError(Exception):
    """The probe itself ended; what it measured until then is kept."""


class Probe:
    """Sends requests from a thread of its own until it is stopped; `requests` may be read at any time.

    With `rate_per_second` x `timeout_seconds` requests in flight at most (Little's law, nothing answered), a limit
    below that is reached when the service hangs: each request that is then due fails unsent, and says so.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        model: str,
        rate_per_second: float,
        timeout_seconds: float,
        in_flight_limit: int,
        stream: bool = False,
        file: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            model: each request costs a few tokens of it.
            timeout_seconds: how patient a user is; an answer that takes longer has failed.
            file: takes each request as a line of JSON as soon as it has ended.
            clock: asked once; from then on time is counted by a clock that nobody sets.
        """
        if rate_per_second <= 0 or timeout_seconds <= 0 or in_flight_limit < 1:
            raise ValueError(
                "rate_per_second and timeout_seconds should be above 0 and in_flight_limit at least 1, got "
                f"{rate_per_second}, {timeout_seconds} and {in_flight_limit}"
            )
        self._gateway = gateway
        self._model = model
        self._stream = stream
        self._rate_per_second = rate_per_second
        self.timeout_seconds = timeout_seconds
        self._in_flight_limit = in_flight_limit
        self._file = file
        self._clock = clock
        self._ended: list[Request] = []
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def requests(self) -> list[Request]:
        """Those that have ended, in the order in which they ended."""
        return list(self._ended)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> list[Request]:
        """Sends nothing more, waits for what is in flight (`timeout_seconds` at most), and returns all requests in the
        order in which they were due.

        Raises:
            ProbeError: the probe had ended by itself.
        """
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.check()
        return sorted(self._ended, key=lambda request: request.scheduled)

    def check(self) -> None:
        """
        Raises:
            ProbeError: nothing is sent any more.
        """
        if self._failure:
            raise ProbeError(f"the probe ended by itself: {self._failure!r}") from self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._send_all())
        except BaseException as failure:
            self._failure = failure

    async def _send_all(self) -> None:
        loop = asyncio.get_running_loop()
        began, epoch = loop.time(), self._clock()
        in_flight: set[asyncio.Task[None]] = set()
        async with aiohttp.ClientSession(connector=connector(self._gateway)) as session, asyncio.TaskGroup() as tasks:
            number = 0
            while await self._due(began + number / self._rate_per_second):
                scheduled = epoch + number / self._rate_per_second
                if len(in_flight) >= self._in_flight_limit:
                    limit = f"not sent: {self._in_flight_limit} requests are in flight already"
                    now = epoch + loop.time() - began
                    self._keep(Request(scheduled=scheduled, sent=None, finished=now, error=limit))
                else:
                    task = tasks.create_task(self._send(session, number, scheduled, epoch - began))
                    in_flight.add(task)
                    task.add_done_callback(in_flight.discard)
                number += 1

    async def _due(self, time_: float) -> bool:
        """Waits for that time; false when the probe is stopped before."""
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            wait = time_ - loop.time()
            if wait <= 0:
                return True
            await asyncio.sleep(min(wait, STOP_POLL_SECONDS))
        return False

    async def _send(self, session: aiohttp.ClientSession, number: int, scheduled: float, offset: float) -> None:
        loop = asyncio.get_running_loop()
        sent = loop.time() + offset
        content = f"Drill, question {number}: are you there?"
        question = Question(model=self._model, content=content, stream=self._stream)
        answer = await complete(session, self._gateway, question, self.timeout_seconds, loop.time)
        self._keep(
            Request(
                scheduled=scheduled,
                sent=sent,
                finished=loop.time() + offset,
                status=answer.status,
                error=answer.error,
                first_token_seconds=answer.first_token + offset - scheduled if answer.first_token else None,
            )
        )

    def _keep(self, request: Request) -> None:
        self._ended.append(request)
        if self._file:
            with self._file.open("a") as lines:
                lines.write(f"{request.model_dump_json()}\n")
