"""The deployed endpoint answers: real LiteLLM tasks behind a real balancer, and what is broken is seen and mended."""

import contextlib
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import psutil
import pytest

from modules.rehearsal import lifecycle
from tests.rehearsal.parts import wait_until

from .checkout import Checkout, Result
from .fleet import held

pytestmark = pytest.mark.end_to_end
HAPPENS_WITHIN_SECONDS = 240
MODEL = "rehearsal"
QUESTION: Any = [{"role": "user", "content": "Are you there?"}]
Aws = Callable[[str], Any]
SERVICE = {"cluster": "benchmark-litellm", "service": "benchmark-litellm"}


@pytest.fixture(scope="module")
def client(endpoint: str, key: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{endpoint}/v1", api_key=key, max_retries=0, timeout=60) as client:
        yield client


def running(aws: Aws) -> dict[str, Any]:
    """The service's running tasks by their ids."""
    ecs = aws("ecs")
    arns = ecs.list_tasks(cluster=SERVICE["cluster"], serviceName=SERVICE["service"])["taskArns"]
    tasks = ecs.describe_tasks(cluster=SERVICE["cluster"], tasks=arns)["tasks"] if arns else []
    return {task["taskArn"]: task for task in tasks if task["lastStatus"] == "RUNNING"}


def steady(aws: Aws) -> bool:
    """As many tasks as are wanted, which autoscaling decides meanwhile, and all of them serve."""
    service = aws("ecs").describe_services(cluster=SERVICE["cluster"], services=[SERVICE["service"]])["services"][0]
    group = service["loadBalancers"][0]["targetGroupArn"]
    states = [
        one["TargetHealth"]["State"]
        for one in aws("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    ]
    return bool(
        service["runningCount"] == service["desiredCount"] == states.count("healthy") == len(states)
        and len(service["deployments"]) == 1
    )


def test_the_openai_client_gets_a_chat_completion(client: openai.OpenAI) -> None:
    answer = client.chat.completions.with_raw_response.create(model=MODEL, messages=QUESTION)
    assert "rehearsal" in (answer.parse().choices[0].message.content or "")
    assert float(answer.headers["x-litellm-overhead-duration-ms"]) > 0


def test_a_streamed_answer_comes_in_pieces_as_they_are_made(client: openai.OpenAI) -> None:
    def seconds_between_first_and_last_piece() -> float:
        times = []
        with client.chat.completions.create(model=MODEL, messages=QUESTION, stream=True) as stream:
            for _ in stream:
                times.append(time.monotonic())
        assert len(times) > 5
        return times[-1] - times[0]

    # The provider makes 16 tokens, one every 20 ms; in one piece they would all come at once, as they may in a task's
    # first stream: LiteLLM imports what it needs for it while they are made.
    assert max(seconds_between_first_and_last_piece() for _ in range(6)) > 0.1


def test_curl_gets_one_with_the_line_that_the_deployment_prints(checkout: Checkout, deployment: Result) -> None:
    answered = checkout.shell(deployment.line("curl ").replace("curl ", "curl -sS ", 1))
    assert '"object":"chat.completion"' in answered.output


def test_without_a_key_nobody_is_answered(endpoint: str) -> None:
    body = {"model": MODEL, "messages": QUESTION}
    assert httpx.post(f"{endpoint}/v1/chat/completions", json=body).status_code == 401


def test_each_task_has_its_share_in_both_zones(aws: Aws, deployment: Result) -> None:
    wait_until(lambda: steady(aws), HAPPENS_WITHIN_SECONDS)
    zones = [task["availabilityZone"] for task in running(aws).values()]
    assert abs(zones.count("us-east-1a") - zones.count("us-east-1b")) <= 1
    assert set(zones) == {"us-east-1a", "us-east-1b"}


def test_the_status_shows_tasks_targets_and_database(checkout: Checkout, deployment: Result) -> None:
    shown = checkout.make("status").output
    for section in ("tasks", "balancer", "targets", "database", "alarms", "left out"):
        assert re.search(rf"^{section}$", shown, re.MULTILINE), shown
    assert shown.count("RUNNING") >= 2
    assert "\nfaults\n" not in shown
    assert "MiB" in shown


def test_the_deployment_says_what_it_takes_and_what_is_left_out(deployment: Result) -> None:
    assert re.search(r"takes \d\.\d GiB of memory; the slowest of 4 tasks was up in \d+ s", deployment.output)
    assert "1 of 4 LiteLLM workers run in a task" in deployment.output


def test_nothing_listens_beyond_loopback(checkout: Checkout, deployment: Result) -> None:
    rehearsal = lifecycle.running(checkout.directory / ".rehearsal")
    assert rehearsal
    processes = [psutil.Process(rehearsal.pid), *psutil.Process(rehearsal.pid).children(recursive=True)]
    addresses = {
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    # The API, the provider, the database and its endpoint, the balancer, and the tasks.
    assert len(addresses) > 6
    assert {address.partition(".")[0] for address in addresses} == {"127"}


@contextlib.contextmanager
def load(client: openai.OpenAI) -> Iterator[list[str]]:
    """Requests one after the other in four threads; collects what went wrong."""
    failed: list[str] = []
    leave = threading.Event()

    def ask() -> None:
        while not leave.is_set():
            try:
                client.chat.completions.create(model=MODEL, messages=QUESTION)
            except openai.OpenAIError as error:
                failed.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        leave.set()
        for thread in threads:
            thread.join()


def test_a_stopped_task_is_replaced_without_a_failed_request(aws: Aws, client: openai.OpenAI) -> None:
    """ECS takes it out of the target group, and stops it when its requests are done."""
    before = set(running(aws))
    stopped = min(before)
    with load(client) as failed:
        aws("ecs").stop_task(cluster=SERVICE["cluster"], task=stopped, reason="a test")
        wait_until(lambda: stopped not in running(aws) and steady(aws), HAPPENS_WITHIN_SECONDS)
    assert failed == []
    (task,) = aws("ecs").describe_tasks(cluster=SERVICE["cluster"], tasks=[stopped])["tasks"]
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "a test")


@pytest.fixture
def held_fleet(aws: Aws) -> Iterator[None]:
    with held(aws):
        wait_until(lambda: steady(aws), HAPPENS_WITHIN_SECONDS)
        yield


def test_a_process_that_is_killed_by_hand_is_noticed_and_replaced(
    aws: Aws, checkout: Checkout, held_fleet: None
) -> None:
    before = set(running(aws))
    victim = min(before)
    line = checkout.make("status").line(victim.rpartition("/")[2])
    pid = int(re.search(r"pid (\d+)", line)[1])  # type: ignore[index]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: victim not in running(aws), HAPPENS_WITHIN_SECONDS)
    (task,) = aws("ecs").describe_tasks(cluster=SERVICE["cluster"], tasks=[victim])["tasks"]
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["containers"][0]["exitCode"] == 137
    wait_until(lambda: steady(aws), HAPPENS_WITHIN_SECONDS)
