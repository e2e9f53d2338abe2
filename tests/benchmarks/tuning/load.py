"""A closed loop of clients that keeps a worker busy, with the prompt of LiteLLM's published benchmark."""

import asyncio
import time
import uuid
from dataclasses import dataclass

import aiohttp

from modules.operations.completion import Question, complete
from modules.operations.gateway import Gateway

CLIENTS = 64
"""Many more than a worker answers in the LLM's time: it is never idle."""
REPETITIONS = 150
SENTENCE = " This is a test there will be no cache hits and we'll fill up the context"
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Counted:
    """
    Attributes:
        answered: in time.
        late: answered after the end, because they were under way.
        errors: of the requests that failed, each once.
    """

    answered: int
    late: int
    failed: int
    errors: tuple[str, ...]


def prompt() -> str:
    """Some 16 kB, unlike all others (BerriAI/litellm-docs, docs/benchmarks.md, locustfile)."""
    return f"{uuid.uuid4()}{SENTENCE}" * REPETITIONS


async def ask(gateway: Gateway, model: str, seconds: float, *, reuse_connections: bool) -> Counted:
    """Asks for so long, and waits for what is under way at the end."""
    answered = late = failed = 0
    errors: set[str] = set()
    ends = time.monotonic() + seconds

    async def client(session: aiohttp.ClientSession) -> None:
        nonlocal answered, late, failed
        while time.monotonic() < ends:
            question = Question(model=model, content=prompt())
            answer = await complete(session, gateway, question, TIMEOUT_SECONDS, time.monotonic)
            if answer.error:
                errors.add(answer.error)
                failed += 1
            elif time.monotonic() < ends:
                answered += 1
            else:
                late += 1

    connector = aiohttp.TCPConnector(limit=0, force_close=not reuse_connections)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(client(session) for _ in range(CLIENTS)))
    return Counted(answered=answered, late=late, failed=failed, errors=tuple(sorted(errors)))
