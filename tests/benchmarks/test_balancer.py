"""Throughput through the rehearsal's balancer against direct access to the same target, in one run, side by side."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest
from aiohttp import ClientSession, TCPConnector

from modules.rehearsal import lifecycle, status
from modules.rehearsal.balancer.configuration import (
    Action,
    Condition,
    Configuration,
    HealthCheck,
    Listener,
    LoadBalancer,
    Reply,
    Rule,
    Target,
    TargetGroup,
)
from modules.rehearsal.child import Child
from tests.end_to_end.checkout import Checkout

pytestmark = pytest.mark.benchmark

CPU_MILLISECONDS = 5
"""What a request costs the stand-in for LiteLLM, which takes some 8 ms."""
SECONDS = 4
CLIENTS = 32
ROUNDS = 3
AT_LEAST = 0.9

TARGET = textwrap.dedent(
    """
    import sys, time, uvloop
    from aiohttp import web

    async def answer(request):
        await request.read()
        until = time.process_time() + float(sys.argv[3]) / 1000
        while time.process_time() < until:
            pass
        return web.Response(body=b'{"answer": "' + b"x" * 600 + b'"}', content_type="application/json")

    async def main():
        runner = web.ServerRunner(web.Server(answer, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, sys.argv[1], int(sys.argv[2]), backlog=1024).start()
        import asyncio
        await asyncio.Event().wait()

    uvloop.run(main())
    """
)


def configuration(address: str, port: int, targets: list[tuple[str, int]]) -> Configuration:
    """As it is deployed: the rules of the paths that are open come first."""
    action = Action(type="forward", target_groups=(("group", 1),))
    paths = Condition(field="path-pattern", values=("/v1/chat/completions", "/chat/completions", "/v1/messages*"))
    return Configuration(
        load_balancers=(
            LoadBalancer(
                arn="balancer",
                address=address,
                drop_invalid_header_fields=True,
                listeners=(
                    Listener(
                        arn="listener",
                        port=port,
                        bound_port=port,
                        rules=(Rule(conditions=(paths,), action=action), Rule(action=action)),
                    ),
                ),
            ),
        ),
        target_groups=(
            TargetGroup(
                arn="group",
                load_balancer="balancer",
                algorithm="least_outstanding_requests",
                health_check=HealthCheck(
                    interval_seconds=5,
                    timeout_seconds=5,
                    healthy_threshold=2,
                    unhealthy_threshold=5,
                    initial_unhealthy_threshold=5,
                ),
                targets=tuple(
                    Target(id=host, port=target_port, zone="a", address=host) for host, target_port in targets
                ),
            ),
        ),
    )


@pytest.fixture
def control_plane() -> Iterator[tuple[str, list[Configuration]]]:
    """What moto's process tells the balancer, without moto."""
    told: list[Configuration] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = Reply(version="1", configuration=told[0]).model_dump_json().encode()
            self.send_response(HTTPStatus.OK)
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", told
    server.shutdown()
    server.server_close()


async def requests_per_second(urls: list[str], key: str = "sk-benchmark") -> float:
    body = b'{"model": "rehearsal", "messages": [{"role": "user", "content": "' + b"x" * 400 + b'"}]}'
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    answered = 0

    async def ask(session: ClientSession, url: str) -> None:
        nonlocal answered
        while time.monotonic() < ends:
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                assert answer.status == HTTPStatus.OK
                answered += 1

    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        ends = time.monotonic() + SECONDS
        await asyncio.gather(*(ask(session, urls[client % len(urls)]) for client in range(CLIENTS)))
    return answered / SECONDS


@pytest.mark.parametrize("count", [1, 2], ids=["one target", "two targets"])
def test_throughput_through_the_balancer_against_direct_access(
    control_plane: tuple[str, list[Configuration]], tmp_path: Path, count: int
) -> None:
    url, told = control_plane
    octet = random.randint(64, 254)
    targets = [(f"127.{octet}.0.{number + 2}", 4000) for number in range(count)]
    address, port = f"127.{octet}.0.1", 8080
    told.append(configuration(address, port, targets))
    programs = [
        subprocess.Popen([sys.executable, "-c", TARGET, host, str(target_port), str(CPU_MILLISECONDS)])
        for host, target_port in targets
    ]
    balancer = Child.of_module("modules.rehearsal.balancer", ["--control-plane", url, "--directory", str(tmp_path)])
    balancer.start()
    try:
        for place in [*targets, (address, port)]:
            wait_until_listening(place)
        direct_urls = [f"http://{host}:{target_port}/v1/chat/completions" for host, target_port in targets]
        balanced_urls = [f"http://{address}:{port}/v1/chat/completions"]
        asyncio.run(requests_per_second(balanced_urls))
        direct, balanced, cpu, answered = 0.0, 0.0, 0.0, 0.0
        for _ in range(ROUNDS):
            direct += asyncio.run(requests_per_second(direct_urls))
            process = psutil.Process(balancer.pid)
            before = process.cpu_times()
            through = asyncio.run(requests_per_second(balanced_urls))
            after = process.cpu_times()
            balanced += through
            answered += through * SECONDS
            cpu += after.user + after.system - before.user - before.system
    finally:
        balancer.stop()
        for program in programs:
            os.kill(program.pid, signal.SIGTERM)
            program.wait()
    print(
        f"\n{count} target(s) at {CPU_MILLISECONDS} ms: direct {direct / ROUNDS:.0f} requests/s, through the balancer "
        f"{balanced / ROUNDS:.0f} requests/s, ratio {balanced / direct:.3f}; the balancer's own CPU "
        f"{1000 * cpu / answered:.2f} ms a request"
    )


def test_throughput_of_the_deployed_litellm_through_the_balancer_against_direct_access(tmp_path: Path) -> None:
    checkout = Checkout.create(tmp_path / "project")
    try:
        deployed = checkout.make("deploy")
        assert deployed.code == 0, deployed.output
        secret = deployed.line("master key secret").split()[-1]
        key = checkout.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        rehearsal = lifecycle.running(checkout.directory / ".rehearsal")
        assert rehearsal
        tasks = status.read(rehearsal)["parts"]["tasks"]["tasks"]
        direct_urls = [f"http://{task['loopback']}:4000/v1/chat/completions" for task in tasks]
        balanced_urls = [f"{deployed.line('endpoint  ').split()[-1]}/v1/chat/completions"]
        asyncio.run(requests_per_second(direct_urls, key))
        direct = balanced = 0.0
        for _ in range(ROUNDS):
            direct += asyncio.run(requests_per_second(direct_urls, key))
            balanced += asyncio.run(requests_per_second(balanced_urls, key))
    finally:
        checkout.make("rehearsal-stop")
    print(
        f"\n{len(tasks)} LiteLLM tasks: direct {direct / ROUNDS:.0f} requests/s, through the balancer "
        f"{balanced / ROUNDS:.0f} requests/s, ratio {balanced / direct:.3f}, to be at least {AT_LEAST}"
    )


def wait_until_listening(place: tuple[str, int]) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(place, timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, f"nothing listens at {place}"
            time.sleep(0.05)
        else:
            return
