"""Users of LiteLLM who ask, wait for the answer, and think: what each of Locust's workers runs.

Not a part of this project's programs: it goes into a task definition as it is. Whoever starts the test states the
variables; times are in seconds.
"""

import os

from locust import FastHttpUser, between, task

PROMPT_WORD = "word "
OVERHEAD = "x-litellm-overhead-duration-ms"


class Client(FastHttpUser):
    wait_time = between(float(os.environ["THINK_SECONDS_LEAST"]), float(os.environ["THINK_SECONDS_MOST"]))
    connection_timeout = network_timeout = float(os.environ["TIMEOUT_SECONDS"])

    def on_start(self) -> None:
        self._headers = {"Authorization": f"Bearer {os.environ['LOAD_KEY']}"}
        prompt = PROMPT_WORD * int(os.environ["PROMPT_WORDS"])
        self._body = {"model": os.environ["MODEL"], "messages": [{"role": "user", "content": prompt}]}

    @task
    def complete(self) -> None:
        with self.client.post(
            "/v1/chat/completions", json=self._body, headers=self._headers, catch_response=True
        ) as answer:
            overhead = (answer.headers or {}).get(OVERHEAD)
        if overhead:
            # Beside the requests in Locust's own statistics, which the master adds up over all workers.
            self.environment.events.request.fire(
                request_type="OVERHEAD",
                name="LiteLLM",
                response_time=float(overhead),
                response_length=0,
                exception=None,
                context={},
            )
