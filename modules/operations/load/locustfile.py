"""What Locust runs: users of LiteLLM's published load test, or arrivals at a rate, each request as a line of JSON.

The script of BerriAI/litellm-docs, docs/benchmarks.md: a prompt of 16 kB that no cache knows, and users who wait for
0.5 to 1 s between an answer and the next question. With LOAD_RATE, questions come whether or not earlier ones are
answered: due times of a Poisson process, each taken by a user that is free, and counted from when it was due.

It imports Locust alone, so that a container with nothing else in it can run it. All it is told are variables; the key
is one of them because a command line can be read by every user of the machine.
"""

import json
import os
import random
import time
import uuid
from collections.abc import Iterator
from itertools import takewhile

import gevent
from geventhttpclient.client import HTTPClientPool
from locust import FastHttpUser, between, constant, events, task
from locust.contrib.fasthttp import FastResponse
from locust.env import Environment
from locust.exception import StopUser

KEY = os.environ["LOAD_KEY"]
MODEL = os.environ["LOAD_MODEL"]
SECONDS = float(os.environ["LOAD_SECONDS"])
"""From the test's start, warm-up included; arrivals come for so long."""
RATE = float(os.environ.get("LOAD_RATE", "0"))
"""Arrivals per second of this process; 0: users who think."""
THINK_SECONDS = tuple(float(seconds) for seconds in os.environ.get("LOAD_THINK_SECONDS", "0.5,1").split(","))
TIMEOUT_SECONDS = float(os.environ.get("LOAD_TIMEOUT_SECONDS", "30"))
SEED = int(os.environ.get("LOAD_SEED", "1"))
FILE = os.environ.get("LOAD_FILE", "/dev/stdout")
HOST_NAME = os.environ.get("LOAD_HOST_NAME", "")
"""Of the endpoint, where Locust's host is an address that no DNS knows it by."""
CA_FILE = os.environ.get("LOAD_CA_FILE") or None

MAX_TOKENS = 16
SENTENCES = 150
SENTENCE = "This is a test there will be no cache hits and we'll fill up the context"
LONGEST_ERROR = 200

# Of a clock that nobody sets meanwhile.
EPOCH = time.time() - time.monotonic()
TLS = gevent.ssl.create_default_context(cafile=CA_FILE)
RECORD = open(FILE, "a", buffering=1)  # noqa: SIM115, PTH123 - for as long as the process lives


def now() -> float:
    return EPOCH + time.monotonic()


def arrivals(began: float, until: float) -> Iterator[float]:
    """When questions are due."""
    choose, due = random.Random(SEED), began
    while (due := due + choose.expovariate(RATE)) < until:
        yield due


due_times: Iterator[float] = iter(())


def keep(**fields: object) -> None:
    RECORD.write(json.dumps(fields) + "\n")


def begin(**_: object) -> None:
    global due_times
    began = now()
    keep(began=began)
    if RATE:
        due_times = arrivals(began, began + SECONDS)


def end(**_: object) -> None:
    """Nothing that was due is left out, or an overload would look like a small load."""
    for due in takewhile(lambda due: due <= now(), due_times):
        keep(due=due, sent=None, finished=now(), status=None, error="not sent: every user waited for an answer")


events.test_start.add_listener(begin)
events.test_stop.add_listener(end)


class Asker(FastHttpUser):
    wait_time = constant(0) if RATE else between(*THINK_SECONDS)

    def __init__(self, environment: Environment) -> None:
        # A connection of its own, as clients have; the certificate has to be the endpoint's, wherever that is.
        self.client_pool = HTTPClientPool(
            concurrency=1,
            network_timeout=TIMEOUT_SECONDS,
            connection_timeout=TIMEOUT_SECONDS,
            ssl_context_factory=lambda **_: TLS,
            headers={"host": HOST_NAME} if HOST_NAME else {},
        )
        super().__init__(environment)

    @task
    def ask(self) -> None:
        due = self._due()
        sent = now()
        prompt = f"{uuid.uuid4()} {SENTENCE} " * SENTENCES
        with self.client.post(
            "/v1/chat/completions",
            json={"model": MODEL, "messages": [{"role": "user", "content": prompt}], "max_tokens": MAX_TOKENS},
            headers={"Authorization": f"Bearer {KEY}"},
            catch_response=True,
        ) as response:
            finished, error = now(), what_is_wrong(response)
            if error:
                response.failure(error)
            else:
                response.success()
        keep(
            due=due or sent,
            sent=sent,
            finished=finished,
            status=response.status_code or None,
            error=error,
            overhead_ms=(response.headers or {}).get("x-litellm-overhead-duration-ms"),
        )

    def _due(self) -> float | None:
        """Waits for the next question's time; None where users ask when they have thought."""
        if not RATE:
            return None
        due = next(due_times, None)
        if due is None:
            raise StopUser
        gevent.sleep(max(0.0, due - now()))
        return due


def what_is_wrong(response: FastResponse) -> str | None:
    """An HTTP 200 is not an answer yet."""
    if not response.status_code:
        failure = getattr(response, "error", None)
        error = getattr(failure, "original", failure)
        if isinstance(error, TimeoutError):
            return f"no complete answer within {TIMEOUT_SECONDS:g} s"
        return (f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)[:LONGEST_ERROR]
    if response.status_code != 200:
        return f"HTTP {response.status_code}"
    try:
        said = json.loads(response.text or "")
    except ValueError:
        return "HTTP 200 without JSON"
    if not isinstance(said, dict) or said.get("error") or "choices" not in said:
        return "HTTP 200 without a completion"
    return None
