"""A played gateway on loopback that answers as a test tells it to."""

import asyncio
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from modules.operations.gateway import Gateway

KEY = "sk-of-the-tests"
COMPLETION = {"object": "chat.completion", "choices": [{"message": {"role": "assistant", "content": "Yes."}}]}
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]
Behaviour = Callable[[web.Request, int], Awaitable[web.StreamResponse]]


async def well(request: web.Request, number: int) -> web.StreamResponse:
    return web.json_response(COMPLETION)


@dataclass
class PlayedGateway:
    """
    Attributes:
        behaviour: answers the request with this number, counted from 0.
        asked: each request's body and its key.
    """

    port: int = 0
    behaviour: Behaviour = well
    asked: list[tuple[dict[str, object], str]] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)

    def gateway(self) -> Gateway:
        return Gateway(endpoint=f"http://127.0.0.1:{self.port}", key=KEY)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked_at.append(time.time())
        number = len(self.asked)
        self.asked.append((await request.json(), request.headers["Authorization"]))
        return await self.behaviour(request, number)


@pytest.fixture
def played() -> Iterator[PlayedGateway]:
    gateway = PlayedGateway()
    with serving(gateway.answer) as gateway.port:
        yield gateway


@contextmanager
def serving(answer: Answering, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Answers questions on the port that it gives."""
    ports: list[int] = []
    ready, leave = threading.Event(), threading.Event()

    async def serve() -> None:
        application = web.Application()
        application.router.add_post("/v1/chat/completions", answer)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        ports.append(runner.addresses[0][1])
        ready.set()
        # The end of the loop cancels what hangs, for which the runner's own clean-up would wait.
        while not leave.is_set():
            await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield ports[0]
    finally:
        leave.set()
        thread.join()
