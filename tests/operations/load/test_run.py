"""Load from a real Locust on a played gateway: what it asks, what it records, and what is made of it."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from modules.operations.gateway import Gateway
from modules.operations.load.generator import LoadError
from modules.operations.load.plots import course
from modules.operations.load.run import Run, run
from modules.operations.load.tables import outcome
from modules.operations.load.wish import Wish
from modules.planning.capacity.closed_loop import Users
from modules.rehearsal.certificates import CA_FILE, CertificateAuthority
from tests.operations.conftest import COMPLETION, KEY, PlayedGateway, serving

CLOSED = Wish(load=Users(number=8, think_seconds=(0.05, 0.15)), seconds=2, warm_up_seconds=1, model="played")
OPEN = replace(CLOSED, load=30.0)


async def after_a_moment(request: web.Request, number: int) -> web.StreamResponse:
    await asyncio.sleep(0.05)
    return web.json_response(COMPLETION, headers={"x-litellm-overhead-duration-ms": "2.5"})


def put(wish: Wish, played: PlayedGateway, folder: Path) -> Run:
    return run(wish, played.gateway(), folder, say=lambda _: None)


def test_users_ask_long_prompts_that_no_cache_knows_and_their_numbers_belong_together(
    played: PlayedGateway, tmp_path: Path
) -> None:
    played.behaviour = after_a_moment
    done = put(CLOSED, played, tmp_path / "run")

    prompts = [str(body["messages"]) for body, key in played.asked if key == f"Bearer {KEY}"]
    assert len(prompts) == len(set(prompts)) == len(played.asked)
    assert all(16_000 < len(prompt) < 18_000 for prompt in prompts)
    result = done.result
    assert result.answered == result.requests
    assert result.requests_per_second == result.answered / 2
    assert result.requests < len(done.requests), "the warm-up does not count"
    assert result.latency
    assert 0.05 <= result.latency.p50 <= result.latency.p95 <= result.latency.p99
    assert result.overhead
    assert result.overhead.p50 == pytest.approx(0.0025)
    assert result.law.name == "response-time law"
    assert "of 8 users" in result.law.arithmetic
    assert str(outcome(result)).startswith(f"{result.requests_per_second:.1f} requests/s") or not result.law.holds


def test_arrivals_come_at_their_times_however_long_answers_take(played: PlayedGateway, tmp_path: Path) -> None:
    async def slowly(request: web.Request, number: int) -> web.StreamResponse:
        await asyncio.sleep(0.5)
        return web.json_response(COMPLETION)

    played.behaviour = slowly
    first, second = (put(OPEN, played, tmp_path / name) for name in ("first", "second"))

    assert len(first.requests) == pytest.approx(90, abs=30)
    assert first.result.latency
    assert first.result.latency.p50 > 0.5
    assert first.result.overhead is None
    due = [[request.due - one.began for request in one.requests] for one in (first, second)]
    assert due[0] == pytest.approx(due[1], abs=1e-3), "the same seed, the same arrivals"


def test_what_was_due_and_never_sent_is_counted_as_failed(played: PlayedGateway, tmp_path: Path) -> None:
    async def hardly(request: web.Request, number: int) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.json_response(COMPLETION)

    played.behaviour = hardly
    wish = replace(OPEN, in_flight_seconds=0.1, timeout_seconds=1)
    done = put(wish, played, tmp_path / "run")
    assert done.result.answered == 0
    assert set(done.result.errors) == {
        "no complete answer within 1 s",
        "not sent: every user waited for an answer",
    }
    assert done.result.requests == pytest.approx(60, abs=25)
    assert "were not sent at all" in done.result.law.wrong
    assert course(done.requests, began=done.began, wish=wish, title="Overload").axes


def test_errors_are_counted_by_reason(played: PlayedGateway, tmp_path: Path) -> None:
    bad = ((503, ""), (200, "hello"), (200, '{"error": "no"}'))

    async def every_fourth_one_well(request: web.Request, number: int) -> web.StreamResponse:
        if number % 4 == 3:
            return web.json_response(COMPLETION)
        status, text = bad[number % 4]
        return web.Response(status=status, text=text)

    played.behaviour = every_fourth_one_well
    result = put(CLOSED, played, tmp_path / "run").result
    assert set(result.errors) == {"HTTP 503", "HTTP 200 without JSON", "HTTP 200 without a completion"}
    assert sum(result.errors.values()) == result.requests - result.answered
    assert 0.6 < result.failed_share < 0.9


def test_every_request_is_left_as_a_line_of_evidence_and_the_key_nowhere(played: PlayedGateway, tmp_path: Path) -> None:
    done = put(CLOSED, played, tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run/requests.jsonl").read_text().splitlines()]
    assert len(lines) == len(done.requests) + 1
    assert not any(KEY in path.read_text() for path in (tmp_path / "run").iterdir())


@pytest.mark.parametrize(("domain", "errors"), [("llm.example", []), ("other.example", ["SSLCertVerificationError"])])
def test_a_domain_that_no_dns_knows_is_asked_at_its_address_and_has_to_show_its_certificate(
    tmp_path: Path, domain: str, errors: list[str]
) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers["Host"])
        return web.json_response(COMPLETION)

    authority = CertificateAuthority(tmp_path)
    with serving(answer, authority.context(["llm.example"], "127.0.0.1")) as port:
        gateway = Gateway(
            endpoint=f"https://{domain}", key=KEY, address=("127.0.0.1", port), ca_file=tmp_path / CA_FILE
        )
        result = run(CLOSED, gateway, tmp_path / "run", say=lambda _: None).result
    assert [reason.split(":")[0] for reason in result.errors] == errors
    assert set(asked) == ({domain} if not errors else set())


def test_a_gateway_that_is_not_there_is_an_error_of_every_request(tmp_path: Path) -> None:
    nobody = Gateway(endpoint="http://127.0.0.1:9", key=KEY)
    result = run(CLOSED, nobody, tmp_path / "run", say=lambda _: None).result
    assert result.answered == 0
    assert ["ConnectionRefusedError" in reason for reason in result.errors] == [True]


def test_a_generator_that_fails_says_so_in_its_own_words(tmp_path: Path) -> None:
    nowhere = Gateway(endpoint="https://a.example", key=KEY, address=("127.0.0.1", 9), ca_file=tmp_path / "no.pem")
    with pytest.raises(LoadError, match=r"Locust ended with code 1: .*FileNotFoundError"):
        run(CLOSED, nowhere, tmp_path / "run", say=lambda _: None)


def test_gevent_stays_out_of_the_process_that_asks_for_load() -> None:
    code = (
        "import modules.operations.load.run, modules.commands.load, sys; "
        "sys.exit('gevent' in sys.modules or 'locust' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
