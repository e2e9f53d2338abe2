"""The probe keeps its beat whatever the service does, and calls failed what a user would."""

import asyncio
import itertools
import time
from pathlib import Path

import pytest
from aiohttp import web

from modules.operations.drill.probe import Probe, ProbeError
from modules.operations.drill.requests import Request
from modules.operations.gateway import Gateway
from tests.operations.conftest import COMPLETION, KEY, PlayedGateway

RATE = 20.0
LATE_SECONDS = 0.75
"""What a shared machine may cost a request."""


def probe(
    played: PlayedGateway,
    *,
    seconds: float = 1,
    stream: bool = False,
    timeout_seconds: float = 3,
    in_flight_limit: int = 100,
    file: Path | None = None,
) -> list[Request]:
    """What the probe says after it has sent for so long."""
    with Probe(
        played.gateway(),
        model="rehearsal",
        stream=stream,
        rate_per_second=RATE,
        timeout_seconds=timeout_seconds,
        in_flight_limit=in_flight_limit,
        file=file,
    ) as running:
        time.sleep(seconds)
        return running.stop()


def test_requests_are_due_at_a_fixed_beat_and_are_real_completions(played: PlayedGateway) -> None:
    requests = probe(played)
    assert len(requests) == pytest.approx(RATE, abs=3)
    gaps = [after.scheduled - before.scheduled for before, after in itertools.pairwise(requests)]
    assert gaps == pytest.approx([1 / RATE] * len(gaps), abs=1e-5)
    assert all(request.succeeded and request.status == 200 for request in requests)
    bodies = [body for body, _ in played.asked]
    assert {key for _, key in played.asked} == {f"Bearer {KEY}"}
    assert {body["model"] for body in bodies} == {"rehearsal"}
    questions = [str(body["messages"]) for body in bodies]
    assert len(set(questions)) == len(questions), "a cache could answer"


def test_a_late_answer_does_not_delay_the_next_request(played: PlayedGateway) -> None:
    async def slow(request: web.Request, number: int) -> web.StreamResponse:
        await asyncio.sleep(0.7)
        return web.json_response(COMPLETION)

    played.behaviour = slow
    requests = probe(played)
    assert len(requests) == pytest.approx(RATE, abs=3)
    assert all(0.7 <= request.latency_seconds < 0.7 + LATE_SECONDS for request in requests)
    assert all(request.sent is not None and request.sent - request.scheduled < LATE_SECONDS for request in requests)
    assert played.asked_at[-1] - played.asked_at[0] == pytest.approx((len(requests) - 1) / RATE, abs=LATE_SECONDS)


def test_a_service_that_hangs_for_a_while_costs_exactly_the_requests_that_were_due(played: PlayedGateway) -> None:
    hung = range(5, 15)

    async def hangs(request: web.Request, number: int) -> web.StreamResponse:
        await asyncio.sleep(60 if number in hung else 0)
        return web.json_response(COMPLETION)

    played.behaviour = hangs
    requests = probe(played, timeout_seconds=1.5)
    failed = [number for number, request in enumerate(requests) if not request.succeeded]
    assert failed == list(hung)
    assert {requests[number].error for number in hung} == {"no complete answer within 1.5 s"}
    assert all(1.5 <= requests[number].latency_seconds < 1.5 + LATE_SECONDS for number in hung)


def test_what_is_over_the_limit_in_flight_fails_unsent_and_says_so(played: PlayedGateway) -> None:
    async def hangs(request: web.Request, number: int) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.json_response(COMPLETION)

    played.behaviour = hangs
    requests = probe(played, timeout_seconds=2, in_flight_limit=4)
    assert len(played.asked) == 4
    refused = requests[4:]
    assert len(refused) > 10
    assert {request.error for request in refused} == {"not sent: 4 requests are in flight already"}
    assert {request.sent for request in refused} == {None}


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ('{"error": {"message": "no healthy upstream"}}', 503, "HTTP 503"),
        ('{"error": {"message": "it is broken"}}', 200, "HTTP 200 without a completion"),
        ("<html>Maintenance</html>", 200, "HTTP 200 without JSON"),
        ("[]", 200, "HTTP 200 without a completion"),
    ],
)
def test_an_answer_that_is_no_completion_has_failed(played: PlayedGateway, body: str, status: int, error: str) -> None:
    async def says(request: web.Request, number: int) -> web.StreamResponse:
        return web.Response(text=body, status=status)

    played.behaviour = says
    requests = probe(played, seconds=0.2)
    assert {(request.status, request.error) for request in requests} == {(status, error)}


