"""One chat completion through the gateway, complete or failed with a reason in a few words."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from modules.operations.gateway import Gateway

LONGEST_ERROR = 200


@dataclass(frozen=True, kw_only=True)
class Question:
    """
    Attributes:
        model: one that the operator names; each answer costs `max_tokens` tokens of it at most.
        content: should be unlike all others, so that no cache answers it.
        stream: whether the answer comes in pieces, so that the time to the first one is known.
    """

    model: str
    content: str
    max_tokens: int = 16
    stream: bool = False


@dataclass(kw_only=True)
class Answer:
    """
    Attributes:
        error: why it counts as failed; None when it was answered in full.
        first_token: by the caller's clock; None where nothing was streamed.
        headers: of HTTP, whatever the answer.
    """

    status: int | None = None
    error: str | None = None
    first_token: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


async def complete(
    session: aiohttp.ClientSession,
    gateway: Gateway,
    question: Question,
    timeout_seconds: float,
    clock: Callable[[], float],
) -> Answer:
    """Asks for a completion and reads it to its end; every failure is in the answer."""
    answer = Answer()
    body = {
        "model": question.model,
        "messages": [{"role": "user", "content": question.content}],
        "max_tokens": question.max_tokens,
        "stream": question.stream,
    }
    try:
        async with session.post(
            f"{gateway.endpoint}/v1/chat/completions",
            json=body,
            headers={"Authorization": f"Bearer {gateway.key}"},
            timeout=aiohttp.ClientTimeout(total=timeout_seconds),
        ) as response:
            answer.status, answer.headers = response.status, response.headers
            if response.status != 200:
                answer.error = f"HTTP {response.status}"
            elif question.stream:
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
