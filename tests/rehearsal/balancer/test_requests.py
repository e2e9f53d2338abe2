"""Clients of a load balancer get what its rules, its targets and its timeouts give them."""

import asyncio
import contextlib
import http.client
import shlex
import socket
import subprocess
import threading
import time
from collections import Counter

import aiohttp
import boto3
import pytest
import requests
from aiohttp import web

from modules.rehearsal.status import curl

from .conftest import Stage


def targets_of(stage: Stage, count: int, **how: str) -> list[str]:
    with requests.Session() as session:
        return [session.get(f"{stage.url}/", timeout=5).headers["X-Target"] for _ in range(count)]


def status_of(stage: Stage, path: str) -> int:
    """With the path as it is: `requests` would decode it."""
    connection = http.client.HTTPConnection(stage.address, 80, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", path)
        return connection.getresponse().status


def test_a_request_reaches_a_target_as_it_was_sent_and_says_where_it_is_from(stage: Stage) -> None:
    target = stage.play()

    answer = requests.post(
        f"{stage.url}/v1/a%2Fb?x=%20y&z", data=b"a body", headers={"X-Forwarded-For": "203.0.113.7"}, timeout=5
    )

    assert (answer.status_code, answer.text, answer.headers["X-Target"]) == (200, "hello", target.id)
    [received] = target.received
    assert (received["method"], received["path"], received["body"]) == ("POST", "/v1/a%2Fb?x=%20y&z", b"a body")
    headers = received["headers"]
    assert headers["X-Forwarded-For"] == "203.0.113.7, 127.0.0.1"
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-Port"]) == ("http", "80")
    assert headers["X-Amzn-Trace-Id"].startswith("Root=1-")


def test_a_large_body_comes_through(stage: Stage) -> None:
    target = stage.play()
    body = b"0123456789" * 300_000

    assert requests.post(stage.url, data=body, timeout=20).status_code == 200
    assert requests.post(stage.url, data=iter([body[:100], body[100:]]), timeout=20).status_code == 200

    assert target.received[0]["body"] == body


def test_round_robin_is_even_over_both_zones(stage: Stage) -> None:
    targets = [stage.play(zone) for zone in "aab"]

    assert Counter(targets_of(stage, 30)) == {target.id: 10 for target in targets}


def test_least_outstanding_requests_spares_the_busy_target(stage: Stage) -> None:
    busy, idle = stage.play(), stage.play()
    stage.elbv2.modify_target_group_attributes(
        TargetGroupArn=stage.target_group,
        Attributes=[{"Key": "load_balancing.algorithm.type", "Value": "least_outstanding_requests"}],
    )
    stage.settle()
    stage.deregister(idle)
    stage.settle()
    busy.chunks, busy.seconds_between_chunks = ["slow", "slow"], 30
    with requests.get(stage.url, timeout=5, stream=True):
        stage.register(idle)
        stage.wait_for(idle, "healthy")
        assert set(targets_of(stage, 6)) == {idle.id}


def test_rules_are_compared_by_priority_and_the_default_comes_last(stage: Stage) -> None:
    stage.play()
    refuse = {"StatusCode": "403", "ContentType": "application/json", "MessageBody": '{"closed": true}'}
    forward = [{"Type": "forward", "TargetGroupArn": stage.target_group}]
    for priority, condition, actions in [
        (30, {"Field": "source-ip", "SourceIpConfig": {"Values": ["0.0.0.0/0"]}},
         [{"Type": "fixed-response", "FixedResponseConfig": refuse}]),
        (20, {"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24"]}}, forward),
        (10, {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/v1/*", "/healt?"]}}, forward),
    ]:  # fmt: skip
        stage.elbv2.create_rule(ListenerArn=stage.listener, Priority=priority, Conditions=[condition], Actions=actions)
    stage.settle()

    statuses = {
        path: status_of(stage, path)
        for path in ("/v1/models?x=1", "/v1/", "/healty", "/V1/models", "/v1", "/%761/models", "/key/generate")
    }

    assert statuses == {
        "/v1/models?x=1": 200,
        "/v1/": 200,
        "/healty": 200,
        "/V1/models": 403,
        "/v1": 403,
        "/%761/models": 403,
        "/key/generate": 403,
    }
    refused = requests.post(f"{stage.url}/key/generate", data=b"x", timeout=5)
    assert (refused.json(), refused.headers["Content-Type"]) == ({"closed": True}, "application/json")
    assert refused.headers["Server"] == "awselb/2.0"


def test_a_redirect_leads_to_the_same_path_elsewhere(stage: Stage) -> None:
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    stage.elbv2.modify_listener(
        ListenerArn=stage.listener, DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}]
    )
    stage.settle()

    answer = requests.get(f"{stage.url}/a/b?c=d", allow_redirects=False, timeout=5)

    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{stage.address}:443/a/b?c=d")


def test_chunks_of_a_stream_come_when_the_target_sends_them(stage: Stage) -> None:
    stage.play(chunks=["data: one\n\n", "data: two\n\n", "data: three\n\n"], seconds_between_chunks=0.4)

    with requests.get(stage.url, stream=True, timeout=5) as answer:
        came = [(time.monotonic(), line) for line in answer.iter_lines(chunk_size=1) if line]

    assert [line for _, line in came] == [b"data: one", b"data: two", b"data: three"]
    assert came[1][0] - came[0][0] > 0.3
    assert came[2][0] - came[1][0] > 0.3


def test_without_targets_it_answers_503(stage: Stage) -> None:
    answer = requests.get(stage.url, timeout=5)

    assert (answer.status_code, answer.headers["Server"]) == (503, "awselb/2.0")
    assert "503 Service Temporarily Unavailable" in answer.text


def test_a_target_that_refuses_or_closes_is_a_502(stage: Stage) -> None:
    target = stage.play()
    assert requests.get(f"{stage.url}/close", timeout=5).status_code == 502
    target.stop()
    assert requests.get(stage.url, timeout=5).status_code == 502
    # The request that was closed under was not sent a second time.
    assert [one["path"] for one in target.received] == ["/close"]


def test_a_target_that_stays_silent_for_the_idle_timeout_is_a_504(stage: Stage) -> None:
    target = stage.play()
    stage.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=stage.load_balancer, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "1"}]
    )
    stage.settle()
    target.hangs = True
    asked = time.monotonic()

    answer = requests.get(stage.url, timeout=10)

    assert answer.status_code == 504
    assert 0.9 < time.monotonic() - asked < 3


def test_a_stream_may_take_longer_than_the_idle_timeout(stage: Stage) -> None:
    stage.play(chunks=["x"] * 5, seconds_between_chunks=0.5)
    stage.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=stage.load_balancer, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "1"}]
    )
    stage.settle()

    assert requests.get(stage.url, timeout=10).text == "xxxxx"


def test_a_client_that_goes_away_ends_its_request_at_the_target(stage: Stage) -> None:
    target = stage.play(hangs=False)
    target.chunks, target.seconds_between_chunks = ["x"] * 100, 0.1
    client = socket.create_connection((stage.address, 80), timeout=5)
    with client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    deadline = time.monotonic() + 15
    while stage.sum("HTTPCode_ELB_4XX_Count") != 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_https_is_served_for_the_certificates_domain(stage: Stage) -> None:
    stage.play()
    acm = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1").client(
        "acm", endpoint_url=stage.elbv2.meta.endpoint_url
    )
    certificate = acm.request_certificate(DomainName="llm.example.com")["CertificateArn"]
    listener = stage.elbv2.create_listener(
        LoadBalancerArn=stage.load_balancer,
        Port=443,
        Protocol="HTTPS",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": stage.target_group}],
    )["Listeners"][0]["ListenerArn"]
    stage.elbv2.modify_listener_attributes(
        ListenerArn=listener,
        Attributes=[{"Key": "routing.http.response.strict_transport_security.header_value", "Value": "max-age=9"}],
    )
    stage.settle()

    with socket.create_connection((stage.address, 443)) as no_tls:
        no_tls.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b"HTTP" not in no_tls.recv(100)
    (way,) = stage.part.status()["https"]
    command = shlex.split(curl({"parts": {"balancer": stage.part.status()}}, way["endpoint"]))
    told = subprocess.run([*command, "-si"], capture_output=True, text=True, timeout=20, check=True).stdout

    assert told.startswith("HTTP/1.1 200 OK")
    assert "strict-transport-security: max-age=9" in told.lower()
    deadline = time.monotonic() + 30
    while stage.sum("ClientTLSNegotiationErrorCount") != 1:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_many_clients_at_once_are_all_answered(stage: Stage) -> None:
    stage.play()
    stage.play("b")
    answers: list[int] = []

    def ask() -> None:
        with requests.Session() as session:
            answers.extend(session.get(stage.url, timeout=20).status_code for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {200: 200}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_answers_without_a_body_come_through(stage: Stage, method: str) -> None:
    stage.play()
    assert requests.request(method, stage.url, timeout=5).status_code in (200, 501)


def test_a_websocket_passes_messages_both_ways(stage: Stage) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        websocket = web.WebSocketResponse(protocols=["realtime"])
        await websocket.prepare(request)
        async for message in websocket:
            await websocket.send_str(f"{request.path_qs} {message.data}")
        return websocket

    async def healthy(_: web.Request) -> web.StreamResponse:
        return web.json_response({})

    async def talk() -> tuple[str | None, list[str]]:
        application = web.Application()
        application.router.add_get("/health", healthy)
        application.router.add_get("/v1/realtime", echo)
        runner = web.AppRunner(application)
        await runner.setup()
        target = stage._play("a")
        await web.TCPSite(runner, target.address, 4000).start()
        await asyncio.to_thread(stage.register, target)
        await asyncio.to_thread(stage.wait_for, target, "healthy")
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"ws://{stage.address}/v1/realtime?model=m", protocols=["realtime"]) as websocket,
        ):
            said = []
            for text in ("one", "two"):
                await websocket.send_str(text)
                said.append(await websocket.receive_str(timeout=5))
            protocol = websocket.protocol
        await runner.cleanup()
        return protocol, said

    assert asyncio.run(talk()) == ("realtime", ["/v1/realtime?model=m one", "/v1/realtime?model=m two"])