def test_a_closed_port_is_a_failed_request_and_not_the_end_of_the_probe() -> None:
    gateway = Gateway(endpoint="http://127.0.0.1:1", key=KEY)
    with Probe(gateway, model="rehearsal", rate_per_second=RATE, timeout_seconds=1, in_flight_limit=10) as running:
        time.sleep(0.5)
        requests = running.stop()
    assert len(requests) > 5
    assert all(request.error and "Connect" in request.error and request.status is None for request in requests)


async def stream(request: web.Request, pieces: list[bytes], wait_seconds: float = 0) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for piece in pieces:
        await asyncio.sleep(wait_seconds)
        await response.write(b"data: " + piece + b"\n\n")
    return response


def test_a_streamed_answer_tells_its_first_token(played: PlayedGateway) -> None:
    async def streams(request: web.Request, number: int) -> web.StreamResponse:
        return await stream(request, [b'{"choices": [{}]}', b'{"choices": [{}]}', b"[DONE]"], 0.2)

    played.behaviour = streams
    for request in probe(played, seconds=0.3, stream=True):
        assert request.succeeded
        assert request.first_token_seconds == pytest.approx(0.2, abs=LATE_SECONDS)
        assert 0.6 <= request.latency_seconds < 0.6 + LATE_SECONDS


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        ([b'{"choices": [{}]}'], "the stream broke off"),
        ([b'{"choices": [{}]}', b'{"error": {"message": "upstream"}}'], "HTTP 200 without a completion"),
        ([b"[DONE]"], "a stream without a completion"),
    ],
)
def test_a_streamed_answer_that_does_not_come_to_its_end_has_failed(
    played: PlayedGateway, pieces: list[bytes], error: str
) -> None:
    async def streams(request: web.Request, number: int) -> web.StreamResponse:
        return await stream(request, pieces)

    played.behaviour = streams
    assert {request.error for request in probe(played, seconds=0.2, stream=True)} == {error}


def test_every_request_is_on_disk_as_soon_as_it_has_ended(played: PlayedGateway, tmp_path: Path) -> None:
    file = tmp_path / "probe.jsonl"
    with Probe(
        played.gateway(), model="rehearsal", rate_per_second=RATE, timeout_seconds=1, in_flight_limit=10, file=file
    ) as running:
        time.sleep(0.4)
        assert running.requests, "they can be read while it runs"
        written = [Request.model_validate_json(line) for line in file.read_text().splitlines()]
        assert len(written) >= 4
        assert written[0] == running.requests[0]
    assert KEY not in file.read_text()


def test_a_probe_that_cannot_write_what_it_sees_says_so(played: PlayedGateway, tmp_path: Path) -> None:
    running = Probe(
        played.gateway(),
        model="rehearsal",
        rate_per_second=RATE,
        timeout_seconds=1,
        in_flight_limit=10,
        file=tmp_path / "no" / "folder",
    )
    running.start()
    time.sleep(0.5)
    with pytest.raises(ProbeError, match="ended by itself"):
        running.stop()


def test_a_rate_of_nothing_is_refused(played: PlayedGateway) -> None:
    with pytest.raises(ValueError, match="rate_per_second"):
        Probe(played.gateway(), model="rehearsal", rate_per_second=0, timeout_seconds=1, in_flight_limit=10)


def test_the_key_is_in_no_representation(played: PlayedGateway) -> None:
    assert KEY not in repr(played.gateway())


def test_a_name_that_no_dns_knows_is_reached_at_a_stated_address(played: PlayedGateway) -> None:
    """How a rehearsal with a domain is reached."""
    gateway = Gateway(endpoint="http://litellm.example.com", key=KEY, address=("127.0.0.1", played.port))
    with Probe(gateway, model="rehearsal", rate_per_second=RATE, timeout_seconds=1, in_flight_limit=10) as running:
        time.sleep(0.3)
        requests = running.stop()
    assert len(requests) > 2
    assert all(request.succeeded for request in requests)
