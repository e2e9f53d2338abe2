"""What the architecture takes for granted of LiteLLM and PostgreSQL, asked of the real ones as they are deployed."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from modules.operations.drill.login import secret_value

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end
LITELLM = Path(sys.executable).with_name("litellm")
SOURCE_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "1GB",
    "effective_cache_size": "3GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "5MB",
}
"""The source document's own notation."""
Aws = Callable[[str], Any]


@pytest.fixture(scope="module")
def container(aws: Aws, deployment: Result) -> dict[str, Any]:
    """The deployed service's container definition."""
    service = aws("ecs").describe_services(cluster="benchmark-litellm", services=["benchmark-litellm"])["services"][0]
    definition = aws("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (found,) = definition["containerDefinitions"]
    return dict(found)


@contextlib.contextmanager
def litellm(
    checkout: Checkout, aws: Aws, container: dict[str, Any], *options: str, **changed: str | None
) -> Iterator["subprocess.Popen[str]"]:
    """LiteLLM by hand, with the deployed command, variables and secrets, some of them changed or, by None, left out."""
    secrets = {
        secret["name"]: secret_value(aws("secretsmanager"), secret["valueFrom"]) for secret in container["secrets"]
    }
    variables = {variable["name"]: variable["value"] for variable in container["environment"]}
    rehearsal = {
        name: value
        for name, value in (line.split("=", 1) for line in checkout.shell("env").output.splitlines() if "=" in line)
        if name.startswith("AWS_")
    }
    process = subprocess.Popen(
        [LITELLM, *container["command"], *options],
        env={
            name: value
            for name, value in {**os.environ, **rehearsal, **variables, **secrets, **changed}.items()
            if value is not None
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout
        process.stdout.close()


def connected(port: int, process: "subprocess.Popen[str]") -> socket.socket:
    """As soon as the process listens."""
    deadline = time.monotonic() + 180
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert process.poll() is None, "LiteLLM ended"
            assert time.monotonic() < deadline, "LiteLLM does not listen"
            time.sleep(0.2)


def test_litellm_opens_the_pool_that_the_budget_allows(checkout: Checkout, aws: Aws, container: dict[str, Any]) -> None:
    """The pool stands in the file in S3, which the command line reads only when it is told of a file."""
    with litellm(checkout, aws, container, DATABASE_HOST="127.0.0.1:1") as process:
        assert process.stdout
        budget = next((line for line in process.stdout if "connection budget" in line), "")

    workers, largest_pool = 4, (200 - 15) // (4 * 15)
    assert f"{workers} worker(s) x writer connection_limit {largest_pool} = up to {workers * largest_pool}" in budget


def test_litellm_keeps_idle_connections_longer_than_the_load_balancer(
    checkout: Checkout, aws: Aws, container: dict[str, Any], deployment: Result
) -> None:
    """Otherwise the balancer sends requests into connections that are being closed, and users get 502."""
    (balancer,) = aws("elbv2").describe_load_balancers()["LoadBalancers"]
    attributes = {
        one["Key"]: one["Value"]
        for one in aws("elbv2").describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])[
            "Attributes"
        ]
    }
    variables = {variable["name"]: variable["value"] for variable in container["environment"]}
    assert int(variables["KEEPALIVE_TIMEOUT"]) > int(attributes["idle_timeout.timeout_seconds"])

    # That LiteLLM heeds the variable is seen at a value for which a test can wait.
    seconds = 4
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--host", "127.0.0.1", "--port", str(port), "--num_workers", "1")
    no_database = {name: None for name in [*variables, "DATABASE_PASSWORD"] if name.startswith("DATABASE_")}
    with (
        litellm(checkout, aws, container, *options, KEEPALIVE_TIMEOUT=str(seconds), **no_database) as process,
        connected(port, process) as connection,
    ):
        connection.settimeout(3 * seconds)
        connection.sendall(b"GET /health/liveliness HTTP/1.1\r\nHost: litellm\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        answered = time.monotonic()
        while connection.recv(4096):
            pass
        kept = time.monotonic() - answered
    assert seconds - 0.5 < kept < 2 * seconds


def test_liveliness_and_readiness_need_no_key_and_everything_else_does(endpoint: str) -> None:
    assert httpx.get(f"{endpoint}/health/liveliness").status_code == 200
    readiness = httpx.get(f"{endpoint}/health/readiness")
    assert readiness.status_code == 200
    # Without a Prisma engine there is no database that could make the tasks unready.
    assert readiness.json() == {"status": "healthy", "db": "Not connected"}
    assert httpx.get(f"{endpoint}/v1/models").status_code == 401


def test_postgresql_shows_litellm_the_sources_settings_in_the_sources_units(
    aws: Aws, container: dict[str, Any]
) -> None:
    variables = {variable["name"]: variable["value"] for variable in container["environment"]}
    secrets = {secret["name"]: secret["valueFrom"] for secret in container["secrets"]}
    host, _, port = variables["DATABASE_HOST"].partition(":")
    with psycopg.connect(
        host=host,
        port=port,
        dbname=variables["DATABASE_NAME"],
        user=variables["DATABASE_USERNAME"],
        password=secret_value(aws("secretsmanager"), secrets["DATABASE_PASSWORD"]),
        sslmode=variables["DATABASE_SSLMODE"],
    ) as session:
        shown = {name: session.execute(f"SHOW {name}").fetchone() for name in SOURCE_SETTINGS}
    assert shown == {name: (value,) for name, value in SOURCE_SETTINGS.items()}


def test_every_task_passes_the_deployed_health_check(aws: Aws, container: dict[str, Any]) -> None:
    assert container["healthCheck"]["command"]
    arns = aws("ecs").list_tasks(cluster="benchmark-litellm", serviceName="benchmark-litellm")["taskArns"]
    tasks = aws("ecs").describe_tasks(cluster="benchmark-litellm", tasks=arns)["tasks"]
    assert {task["healthStatus"] for task in tasks if task["lastStatus"] == "RUNNING"} == {"HEALTHY"}
