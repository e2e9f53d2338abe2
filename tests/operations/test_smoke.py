"""The smoke test of a deployment, against a gateway that is played."""

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from modules.operations.examination.finding import Finding
from modules.operations.gateway import Gateway
from modules.operations.smoke import OVERHEAD_HEADER, smoke
from modules.settings import LoadBalancer

from .conftest import COMPLETION, KEY

PIECE = b'data: {"choices": [{"delta": {"content": "Yes."}}]}\n\n'


@dataclass(kw_only=True)
class Played:
    """LiteLLM behind its load balancer, as it should be unless a test says otherwise."""

    liveliness: int = 200
    readiness: tuple[int, object] = (200, {"status": "healthy", "db": "connected"})
    overhead: str | None = "1.234"
    completion: int = 200
    stream: bytes = PIECE + b"data: [DONE]\n\n"
    without_key: int = 401
    admin: int = 403

    async def ask(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/health/liveliness":
            return web.Response(status=self.liveliness)
        if request.path == "/health/readiness":
            return web.json_response(self.readiness[1], status=self.readiness[0])
        if request.path != "/v1/chat/completions":
            return web.Response(status=self.admin)
        if "Authorization" not in request.headers:
            return web.json_response(COMPLETION, status=self.without_key)
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        if (await request.json())["stream"]:
            return web.Response(body=self.stream, content_type="text/event-stream")
        headers = {OVERHEAD_HEADER: self.overhead} if self.overhead is not None else {}
        return web.json_response(COMPLETION, status=self.completion, headers=headers)


def found(played: Played, *, rehearsal: bool = False, **load_balancer: Any) -> dict[str, list[Finding]]:
    async def asked() -> dict[str, list[Finding]]:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", played.ask)
        async with TestServer(application) as server:
            return await smoke(
                Gateway(endpoint=str(server.make_url("/")).rstrip("/"), key=KEY),
                model="a-model",
                marker="one",
                load_balancer=LoadBalancer(**load_balancer),
                rehearsal=rehearsal,
                clock=itertools.count(0, 0.25).__next__,
            )

    return asyncio.run(asked())


def only_wrong(findings: dict[str, list[Finding]]) -> tuple[str, Finding]:
    """The one check, and the one finding in it, that is not fine."""
    ((name, finding),) = [
        (name, one) for name, several in findings.items() for one in several if one.severity != "fine"
    ]
    return name, finding


def test_a_deployment_that_serves_passes_every_check() -> None:
    findings = found(Played())

    assert {one.severity for several in findings.values() for one in several} == {"fine"}
    assert list(findings) == [
        "liveliness",
        "readiness",
        "chat completion",
        "streamed completion",
        "without a key",
        "admin paths",
    ]
    said = [one.what for one in findings["chat completion"]]
    assert said == ["a-model answers within 250 ms", f"LiteLLM's own share of it is told: 1.2 ms ({OVERHEAD_HEADER})"]


@pytest.mark.parametrize(
    ("played", "check", "words"),
    [
        (Played(liveliness=503), "liveliness", "HTTP 503"),
        (Played(readiness=(503, {"db": "disconnected"})), "readiness", "database disconnected"),
        (Played(readiness=(200, {"db": "Not connected"})), "readiness", "database Not connected"),
        (Played(readiness=(200, ["no", "object"])), "readiness", "database not mentioned"),
        (Played(completion=500), "chat completion", "a-model does not answer: HTTP 500"),
        (Played(overhead=None), "chat completion", f"the answer has no {OVERHEAD_HEADER}"),
        (Played(overhead="None"), "chat completion", f"the answer has no {OVERHEAD_HEADER}"),
        (Played(stream=PIECE), "streamed completion", "a-model does not answer: the stream broke off"),
        (Played(without_key=200), "without a key", "answered with HTTP 200 instead of 401"),
        (Played(without_key=500), "without a key", "answered with HTTP 500 instead of 401"),
        (Played(admin=401), "admin paths", "/key/generate (HTTP 401), /k%65y/generate (HTTP 401)"),
    ],
)
def test_each_thing_that_is_wrong_is_found_alone_and_comes_with_what_to_do(
    played: Played, check: str, words: str
) -> None:
    name, finding = only_wrong(found(played))

    assert (name, finding.severity) == (check, "bad")
    assert words in finding.what
    assert finding.advice


def test_a_rehearsal_without_a_database_engine_is_said_to_be_one_and_is_no_failure() -> None:
    not_connected = Played(readiness=(200, {"status": "healthy", "db": "Not connected"}))

    name, finding = only_wrong(found(not_connected, rehearsal=True))

    assert (name, finding.severity) == ("readiness", "unknown")
    assert "No Prisma engine is on this machine" in finding.what


def test_a_database_that_was_lost_is_a_failure_on_a_rehearsal_as_well() -> None:
    _, finding = only_wrong(found(Played(readiness=(503, {"db": "disconnected"})), rehearsal=True))

    assert finding.severity == "bad"


def test_an_operators_own_address_may_reach_the_admin_paths() -> None:
    name, finding = only_wrong(found(Played(admin=401), admin_cidrs=["10.1.0.0/16"]))

    assert (name, finding.severity) == ("admin paths", "unknown")
    assert "load_balancer.admin_cidrs" in finding.advice


def test_admin_paths_that_everybody_may_reach_are_a_warning() -> None:
    _, finding = only_wrong(found(Played(admin=401), admin_cidrs=["0.0.0.0/0"]))

    assert finding.severity == "warning"


def test_where_nobody_listens_every_check_says_so() -> None:
    async def asked() -> dict[str, list[Finding]]:
        return await smoke(
            Gateway(endpoint="http://127.0.0.1:9", key=KEY),
            model="a-model",
            marker="one",
            load_balancer=LoadBalancer(),
            rehearsal=True,
            clock=lambda: 0,
        )

    findings = asyncio.run(asked())

    assert {one.severity for several in findings.values() for one in several} == {"bad"}
    assert KEY not in str(findings)
