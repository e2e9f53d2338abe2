"""A control plane with the balancer in this process, and targets that a test plays itself."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from modules.rehearsal import gaps, metrics, server
from modules.rehearsal.addresses import Addresses
from modules.rehearsal.balancer.part import Balancer
from modules.rehearsal.settings import RehearsalSettings

REGION = "us-east-1"
PACE = 20
TARGET_PORT = 4000


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def control_plane() -> Iterator[tuple[str, dict[str, Any]]]:
    """URL, and the parts that answer at /_rehearsal/<name>."""
    gaps.install()
    parts: dict[str, Any] = {}

    class Parts:
        def __init__(self) -> None:
            self.parts = parts

        def status(self) -> dict[str, Any]:
            return {}

    application = server._with_data_plane(
        Parts(),  # type: ignore[arg-type]
        server.one_at_a_time(DomainDispatcherApplication(create_backend_app)),
    )
    serving = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}", parts
    serving.shutdown()
    thread.join()
    serving.server_close()


@dataclass
class PlayedTarget:
    """A task as the balancer sees it: a private IP address, and a program that listens for it."""

    id: str
    zone: str
    address: str
    health_status: int = 200
    status: int = 200
    hangs: bool = False
    chunks: list[str] = field(default_factory=lambda: ["hello"])
    seconds_between_chunks: float = 0.0
    received: list[dict[str, Any]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None
    _connections: list[Any] = field(default_factory=list)

    def start(self) -> None:
        target = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Transfer-Encoding") == "chunked":
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                if self.path == "/health":
                    self._answer(target.health_status, ["ok"])
                    return
                target.received.append(
                    {"method": self.command, "path": self.path, "body": body, "headers": dict(self.headers)}
                )
                if self.path == "/close":
                    self.close_connection = True
                    return
                self._answer(target.status, target.chunks, target.seconds_between_chunks)

            do_POST = do_GET  # noqa: N815

            def _answer(self, status: int, chunks: list[str], seconds: float = 0) -> None:
                if target.hangs:
                    target.release.wait()
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("X-Target", target.id)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for chunk in chunks:
                        self.wfile.write(f"{len(chunk):x}\r\n{chunk}\r\n".encode())
                        self.wfile.flush()
                        if seconds:
                            target.release.wait(seconds)
                    self.wfile.write(b"0\r\n\r\n")

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def process_request(self, request: Any, client_address: Any) -> None:
                target._connections.append(request)
                super().process_request(request, client_address)

        self._server = Server((self.address, TARGET_PORT), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.release.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@dataclass
class Stage:
    """A deployed load balancer with its target group, as a test sees it."""

    elbv2: Any
    part: Balancer
    address: str
    load_balancer: str
    listener: str
    target_group: str
    measured: list[tuple[str, dict[str, str], list[float]]]
    directory: Path
    subnets: list[str]
    _play: Callable[[str], PlayedTarget]

    @property
    def url(self) -> str:
        return f"http://{self.elbv2.describe_load_balancers()['LoadBalancers'][0]['DNSName']}"

    def play(self, zone: str = "a", *, register: bool = True, healthy: bool = True, **how: Any) -> PlayedTarget:
        target = self._play(zone)
        for name, value in how.items():
            setattr(target, name, value)
        target.start()
        if register:
            self.register(target)
            if healthy:
                self.wait_for(target, "healthy")
        return target

    def register(self, target: PlayedTarget) -> None:
        self.elbv2.register_targets(TargetGroupArn=self.target_group, Targets=[{"Id": target.id, "Port": TARGET_PORT}])

    def deregister(self, target: PlayedTarget) -> None:
        self.elbv2.deregister_targets(
            TargetGroupArn=self.target_group, Targets=[{"Id": target.id, "Port": TARGET_PORT}]
        )

    def health(self) -> dict[str, dict[str, str]]:
        told = self.elbv2.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        return {one["Target"]["Id"]: one["TargetHealth"] for one in told}

    def wait_for(self, target: PlayedTarget, state: str | None, seconds: float = 10) -> dict[str, str]:
        deadline = time.monotonic() + seconds
        while (found := self.health().get(target.id, {})).get("State") != state:
            assert time.monotonic() < deadline, f"{found} instead of {state}"
            time.sleep(0.05)
        return found

    def settle(self) -> None:
        """Until the process has what was changed last."""
        seen = self.part._report.version
        deadline = time.monotonic() + 5
        while True:
            time.sleep(0.1)
            told = self.part._report.version
            if told == seen and told:
                time.sleep(0.3)
                if self.part._report.version == told:
                    return
            seen = told
            assert time.monotonic() < deadline

    def sum(self, metric: str, **dimensions: str) -> float:
        return sum(
            sum(values)
            for name, at, values in list(self.measured)
            if name == metric and (set(at) == {"LoadBalancer"} if not dimensions else at == dimensions)
        )


@pytest.fixture
def stage(
    control_plane: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    url, parts = control_plane
    addresses = Addresses.claim(random.Random())
    targets: list[PlayedTarget] = []
    measured: list[tuple[str, dict[str, str], list[float]]] = []

    def put(region: str, namespace: str, name: str, dimensions: dict[str, str], values: list[float], **_: Any) -> None:
        assert (region, namespace) == (REGION, "AWS/ApplicationELB")
        measured.append((name, dimensions, values))

    monkeypatch.setattr(metrics, "put", put)
    part = Balancer(
        url=url,
        directory=tmp_path,
        settings=RehearsalSettings(pace=PACE),
        addresses=addresses,
        loopback=lambda vpc, ip: next((target.address for target in targets if target.id == ip), None),
    )
    parts["balancer"] = part
    part.start()
    session = boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name=REGION)
    config = Config(retries={"total_max_attempts": 1})
    elbv2, ec2 = (session.client(name, endpoint_url=url, config=config) for name in ("elbv2", "ec2"))
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for index, zone in enumerate("ab")
    ]

    def play(zone: str) -> PlayedTarget:
        ip = f"10.9.{'ab'.index(zone)}.{10 + len(targets)}"
        targets.append(PlayedTarget(id=ip, zone=f"{REGION}{zone}", address=addresses.of(ip)))
        return targets[-1]

    balancer = elbv2.create_load_balancer(Name="front", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    group = elbv2.create_target_group(
        Name="tasks",
        Protocol="HTTP",
        Port=TARGET_PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=10,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=3,
        UnhealthyThresholdCount=2,
        Matcher={"HttpCode": "200"},
    )["TargetGroups"][0]["TargetGroupArn"]
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer,
        Port=80,
        Protocol="HTTP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Listeners"][0]["ListenerArn"]
    stage = Stage(
        elbv2, part, addresses.of(balancer), balancer, listener, group, measured, tmp_path / "balancer", subnets, play
    )
    deadline = time.monotonic() + 20
    while not part.status()["listeners"] or not part._report.version:
        assert time.monotonic() < deadline, part.status()
        time.sleep(0.05)
    stage.settle()
    yield stage
    part.stop()
    for target in targets:
        target.stop()
    elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    for one in elbv2.describe_target_groups()["TargetGroups"]:
        elbv2.delete_target_group(TargetGroupArn=one["TargetGroupArn"])
    addresses.close()
