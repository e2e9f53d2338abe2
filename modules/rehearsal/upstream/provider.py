"""OpenAI's API as far as LiteLLM and its clients call it: chat, completions, embeddings, models."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from modules.rehearsal.upstream.behaviour import Behaviour

_TEXT = "This is the rehearsal's fake model: no LLM was asked, and the words only fill the tokens."
_DIMENSIONS = 8
_CHARACTERS_PER_TOKEN = 4


class Provider:
    """Answers with made-up text and the usage that belongs to it; says nothing of what it was asked."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._numbers = itertools.count(1)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.removeprefix("/v1")
        if path == "/models":
            models = [{"id": "rehearsal-fake-model", "object": "model", "created": 0, "owned_by": "rehearsal"}]
            return _json({"object": "list", "data": models})
        if request.method != "POST" or path not in ("/chat/completions", "/completions", "/embeddings"):
            return _error(404, f"the rehearsal's fake provider has no {request.method} {request.path}")
        try:
            asked = json.loads(await request.read())
        except ValueError:
            return _error(400, "the request's body is not JSON")
        await asyncio.sleep(self._behaviour.latency_seconds())
        if self._behaviour.fails():
            return _error(500, "the rehearsal's fake provider fails as often as it was told to")
        if path == "/embeddings":
            return _json(_embeddings(asked))
        chat = path == "/chat/completions"
        tokens = min(
            self._behaviour.tokens,
            asked.get("max_completion_tokens") or asked.get("max_tokens") or self._behaviour.tokens,
        )
        head = {
            "id": f"{'chatcmpl' if chat else 'cmpl'}-rehearsal-{next(self._numbers)}",
            "created": int(time.time()),
            "model": asked.get("model", "rehearsal-fake-model"),
        }
        usage = _usage(json.dumps(asked.get("messages", asked.get("prompt", ""))), tokens)
        if asked.get("stream"):
            with_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            return await self._stream(request, head, chat, tokens, usage if with_usage else None)
        await asyncio.sleep(tokens * self._behaviour.seconds_per_token)
        text = "".join(_words(tokens))
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "logprobs": None}
        choice |= {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        kind = "chat.completion" if chat else "text_completion"
        return _json({**head, "object": kind, "choices": [choice], "usage": usage})

    async def _stream(
        self, request: web.BaseRequest, head: dict[str, Any], chat: bool, tokens: int, usage: dict[str, int] | None
    ) -> web.StreamResponse:
        kind = "chat.completion.chunk" if chat else "text_completion"

        def event(choices: list[dict[str, Any]], **more: Any) -> bytes:
            return f"data: {json.dumps({**head, 'object': kind, 'choices': choices, **more})}\n\n".encode()

        def choice(text: str | None, finish_reason: str | None = None, **delta: str) -> dict[str, Any]:
            said = {"delta": {**delta, **({"content": text} if text else {})}} if chat else {"text": text or ""}
            return {"index": 0, "finish_reason": finish_reason, **said}

        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        for number, word in enumerate(_words(tokens)):
            await asyncio.sleep(self._behaviour.seconds_per_token)
            await response.write(event([choice(word, **({"role": "assistant"} if number == 0 and chat else {}))]))
        await response.write(event([choice(None, "stop")]))
        if usage is not None:
            await response.write(event([], usage=usage))
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response


def _words(count: int) -> Iterator[str]:
    for number, word in zip(range(count), itertools.cycle(_TEXT.split()), strict=False):
        yield word if number == 0 else f" {word}"


def _usage(prompt: str, completion_tokens: int) -> dict[str, int]:
    prompt_tokens = max(1, len(prompt) // _CHARACTERS_PER_TOKEN)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _embeddings(asked: dict[str, Any]) -> dict[str, Any]:
    given = asked.get("input", "")
    count = len(given) if isinstance(given, list) and given and not isinstance(given[0], int) else 1
    vector = [round(1 / (1 + place), 6) for place in range(asked.get("dimensions") or _DIMENSIONS)]
    prompt_tokens = _usage(json.dumps(given), 0)["prompt_tokens"]
    return {
        "object": "list",
        "model": asked.get("model", "rehearsal-fake-model"),
        "data": [{"object": "embedding", "index": index, "embedding": vector} for index in range(count)],
        "usage": {"prompt_tokens": prompt_tokens, "total_tokens": prompt_tokens},
    }


def _json(content: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(status=status, body=json.dumps(content).encode(), content_type="application/json")


def _error(status: int, message: str) -> web.Response:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return _json({"error": {"message": message, "type": kind, "param": None, "code": None}}, status)
