"""The overhead metric in the LiteLLM that the image pins: loaded from a bucket as deployed, fed by requests."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

from modules.architecture.litellm_configuration import OVERHEAD_METRIC
from modules.litellm_file import with_callback

pytestmark = pytest.mark.end_to_end
LITELLM = Path(sys.executable).with_name("litellm")
KEY = "sk-overhead-metric-test-0123456789"
BUCKET = "benchmark-litellm-configuration-123456789012"
REQUESTS = 6


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def aws() -> Iterator[dict[str, str]]:
    """The variables that lead to an S3 which has LiteLLM's files as the stack uploads them."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    s3 = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id="rehearsal",
        aws_secret_access_key="rehearsal",
        region_name="us-east-1",
    )
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="overhead_metric-0123.py", Body=OVERHEAD_METRIC.read_bytes())
    model = {"model_name": "fake", "litellm_params": {"model": "openai/fake", "api_key": "nobody's"}}
    configuration = {
        "model_list": [model],
        "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"},
        # LiteLLM's own stand-in for the provider's network: all else is what a real request goes through.
        "litellm_settings": {"json_logs": True, "network_mock": True},
    }
    content = with_callback(yaml.safe_dump(configuration), f"s3://{BUCKET}/overhead_metric-0123.instance")
    s3.put_object(Bucket=BUCKET, Key="litellm.yaml", Body=content.encode())
    yield variables
    server.stop()


def chat(port: int, *, stream: bool) -> None:
    body = {"model": "fake", "stream": stream, "messages": [{"role": "user", "content": "Hello?"}]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
        answer.read()


def wait_until_alive(port: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("LiteLLM does not answer")


def test_the_overhead_of_real_requests_streamed_or_not_is_printed_for_cloudwatch(
    aws: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DATABASE_", "LITELLM_"))}
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(
        [LITELLM, "--port", str(port), "--num_workers", "1", "--config", "litellm.yaml"],
        env={
            **own,
            **aws,
            "LITELLM_MODE": "PRODUCTION",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_MASTER_KEY": KEY,
            "LITELLM_CONFIG_BUCKET_NAME": BUCKET,
            "LITELLM_CONFIG_BUCKET_OBJECT_KEY": "litellm.yaml",
            "OVERHEAD_METRIC_ENVIRONMENT": "benchmark",
            "OVERHEAD_METRIC_INTERVAL_SECONDS": "2",
        },
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert process.stdout
    threading.Thread(target=lambda: [lines.put(line) for line in process.stdout or ()], daemon=True).start()
    try:
        wait_until_alive(port, process)
        for number in range(REQUESTS):
            chat(port, stream=number % 2 == 0)
        found = metrics(lines, REQUESTS)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        log.close()

    for line in found:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("LiteLLM", [["Environment"]])
        assert line["Environment"] == "benchmark"
        assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 120
        assert len(line["OverheadMilliseconds"]) == line["Requests"]
        assert all(0 < value < 10_000 for value in line["OverheadMilliseconds"])


def metrics(lines: "queue.SimpleQueue[str]", requests: int) -> list[dict[str, Any]]:
    """The metric lines for so many requests, waiting for them."""
    found: list[dict[str, Any]] = []
    while sum(line["Requests"] for line in found) < requests:
        line = lines.get(timeout=20)
        if '"_aws"' in line:
            found.append(json.loads(line))
    assert sum(line["Requests"] for line in found) == requests
    return found
