"""One chat completion through the gateway, complete or failed with a reason in a few words."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

LONGEST_ERROR = 200


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Where the probe's completions go.

    Attributes:
        model: one that the operator names; each request costs `max_tokens` tokens of it at most.
        key: shown to nobody.
        stream: whether the answer comes in pieces, so that the time to the first one is known.
        address: host and port to connect to instead of the endpoint's own, which no DNS knows on a rehearsal.
        ca_file: whose certificates are trusted, instead of the public authorities'.
    """

    endpoint: str
    model: str
    key: str
    stream: bool = False
    max_tokens: int = 16
    address: tuple[str, int] | None = None
    ca_file: Path | None = None

    def __repr__(self) -> str:
        return f"Gateway({self.endpoint}, model {self.model})"


@dataclass(kw_only=True)
class Answer:
    status: int | None = None
    error: str | None = None
    first_token: float | None = None


async def complete(
    session: aiohttp.ClientSession,
    gateway: Gateway,
    number: int,
    timeout_seconds: float,
    clock: Callable[[], float],
) -> Answer:
    """Asks for a completion and reads it to its end; every failure is in the answer.

    Args:
        number: makes the question unlike all others, so that no cache answers it.
    """
    answer = Answer()
    body = {
        "model": gateway.model,
        "messages": [{"role": "user", "content": f"Drill, question {number}: are you there?"}],
        "max_tokens": gateway.max_tokens,
        "stream": gateway.stream,
    }
    try:
        async with session.post(
            f"{gateway.endpoint}/v1/chat/completions",
            json=body,
            headers={"Authorization": f"Bearer {gateway.key}"},
            timeout=aiohttp.ClientTimeout(total=timeout_seconds),
        ) as response:
            answer.status = response.status
            if response.status != 200:
                answer.error = f"HTTP {response.status}"
            elif gateway.stream:
                await _read_stream(response, answer, clock)
            else:
                answer.error = _what_is_wrong(await response.read())
    except TimeoutError:
        answer.error = f"no complete answer within {timeout_seconds:g} s"
    except (aiohttp.ClientError, OSError) as error:
        answer.error = (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)[:LONGEST_ERROR]
    return answer


async def _read_stream(response: aiohttp.ClientResponse, answer: Answer, clock: Callable[[], float]) -> None:
    """Server-sent events as OpenAI sends them: the last one is [DONE], and an error may come in place of a piece."""
    async for data in _events(response):
        if data == b"[DONE]":
            if answer.first_token is None:
                answer.error = "a stream without a completion"
            return
        if wrong := _what_is_wrong(data):
            answer.error = wrong
            return
        answer.first_token = answer.first_token or clock()
    answer.error = "the stream broke off"


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for line in response.content:
        if line.startswith(b"data:"):
            yield line.removeprefix(b"data:").strip()


def _what_is_wrong(content: bytes) -> str | None:
    """An HTTP 200 is not an answer yet."""
    try:
        said: Any = json.loads(content)
    except ValueError:
        return "HTTP 200 without JSON"
    if not isinstance(said, dict) or said.get("error") or "choices" not in said:
        return "HTTP 200 without a completion"
    return None
