"""The deployed shape of a LiteLLM task, with the real LiteLLM."""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from .conftest import REGION, Ecs, wait_until

IMAGE = (
    "ghcr.io/berriai/litellm-database:v1.106.2@sha256:0000000000000000000000000000000000000000000000000000000000000000"
)
STRONG_KEY = "sk-0123456789abcdefghijklmnopqrstuv"
BUCKET, KEY = "configuration", "config-0123.yaml"
BOOT_SECONDS = 90
CHUNKS, CHUNK_SECONDS = 10, 0.5


class Provider(BaseHTTPRequestHandler):
    """Streams slowly, so that a stream is under way when the task is asked to stop."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(CHUNKS):
            delta = {"index": 0, "delta": {"role": "assistant", "content": f"word{number} "}}
            self._say({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": [delta]})
            time.sleep(CHUNK_SECONDS)
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        self._say({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": [end]})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _say(self, chunk: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def cache(ecs: Ecs) -> Iterator[str]:
    """As production has it: with TLS, and a user who logs in with its role. Returns the primary's address."""
    elasticache = ecs.aws("elasticache")
    access = "on ~* &* -@all +@read +@write +@connection +@transaction +@scripting +@pubsub -@admin -@dangerous +info"
    user = {"UserId": "proxy", "UserName": "proxy", "Engine": "valkey", "AuthenticationMode": {"Type": "iam"}}
    elasticache.create_user(**user, AccessString=f"{access} +time")
    elasticache.create_user_group(UserGroupId="proxies", Engine="valkey", UserIds=["proxy"])
    elasticache.create_replication_group(
        ReplicationGroupId="cache",
        ReplicationGroupDescription="tests",
        Engine="valkey",
        TransitEncryptionEnabled=True,
        UserGroupIds=["proxies"],
    )

    def group() -> dict[str, Any]:
        found: dict[str, Any] = elasticache.describe_replication_groups(ReplicationGroupId="cache")
        return dict(found["ReplicationGroups"][0])

    wait_until(lambda: group()["Status"] == "available", 20)
    yield group()["NodeGroups"][0]["PrimaryEndpoint"]["Address"]
    elasticache.delete_replication_group(ReplicationGroupId="cache")


def definition(ecs: Ecs, provider: str, master_key: str, cache: str) -> str:
    storage, manager = ecs.aws("s3"), ecs.aws("secretsmanager")
    storage.create_bucket(Bucket=BUCKET)
    configuration = {
        "model_list": [
            {"model_name": "fake", "litellm_params": {"model": "openai/fake", "api_base": provider, "api_key": "x"}}
        ],
        "general_settings": {
            "coordination_redis": {"host": "os.environ/REDIS_HOST"},
            "use_redis_transaction_buffer": True,
        },
    }
    storage.put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(configuration).encode())
    secret = manager.create_secret(Name=f"master-key-{time.time_ns()}", SecretString=master_key)["ARN"]
    variables = {
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_CONFIG_BUCKET_NAME": BUCKET,
        "LITELLM_CONFIG_BUCKET_OBJECT_KEY": KEY,
        "STORE_MODEL_IN_DB": "True",
        "AWS_REGION": REGION,
        "XDG_CACHE_HOME": "/tmp/litellm/cache",
        "DATABASE_NAME": "litellm",
        "DATABASE_SSLMODE": "require",
        "DATABASE_HOST": "database.example:5432",
        "DATABASE_USERNAME": "litellm_a",
        "DISABLE_SCHEMA_UPDATE": "true",
        "REDIS_HOST": cache,
        "REDIS_PORT": "6379",
        "REDIS_SSL": "true",
        "REDIS_AWS_IAM_AUTH": "true",
        "REDIS_AWS_IAM_USER_NAME": "proxy",
        "REDIS_AWS_IAM_CACHE_NAME": "cache",
        "REDIS_AWS_IAM_REGION": REGION,
        "KEEPALIVE_TIMEOUT": "75",
        "GRACEFUL_SHUTDOWN_TIMEOUT": "50",
    }
    check = "import urllib.request as r; r.urlopen('http://127.0.0.1:4000/health/liveliness', timeout=4)"
    return ecs.define(
        "litellm",
        ["--port", "4000", "--num_workers", "2", "--config", KEY],
        image=IMAGE,
        environment=[{"name": name, "value": value} for name, value in variables.items()],
        secrets=[
            {"name": "LITELLM_MASTER_KEY", "valueFrom": secret},
            {"name": "DATABASE_PASSWORD", "valueFrom": secret},
        ],
        mountPoints=[{"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": False}],
        portMappings=[{"containerPort": 4000, "protocol": "tcp"}],
        healthCheck={
            "command": ["CMD", "python3", "-c", check],
            "interval": 10,
            "timeout": 5,
            "retries": 3,
            "startPeriod": BOOT_SECONDS,
        },
        stopTimeout=60,
    )


