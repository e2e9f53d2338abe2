"""Clients of an LLM provider get answers from the fake one as from OpenAI."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from modules.rehearsal import processes
from modules.rehearsal.addresses import Addresses
from modules.rehearsal.settings import RehearsalSettings
from modules.rehearsal.upstream.part import Upstream

MESSAGES: Any = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Upstream]]:
    addresses = Addresses.claim(random.Random())
    started: list[Upstream] = []

    def start(**settings: float) -> Upstream:
        upstream = Upstream(
            url="http://unused", directory=tmp_path, settings=RehearsalSettings(**settings), addresses=addresses
        )
        started.append(upstream)
        upstream.start()
        wait_until_it_answers(upstream)
        return upstream

    yield start
    for upstream in started:
        upstream.stop()
    addresses.close()


def client(upstream: Upstream) -> openai.OpenAI:
    return openai.OpenAI(base_url=upstream.url, api_key="sk-secret", max_retries=0)


def wait_until_it_answers(upstream: Upstream) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            client(upstream).models.list()
        except openai.APIConnectionError:
            assert time.monotonic() < deadline, upstream.failure()
            time.sleep(0.05)
        else:
            return


def test_a_chat_completion_says_that_it_is_made_up_and_counts_its_tokens(start: Callable[..., Upstream]) -> None:
    upstream = start(upstream_tokens=5, upstream_latency_milliseconds=1)

    answer = client(upstream).chat.completions.create(model="gpt-4o", messages=MESSAGES)

    assert answer.choices[0].message.content == "This is the rehearsal's fake"
    assert (answer.model, answer.choices[0].finish_reason) == ("gpt-4o", "stop")
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 5
    assert "secret" not in answer.model_dump_json()
    assert "France" not in answer.model_dump_json()


def test_a_stream_comes_token_by_token_and_ends_with_its_usage(start: Callable[..., Upstream]) -> None:
    upstream = start(upstream_tokens=6, upstream_latency_milliseconds=1, upstream_milliseconds_per_token=50)

    asked = time.monotonic()
    stream = client(upstream).chat.completions.create(
        model="gpt-4o", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    came = [(time.monotonic(), chunk) for chunk in stream]

    words = [(when, chunk) for when, chunk in came if chunk.choices and chunk.choices[0].delta.content]
    assert "".join(chunk.choices[0].delta.content or "" for _, chunk in words) == "This is the rehearsal's fake model:"
    # On a busy machine the client reads late, and then several at once; never early.
    assert words[-1][0] - asked >= 5 * 0.05
    assert words[-1][0] - words[0][0] > 0.05
    assert came[-1][1].usage is not None
    assert came[-1][1].usage.completion_tokens == 6


def test_completions_embeddings_and_models_are_there(start: Callable[..., Upstream]) -> None:
    asked = client(start(upstream_latency_milliseconds=1))

    assert asked.completions.create(model="m", prompt="p", max_tokens=2).choices[0].text == "This is"
    embeddings = asked.embeddings.create(model="m", input=["a", "b"], encoding_format="float")
    assert [len(one.embedding) for one in embeddings.data] == [8, 8]
    assert [model.id for model in asked.models.list()] == ["rehearsal-fake-model"]


def test_it_takes_and_fails_as_its_settings_say(start: Callable[..., Upstream]) -> None:
    upstream = start(
        upstream_tokens=1, upstream_latency_milliseconds=200, upstream_latency_sigma=0, upstream_error_percent=100
    )
    asked = time.monotonic()

    with pytest.raises(openai.InternalServerError, match="fake provider fails"):
        client(upstream).chat.completions.create(model="m", messages=MESSAGES)

    assert time.monotonic() - asked >= 0.2


def test_a_crash_is_shown_and_heals_and_nothing_is_left_after_the_stop(start: Callable[..., Upstream]) -> None:
    upstream = start()
    first = upstream.status()["pid"]
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while upstream.failure() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert "exit code -9" in str(upstream.failure())

    wait_until_it_answers(upstream)

    status = upstream.status()
    assert upstream.failure() is None
    assert (status["restarts"], status["last_exit_code"]) == (1, -9)
    upstream.stop()
    assert processes.identity(status["pid"]) is None
