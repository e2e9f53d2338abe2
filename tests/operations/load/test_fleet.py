"""Load from several machines: a real Locust's master and workers, each as a task that a played ECS runs here."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from modules.environment_file import load
from modules.operations.deployment import Deployment
from modules.operations.load.fleet import Fleet, find_fleet
from modules.operations.load.generator import LoadError
from modules.operations.load.run import run
from modules.operations.load.wish import Wish
from modules.operations.outputs import LoadGenerators
from modules.planning.capacity.closed_loop import Users
from modules.target import Target
from tests.operations.conftest import COMPLETION, KEY, PlayedGateway
from tests.operations.drill.shapes import error

from .played_fargate import CLUSTER, GROUP, PlayedFargate

GENERATORS = LoadGenerators(
    task_definition="arn:aws:ecs:us-east-1:123456789012:task-definition/benchmark-litellm-load-generators:1",
    subnets=["subnet-a", "subnet-b"],
    security_group="sg-generators",
    log_group=GROUP,
    workers=2,
)
CLOSED = Wish(load=Users(number=6, think_seconds=(0.05, 0.15)), seconds=2, warm_up_seconds=1, model="load-test")
FASTER = 10
"""So many times shorter are the fleet's own waits."""


@pytest.fixture
def fargate(tmp_path: Path, played: PlayedGateway) -> Iterator[PlayedFargate]:
    fargate = PlayedFargate(tmp_path, endpoint=f"http://127.0.0.1:{played.port}")
    yield fargate
    left = [task for task in fargate.tasks.values() if task.process.poll() is None]
    for task in left:
        task.process.kill()
        task.process.wait()
    assert left == [], "tasks were left running"


def fleet(fargate: PlayedFargate, said: list[str] | None = None) -> Fleet:
    client = cast(Any, fargate)
    return Fleet(
        cluster=CLUSTER,
        generators=GENERATORS,
        ecs=client,
        logs=client,
        clock=lambda: FASTER * time.monotonic(),
        sleep=lambda seconds: time.sleep(seconds / FASTER),
        say=[].append if said is None else said.append,
    )


def test_workers_share_the_users_and_every_request_of_theirs_is_read(
    fargate: PlayedFargate, played: PlayedGateway, tmp_path: Path
) -> None:
    async def mostly_well(request: web.Request, number: int) -> web.StreamResponse:
        return web.Response(status=503) if number % 4 == 3 else web.json_response(COMPLETION)

    played.behaviour = mostly_well
    done = run(CLOSED, played.gateway(), tmp_path / "run", fleet=fleet(fargate))
    assert len(done.requests) == len(played.asked) > 0
    assert 0 < done.result.answered < done.result.requests < len(done.requests)
    assert set(done.result.errors) == {"HTTP 503"}
    assert done.result.users == 6
    assert {key for _, key in played.asked} == {f"Bearer {KEY}"}
    assert {body["model"] for body, _ in played.asked} == {"load-test"}
    assert len((tmp_path / "run/requests.jsonl").read_text().splitlines()) == len(done.requests) + 2
    asked_by = [task.log.read_text().count('"sent"') for task in fargate.tasks.values()]
    assert asked_by[0] == 0
    assert min(asked_by[1:]) > 0
    assert fargate.stopped == [], "they ended by themselves"
    assert {task.process.returncode for task in fargate.tasks.values()} == {0}