def asked(address: str, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"http://{address}:4000{path}",
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {STRONG_KEY}", "Content-Type": "application/json"},
    )
    return urllib.request.urlopen(request, timeout=30)


def test_two_tasks_serve_and_a_stream_outlasts_the_order_to_stop(
    ecs: Ecs, service: str, provider: str, cache: str
) -> None:
    ecs.create(service, definition(ecs, provider, STRONG_KEY, cache), 2)
    ecs.steady(service, BOOT_SECONDS)
    tasks = [ecs.running(task["taskArn"]) for task in ecs.tasks(service)]
    print([(task["start_up_seconds"], task["mib"]) for task in tasks])
    assert {task["zone"] for task in tasks} == {"us-east-1a", "us-east-1b"}
    for task in tasks:
        assert task["health"] == "HEALTHY"
        assert (task["workers_asked_for"], task["workers_limit"]) == (2, 1)
        with asked(task["loopback"], "/health/liveliness") as answer:
            assert answer.status == 200
    off = " ".join(ecs.status()["features_off"])
    assert "virtual keys, users, budgets, spend logs, models in the database" in off

    arn = next(task["taskArn"] for task in ecs.tasks(service))
    body = {"model": "fake", "stream": True, "messages": [{"role": "user", "content": "hello"}]}
    with asked(ecs.running(arn)["loopback"], "/v1/chat/completions", body) as stream:
        lines = [stream.readline()]
        ecs.client.stop_task(cluster="tests", task=arn, reason="a drill")
        lines += list(stream)
    said = b"".join(lines).decode()
    assert f"word{CHUNKS - 1}" in said
    assert said.rstrip().endswith("[DONE]")
    assert ecs.cache_clients("cache") >= len(tasks)
    stopped = ecs.stopped(arn, 60)
    assert not [line for line in ecs.log("/ecs/tests", arn) if "redis" in line.lower()]
    assert stopped["containers"][0]["exitCode"] == 143
    assert any("Application shutdown complete" in line for line in ecs.log("/ecs/tests", arn))


def test_a_weak_master_key_is_refused_and_the_task_says_so(ecs: Ecs, provider: str, cache: str) -> None:
    task = ecs.stopped(ecs.run(definition(ecs, provider, "sk-1234", cache)), BOOT_SECONDS)
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["containers"][0]["exitCode"] == 3
    assert any("LITELLM_MASTER_KEY" in line for line in ecs.log("/ecs/tests", task["taskArn"]))


def test_a_hung_process_is_found_by_its_health_check_and_replaced(
    ecs: Ecs, service: str, provider: str, cache: str
) -> None:
    ecs.create(service, definition(ecs, provider, STRONG_KEY, cache), 1)
    ecs.steady(service, BOOT_SECONDS)
    (task,) = ecs.tasks(service)
    os.kill(ecs.running(task["taskArn"])["pid"], signal.SIGSTOP)
    wait_until(lambda: ecs.task(task["taskArn"])["desiredStatus"] == "STOPPED", 40)
    assert ecs.task(task["taskArn"])["stoppedReason"] == "Task failed container health checks"
    os.kill(ecs.running(task["taskArn"])["pid"], signal.SIGKILL)
    assert ecs.stopped(task["taskArn"])["containers"][0]["exitCode"] == 137
