"""An LLM provider without an LLM: OpenAI's chat completions with made-up text, after a time that is drawn at random.

Not a part of this project's programs: it goes into a task definition as it is, and LiteLLM's image runs it, which has
aiohttp and uvloop. So a load test measures LiteLLM and what it stands on, and no tokens are paid for.
"""

import asyncio
import itertools
import json
import math
import os
import random
import signal
import time
from typing import Any

import uvloop
from aiohttp import web

TEXT = "This is a load test's fake model: no LLM was asked, and the words only fill the tokens."
CHARACTERS_PER_TOKEN = 4
CONNECTIONS_WAITING = 4096
"""Taken by the machine before the program takes them: LiteLLM's workers open many at once."""


class Upstream:
    def __init__(self, latency_seconds: float, sigma: float, tokens: int, seconds_per_token: float) -> None:
        """
        Args:
            latency_seconds: median of the time to the first token, lognormally distributed with `sigma`.
        """
        self._latency_seconds = latency_seconds
        self._sigma = sigma
        self._tokens = tokens
        self._seconds_per_token = seconds_per_token
        self._numbers = itertools.count(1)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/health":
            return _json({"status": "ok"})
        if request.method != "POST" or request.path != "/v1/chat/completions":
            return _error(404, f"a load test's fake upstream has no {request.method} {request.path}")
        try:
            asked = json.loads(await request.read())
        except ValueError:
            return _error(400, "the request's body is not JSON")
        if self._latency_seconds:
            await asyncio.sleep(random.lognormvariate(math.log(self._latency_seconds), self._sigma))
        most = min(self._tokens, asked.get("max_completion_tokens") or asked.get("max_tokens") or self._tokens)
        words = [word if place == 0 else f" {word}" for place, word in zip(range(most), itertools.cycle(TEXT.split()))]
        prompt_tokens = max(1, len(json.dumps(asked.get("messages", ""))) // CHARACTERS_PER_TOKEN)
        usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": len(words),
            "total_tokens": prompt_tokens + len(words),
        }
        head = {
            "id": f"chatcmpl-load-test-{next(self._numbers)}",
            "created": int(time.time()),
            "model": asked.get("model", "load-test"),
        }
        if asked.get("stream"):
            with_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            return await self._stream(request, head, words, usage if with_usage else None)
        await asyncio.sleep(len(words) * self._seconds_per_token)
        message = {"role": "assistant", "content": "".join(words)}
        choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}
        return _json({**head, "object": "chat.completion", "choices": [choice], "usage": usage})

    async def _stream(
        self, request: web.BaseRequest, head: dict[str, Any], words: list[str], usage: dict[str, int] | None
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)

        async def send(choices: list[dict[str, Any]], **more: Any) -> None:
            event = {**head, "object": "chat.completion.chunk", "choices": choices, **more}
            await response.write(f"data: {json.dumps(event)}\n\n".encode())

        for place, word in enumerate(words):
            await asyncio.sleep(self._seconds_per_token)
            delta = {"content": word} if place else {"role": "assistant", "content": word}
            await send([{"index": 0, "finish_reason": None, "delta": delta}])
        await send([{"index": 0, "finish_reason": "stop", "delta": {}}])
        if usage:
            await send([], usage=usage)
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response


def _json(content: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(status=status, body=json.dumps(content).encode(), content_type="application/json")


def _error(status: int, message: str) -> web.Response:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return _json({"error": {"message": message, "type": kind, "param": None, "code": None}}, status)


async def serve() -> None:
    upstream = Upstream(
        latency_seconds=float(os.environ["LATENCY_MILLISECONDS"]) / 1000,
        sigma=float(os.environ["LATENCY_SIGMA"]),
        tokens=int(os.environ["TOKENS"]),
        seconds_per_token=float(os.environ["MILLISECONDS_PER_TOKEN"]) / 1000,
    )
    runner = web.ServerRunner(web.Server(upstream.answer, access_log=None, keepalive_timeout=3600))
    await runner.setup()
    # A task has its network to itself; a machine that runs several tasks says which address is theirs.
    host = os.environ.get("HOST", "0.0.0.0")
    await web.TCPSite(runner, host, int(os.environ["PORT"]), backlog=CONNECTIONS_WAITING).start()
    asked_to_leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked_to_leave.set)
    await asked_to_leave.wait()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(serve())