def test_they_are_started_where_they_belong_and_the_key_is_in_no_request(
    fargate: PlayedFargate, played: PlayedGateway, tmp_path: Path
) -> None:
    # Processes that say nothing are enough to see what was asked for.
    fargate.program = lambda command: ["sleep", "2"]
    with pytest.raises(LoadError, match="recorded no beginning; see the log group /ecs/benchmark-litellm-load-test"):
        fleet(fargate).generate(replace(CLOSED, load=30.0, seed=5), tmp_path / "run")
    master, *workers = fargate.tasks.values()
    for task in (master, *workers):
        network = task.asked["networkConfiguration"]["awsvpcConfiguration"]
        assert network == {
            "subnets": GENERATORS.subnets,
            "securityGroups": ["sg-generators"],
            "assignPublicIp": "DISABLED",
        }
        assert task.asked["taskDefinition"] == GENERATORS.task_definition
        assert KEY not in str(task.asked)
    assert master.command[:2] == ["--master", "--headless"]
    assert master.command[master.command.index("--expect-workers") + 1] == "2"
    assert [worker.command[:3] for worker in workers] == 2 * [["--worker", "--master-host", "127.0.0.1"]]
    # Two independent streams of arrivals at half of the rate are one at all of it.
    assert [worker.variables["LOAD_RATE"] for worker in workers] == ["15.0", "15.0"]
    assert [worker.variables["LOAD_SEED"] for worker in workers] == ["5", "6"]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("RESOURCE:ENI", "ECS does not start a machine: RESOURCE:ENI"),
        (error("ClientException", "RunTask"), "AWS refuses: .*ClientException"),
    ],
)
def test_when_a_machine_does_not_start_the_others_are_stopped(
    fargate: PlayedFargate, tmp_path: Path, trouble: Any, said: str
) -> None:
    fargate.program = lambda command: ["sleep", "60"]
    fargate.trouble = {2: trouble}
    with pytest.raises(LoadError, match=said) as raised:
        fleet(fargate).generate(CLOSED, tmp_path / "run")
    assert "\n" not in str(raised.value)
    assert fargate.stopped == list(fargate.tasks)
    assert len(fargate.tasks) == 2


def test_a_master_that_fails_says_why_and_takes_the_workers_along(fargate: PlayedFargate, tmp_path: Path) -> None:
    def program(command: Any) -> list[str]:
        return ["sleep", "60"] if "--worker" in command else ["sh", "-c", "sleep 2; echo no such option; exit 2"]

    fargate.program = program
    with pytest.raises(LoadError, match=r"Locust's master ended: Essential container .*last words: no such option"):
        fleet(fargate).generate(CLOSED, tmp_path / "run")
    assert len(fargate.stopped) == 2


def test_a_worker_that_breaks_off_spoils_the_test(fargate: PlayedFargate, tmp_path: Path) -> None:
    def program(command: Any) -> list[str]:
        return ["sh", "-c", "sleep 1; echo out of memory; exit 137"] if "--worker" in command else ["sleep", "2"]

    fargate.program = program
    with pytest.raises(LoadError, match=r"Locust's worker ended: .*last words: out of memory"):
        fleet(fargate).generate(CLOSED, tmp_path / "run")


def test_whoever_interrupts_it_leaves_no_machine_running(fargate: PlayedFargate, tmp_path: Path) -> None:
    fargate.program = lambda command: ["sleep", "60"]
    interrupted = fleet(fargate)

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    interrupted._sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        interrupted.generate(CLOSED, tmp_path / "run")
    assert len(fargate.stopped) == 3


def test_two_tests_at_once_would_measure_each_other(fargate: PlayedFargate, tmp_path: Path) -> None:
    fargate.program = lambda command: ["sleep", "60"]
    first = fleet(fargate)._start(["--worker"], {})
    with pytest.raises(LoadError, match="1 machines of another load test run in benchmark-litellm"):
        fleet(fargate).generate(CLOSED, tmp_path / "run")
    assert list(fargate.tasks) == [first]
    fargate.stop_task(cluster=CLUSTER, task=first, reason="the test's own")


@pytest.mark.parametrize(
    ("rehearsal", "said"),
    [
        (True, "a rehearsal has none: leave FLEET out"),
        (False, "add 'load_test: {}' to environments/benchmark.yaml and run 'make deploy TARGET=aws ENV=benchmark'"),
    ],
)
def test_without_machines_a_person_is_told_what_to_do(rehearsal: bool, said: str) -> None:
    deployment = Deployment(
        environment=load("benchmark"),
        target=Target(account_id="123456789012", region="us-east-1", rehearsal=rehearsal),
        outputs=cast(Any, SimpleNamespace(load_test=None)),
        session=cast(Any, None),
        rehearsal_status=None,
    )
    with pytest.raises(LoadError) as raised:
        find_fleet(deployment)
    assert said in str(raised.value)
