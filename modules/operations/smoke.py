"""Whether a deployment serves as it should: a handful of requests, as its users and strangers would send them."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from modules.operations.closed_paths import closed_paths
from modules.operations.completion import Question, complete
from modules.operations.examination.finding import Finding, bad, fine, unknown
from modules.operations.gateway import Gateway, connector
from modules.settings import LoadBalancer

TIMEOUT_SECONDS = 60
"""A model may be slow; a gateway that does not answer at all is not."""
OVERHEAD_HEADER = "x-litellm-overhead-duration-ms"
"""LiteLLM's own share of a request's time (LiteLLM docs, "Response Headers")."""
LOGS = "look at the tasks' log (the output `log_group`)"
NO_ENGINE = (
    'LiteLLM answers without its database (readiness says "Not connected"): keys, users and spend are off. No Prisma '
    "engine is on this machine; on AWS the image brings it, and this is then an error"
)


async def smoke(
    gateway: Gateway,
    *,
    model: str,
    marker: str,
    load_balancer: LoadBalancer,
    rehearsal: bool,
    clock: Callable[[], float],
) -> dict[str, list[Finding]]:
    """Asks one question after the other; two of them cost some tokens of the model.

    Args:
        marker: makes the questions unlike all others, so that no cache answers them.
        rehearsal: whether LiteLLM may be without its database.
    """
    async with aiohttp.ClientSession(
        connector=connector(gateway), timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    ) as session:

        def question(stream: bool) -> Question:
            kind = "in pieces" if stream else "at once"
            return Question(model=model, content=f"Smoke test {marker}: answer {kind}, with one word.", stream=stream)

        checks: dict[str, Callable[[], Awaitable[list[Finding]]]] = {
            "liveliness": lambda: _liveliness(session, gateway),
            "readiness": lambda: _readiness(session, gateway, rehearsal=rehearsal),
            "chat completion": lambda: _completion(session, gateway, question(stream=False), clock),
            "streamed completion": lambda: _streamed(session, gateway, question(stream=True), clock),
            "without a key": lambda: _without_key(session, gateway, model),
            "admin paths": lambda: closed_paths(session, gateway, load_balancer),
        }
        return {name: await _made(check) for name, check in checks.items()}


async def _made(check: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    try:
        return await check()
    except TimeoutError:
        return [bad(f"no answer within {TIMEOUT_SECONDS} s", LOGS)]
    except (aiohttp.ClientError, OSError) as error:
        what = f"no answer: {type(error).__name__}: {error}".rstrip(": ")
        return [bad(what, "see whether the endpoint's name is known and its port reached from here")]


async def _liveliness(session: aiohttp.ClientSession, gateway: Gateway) -> list[Finding]:
    status, _ = await _get(session, gateway, "/health/liveliness")
    return [fine("the process answers") if status == 200 else bad(f"liveliness answers HTTP {status}", LOGS)]


async def _readiness(session: aiohttp.ClientSession, gateway: Gateway, *, rehearsal: bool) -> list[Finding]:
    status, said = await _get(session, gateway, "/health/readiness")
    database = said.get("db") if isinstance(said, dict) else None
    if status == 200 and database == "connected":
        return [fine("LiteLLM is ready, its database connected")]
    if status == 200 and database == "Not connected" and rehearsal:
        return [unknown(NO_ENGINE)]
    what = f"readiness answers HTTP {status}, database {database or 'not mentioned'}"
    return [bad(what, f"{LOGS}; 'make doctor' looks at the database")]


async def _completion(
    session: aiohttp.ClientSession, gateway: Gateway, question: Question, clock: Callable[[], float]
) -> list[Finding]:
    began = clock()
    answer = await complete(session, gateway, question, TIMEOUT_SECONDS, clock)
    if answer.error:
        return [_failed(question, answer.error)]
    overhead = answer.headers.get(OVERHEAD_HEADER, "")
    return [
        fine(f"{question.model} answers within {1000 * (clock() - began):.0f} ms"),
        fine(f"LiteLLM's own share of it is told: {float(overhead):.1f} ms ({OVERHEAD_HEADER})")
        if _is_number(overhead)
        else bad(f"the answer has no {OVERHEAD_HEADER}", f"a proxy in between may remove headers; {LOGS}"),
    ]


async def _streamed(
    session: aiohttp.ClientSession, gateway: Gateway, question: Question, clock: Callable[[], float]
) -> list[Finding]:
    began = clock()
    answer = await complete(session, gateway, question, TIMEOUT_SECONDS, clock)
    if answer.error or answer.first_token is None:
        return [_failed(question, answer.error or "a stream without a completion")]
    first_milliseconds = 1000 * (answer.first_token - began)
    return [fine(f"{question.model} answers in pieces, the first within {first_milliseconds:.0f} ms")]


async def _without_key(session: aiohttp.ClientSession, gateway: Gateway, model: str) -> list[Finding]:
    body = {"model": model, "messages": [{"role": "user", "content": "Who is there?"}], "max_tokens": 1}
    async with session.post(f"{gateway.endpoint}/v1/chat/completions", json=body) as response:
        if response.status == 401:
            return [fine("a request without a key is refused (HTTP 401)")]
        what = f"a request without a key is answered with HTTP {response.status} instead of 401"
        if response.status < 400:
            advice = "close load_balancer.ingress_cidrs, then see whether the tasks have LITELLM_MASTER_KEY"
            return [bad(what, advice)]
        return [bad(what, LOGS)]


def _failed(question: Question, error: str) -> Finding:
    return bad(
        f"{question.model} does not answer: {error}",
        "see whether the model is in environments/litellm.yaml, and its provider's key in litellm.provider_keys; "
        f"{LOGS}",
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


async def _get(session: aiohttp.ClientSession, gateway: Gateway, path: str) -> tuple[int, Any]:
    """The status, and what JSON there is."""
    async with session.get(f"{gateway.endpoint}{path}") as response:
        try:
            return response.status, json.loads(await response.read())
        except ValueError:
            return response.status, None
