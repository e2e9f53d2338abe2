"""Load that one machine cannot send: Locust's master and workers as tasks in the gateway's region, while a run lasts.

The environment's setting `load_test` declares what they run as (modules/architecture/load_generators.py). Each worker
writes its requests to the log, where they are read.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.exceptions

from modules.operations.deployment import Deployment
from modules.operations.load.generator import REQUESTS, LoadError, run_options, run_variables
from modules.operations.load.requests import Request, read
from modules.operations.load.task_logs import TaskLogs
from modules.operations.load.wish import Wish
from modules.operations.outputs import LoadGenerators

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef
    from mypy_boto3_logs import CloudWatchLogsClient

STARTED_BY = "load-test"
CONTAINER = "locust"
POLL_SECONDS = 5
PROGRESS_SECONDS = 30
STARTING_SECONDS = 300
"""Until every worker has found its master; Fargate takes a minute, a large image another."""
LEAVING_SECONDS = 120
"""After the run: Locust's own farewell, and ECS's."""
LOG_COMPLETE_SECONDS = 10
"""In which no line comes any more: the last ones reach the log some seconds after their task has ended."""
LAST_WORDS = 5
WORKER_OPTIONS = ("--loglevel", "WARNING", "--exit-code-on-error", "0")


class Fleet:
    """The machines of one environment; whatever happens, none is left running."""

    def __init__(
        self,
        *,
        cluster: str,
        generators: LoadGenerators,
        ecs: "ECSClient",
        logs: "CloudWatchLogsClient",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] = print,
    ) -> None:
        self._cluster = cluster
        self._generators = generators
        self._ecs = ecs
        self._logs = logs
        self._clock = clock
        self._sleep = sleep
        self._say = say

    def generate(self, wish: Wish, folder: Path) -> tuple[float, list[Request]]:
        """Puts the load on the gateway, and returns when that began and every request, warm-up included.

        Args:
            folder: is made, and keeps each request as a line of JSON.

        Raises:
            LoadError: the machines did not start or did not end well, or asked nothing.
        """
        self._refuse_a_second_test()
        tasks: list[str] = []
        try:
            lines = self._run(wish, tasks)
        except botocore.exceptions.ClientError as error:
            raise LoadError(f"AWS refuses: {error}") from None
        finally:
            self._stop(tasks)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / REQUESTS).write_text("".join(f"{line}\n" for line in lines))
        try:
            began, requests = read(lines)
        except ValueError as error:
            raise LoadError(f"{error}; see the log group {self._generators.log_group}") from None
        if not requests:
            raise LoadError(f"the machines asked nothing; see the log group {self._generators.log_group}")
        return began, requests

    def _run(self, wish: Wish, tasks: list[str]) -> list[str]:
        """
        Args:
            tasks: gets the ARN of each task as soon as it is started.
        """
        workers = self._generators.workers
        deadline = self._clock() + STARTING_SECONDS
        tasks.append(self._start(_master_command(wish, workers), run_variables(wish)))
        master = tasks[0]
        address = self._address(master, deadline)
        self._say(f"load test: the master is at {address}; {workers} workers follow")
        for number in range(workers):
            variables = run_variables(wish, processes=workers, number=number)
            tasks.append(self._start(["--worker", "--master-host", address, *WORKER_OPTIONS], variables))
        logs = self._logs_of(tasks[1:])
        run_seconds = wish.warm_up_seconds + wish.seconds + wish.timeout_seconds
        self._wait(master, logs, deadline + STARTING_SECONDS + run_seconds + LEAVING_SECONDS)
        self._wait_for_workers(tasks[1:])
        self._read_to_the_end(logs)
        return _records(logs)

    def _refuse_a_second_test(self) -> None:
        if running := self._ecs.list_tasks(cluster=self._cluster, startedBy=STARTED_BY)["taskArns"]:
            raise LoadError(
                f"{len(running)} machines of another load test run in {self._cluster}, and both would measure each "
                "other: wait until it has ended; machines that nobody waits for end by themselves after their run"
            )

    def _start(self, command: Sequence[str], variables: Mapping[str, str]) -> str:
        answer = self._ecs.run_task(
            cluster=self._cluster,
            taskDefinition=self._generators.task_definition,
            count=1,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": self._generators.subnets,
                    "securityGroups": [self._generators.security_group],
                    "assignPublicIp": "DISABLED",
                }
            },
            overrides={
                "containerOverrides": [
                    {
                        "name": CONTAINER,
                        "command": list(command),
                        "environment": [{"name": name, "value": value} for name, value in sorted(variables.items())],
                    }
                ]
            },
            startedBy=STARTED_BY,
            enableECSManagedTags=True,
            propagateTags="TASK_DEFINITION",
        )
        if not answer["tasks"]:
            reasons = "; ".join(failure.get("reason", "") for failure in answer["failures"])
            raise LoadError(f"ECS does not start a machine: {reasons}")
        return answer["tasks"][0]["taskArn"]

    def _address(self, master: str, deadline: float) -> str:
        while True:
            for task in self._described([master]):
                if task["lastStatus"] == "STOPPED":
                    raise LoadError(self._obituary(task, "master"))
                for attachment in task.get("attachments", []):
                    for detail in attachment.get("details", []):
                        if detail.get("name") == "privateIPv4Address":
                            return detail["value"]
            if self._clock() >= deadline:
                raise LoadError(f"the master had no address after {STARTING_SECONDS} s")
            self._sleep(POLL_SECONDS)

    def _wait(self, master: str, logs: TaskLogs, deadline: float) -> None:
        """Until the master has ended, which the workers follow."""
        said_at = self._clock()
        while True:
            for task in self._described([master]):
                if task["lastStatus"] == "STOPPED":
                    if _failed(task):
                        raise LoadError(self._obituary(task, "master"))
                    return
            if self._clock() - said_at >= PROGRESS_SECONDS:
                said_at = self._clock()
                logs.read_on()
                lines = _records(logs)
                failed = sum('"error": null' not in line and '"began"' not in line for line in lines)
                asked = sum('"began"' not in line for line in lines)
                self._say(f"{asked:,} requests, {failed:,} failed" if lines else "the machines start")
            if self._clock() >= deadline:
                raise LoadError("the test had not ended long after its time, and was stopped")
            self._sleep(POLL_SECONDS)

    def _wait_for_workers(self, workers: Sequence[str]) -> None:
        """Requests of one that broke off are missing, and the others do not make up for it."""
        deadline = self._clock() + LEAVING_SECONDS
        while any(task["lastStatus"] != "STOPPED" for task in self._described(workers)):
            if self._clock() >= deadline:
                return
            self._sleep(POLL_SECONDS)
        for task in self._described(workers):
            if _failed(task):
                raise LoadError(self._obituary(task, "worker"))

    def _read_to_the_end(self, logs: TaskLogs) -> None:
        read_at, found = self._clock(), logs.read_on()
        while found or self._clock() - read_at < LOG_COMPLETE_SECONDS:
            self._sleep(POLL_SECONDS)
            found = logs.read_on()
            if found:
                read_at = self._clock()

    def _logs_of(self, tasks: Sequence[str]) -> TaskLogs:
        return TaskLogs(self._logs, self._generators.log_group, CONTAINER, tasks)

    def _stop(self, tasks: Sequence[str]) -> None:
        """Also those that ECS does not know yet, moments after their start."""
        ended = {task["taskArn"] for task in self._described(tasks) if task["lastStatus"] == "STOPPED"}
        for task in tasks:
            if task not in ended:
                self._ecs.stop_task(cluster=self._cluster, task=task, reason="the load test has ended")

    def _described(self, tasks: Sequence[str]) -> list["TaskTypeDef"]:
        return self._ecs.describe_tasks(cluster=self._cluster, tasks=list(tasks))["tasks"] if tasks else []

    def _obituary(self, task: "TaskTypeDef", what: str) -> str:
        """Why a machine ended, and the last that it said."""
        log = self._logs_of([task["taskArn"]])
        log.read_on()
        words = "; ".join(log.lines[-LAST_WORDS:]) or "nothing"
        reasons = [task.get("stoppedReason", ""), *(container.get("reason", "") for container in task["containers"])]
        why = ", ".join(reason for reason in reasons if reason) or "no reason given"
        return f"Locust's {what} ended: {why}; its last words: {words}"


def _failed(task: "TaskTypeDef") -> bool:
    return any(container.get("exitCode") != 0 for container in task["containers"])


def _records(logs: TaskLogs) -> list[str]:
    """What is none is Locust's own: warnings, and its summary."""
    return [line for line in logs.lines if line.startswith("{")]


def _master_command(wish: Wish, workers: int) -> list[str]:
    options = {
        **run_options(wish),
        "--expect-workers": workers,
        "--expect-workers-max-wait": STARTING_SECONDS,
    }
    words = [str(word) for option in options.items() for word in option]
    return ["--master", "--headless", "--only-summary", *words]


def find_fleet(deployment: Deployment, say: Callable[[str], None] = print) -> Fleet:
    """
    Raises:
        LoadError: the environment has no such machines.
    """
    name, generators = deployment.environment.name, deployment.outputs.load_test
    if deployment.target.rehearsal:
        raise LoadError("machines for a load test are Fargate's, and a rehearsal has none: leave FLEET out")
    if generators is None:
        raise LoadError(
            f"{name} has no machines for a load test: add 'load_test: {{}}' to environments/{name}.yaml and run "
            f"'make deploy TARGET=aws ENV={name}'"
        )
    return Fleet(
        cluster=deployment.outputs.cluster,
        generators=generators,
        ecs=deployment.session.client("ecs"),
        logs=deployment.session.client("logs"),
        say=say,
    )
