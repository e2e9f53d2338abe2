"""What the load test's fake provider answers, run as its container runs it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from modules.architecture.fake_upstream import PROGRAM

LATENCY_SECONDS = 0.05


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LATENCY_MILLISECONDS": str(1000 * LATENCY_SECONDS),
        "LATENCY_SIGMA": "0",
        "TOKENS": "20",
        "MILLISECONDS_PER_TOKEN": "1",
    }
    program = subprocess.Popen([sys.executable, "-c", PROGRAM.read_text()], env={**os.environ, **variables})
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(f"{base}/health", program)
        yield base
        program.terminate()
        # A task that stops does so cleanly, within its time.
        assert program.wait(10) == 0
    finally:
        program.kill()
        program.wait()


def _wait_for(address: str, program: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while True:
        assert program.poll() is None
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def ask(url: str, **more: Any) -> tuple[str, float]:
    """The answer's body, and the seconds that it took."""
    content = {"model": "load-test", "messages": [{"role": "user", "content": "hello"}], **more}
    request = urllib.request.Request(f"{url}/v1/chat/completions", data=json.dumps(content).encode())
    began = time.monotonic()
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode(), time.monotonic() - began


def test_it_answers_as_openai_does_after_its_latency_and_its_tokens_time(url: str) -> None:
    body, seconds = ask(url)
    answer = json.loads(body)
    assert answer["object"] == "chat.completion"
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "stop"
    assert len(choice["message"]["content"].split()) == 20
    usage = answer["usage"]
    assert usage["completion_tokens"] == 20
    assert usage["total_tokens"] == usage["prompt_tokens"] + 20
    assert seconds >= LATENCY_SECONDS + 20 * 0.001


@pytest.mark.parametrize(("asked", "answered"), [(5, 5), (500, 20)])
def test_no_more_tokens_than_asked_for_nor_than_it_was_told(url: str, asked: int, answered: int) -> None:
    assert json.loads(ask(url, max_tokens=asked)[0])["usage"]["completion_tokens"] == answered


def test_a_stream_has_the_same_words_and_its_usage_when_that_is_asked_for(url: str) -> None:
    body, _ = ask(url, stream=True, stream_options={"include_usage": True})
    events = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
    assert events.pop() == "[DONE]"
    chunks = [json.loads(event) for event in events]
    assert chunks.pop()["usage"]["completion_tokens"] == 20
    text = "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])
    assert text == json.loads(ask(url)[0])["choices"][0]["message"]["content"]


def test_what_is_no_question_gets_an_error_in_openais_shape(url: str) -> None:
    for path, data, status in (("/v1/models", None, 404), ("/v1/chat/completions", b"{", 400)):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(f"{url}{path}", data=data), timeout=10)
        assert caught.value.code == status
        assert json.loads(caught.value.read())["error"]["type"] == "invalid_request_error"
        caught.value.close()
