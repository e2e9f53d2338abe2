"""As much of ECS and CloudWatch Logs as a fleet sees: each task is a process of this machine, and what it says its log.

Requests and answers have the shapes that botocore's models give them.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modules.operations.load.generator import LOCUSTFILE
from tests.operations.conftest import KEY
from tests.operations.drill.shapes import answer, asked, error

CLUSTER = "benchmark-litellm"
GROUP = "/ecs/benchmark-litellm-load-test"
PAGE = 7
"""Events in a page of a log, so that there is more than one."""


def locust(command: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), *command]


@dataclass
class Task:
    arn: str
    process: "subprocess.Popen[bytes]"
    log: Path
    asked: dict[str, Any]

    @property
    def command(self) -> list[str]:
        return list(self.asked["overrides"]["containerOverrides"][0]["command"])

    @property
    def variables(self) -> dict[str, str]:
        stated = self.asked["overrides"]["containerOverrides"][0]["environment"]
        return {one["name"]: one["value"] for one in stated}


@dataclass
class PlayedFargate:
    """
    Attributes:
        program: what a task runs, by its command.
        trouble: what comes of the start of the task with this number instead.
        stopped: tasks that were running when they were told to stop.
    """

    folder: Path
    endpoint: str = ""
    program: Callable[[Sequence[str]], list[str]] = locust
    trouble: dict[int, Any] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])

    def run_task(self, **request: Any) -> Any:
        asked("ecs", "RunTask", request)
        number = len(self.tasks)
        if number in self.trouble:
            if isinstance(self.trouble[number], BaseException):
                raise self.trouble[number]
            return answer("ecs", "RunTask", {"tasks": [], "failures": [{"reason": self.trouble[number]}]})
        arn = f"arn:aws:ecs:us-east-1:123456789012:task/{CLUSTER}/{number}"
        log = self.folder / f"task-{number}.log"
        (override,) = request["overrides"]["containerOverrides"]
        # Of the definition: the endpoint and the secret. The ports keep parallel runs of these tests apart.
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LOCUST")},
            "LOCUST_HOST": self.endpoint,
            "LOAD_KEY": KEY,
            "LOCUST_MASTER_BIND_HOST": "127.0.0.1",
            "LOCUST_MASTER_BIND_PORT": self._port,
            "LOCUST_MASTER_NODE_PORT": self._port,
            **{one["name"]: one["value"] for one in override["environment"]},
        }
        with log.open("wb") as written:
            process = subprocess.Popen(
                self.program(override["command"]), env=variables, stdout=written, stderr=subprocess.STDOUT
            )
        self.tasks[arn] = Task(arn, process, log, request)
        return answer("ecs", "RunTask", {"tasks": [{"taskArn": arn, "lastStatus": "PROVISIONING"}], "failures": []})

    def describe_tasks(self, **request: Any) -> Any:
        asked("ecs", "DescribeTasks", request)
        return answer("ecs", "DescribeTasks", {"tasks": [self._shown(self.tasks[arn]) for arn in request["tasks"]]})

    def list_tasks(self, **request: Any) -> Any:
        asked("ecs", "ListTasks", request)
        running = [task.arn for task in self.tasks.values() if task.process.poll() is None]
        return answer("ecs", "ListTasks", {"taskArns": running})

    def stop_task(self, **request: Any) -> Any:
        asked("ecs", "StopTask", request)
        task = self.tasks[request["task"]]
        self.stopped.append(task.arn)
        task.process.send_signal(signal.SIGKILL)
        task.process.wait()
        return answer("ecs", "StopTask", {"task": self._shown(task)})

    def get_log_events(self, **request: Any) -> Any:
        asked("logs", "GetLogEvents", request)
        assert request["logGroupName"] == GROUP
        assert request["startFromHead"]
        log = self.folder / f"task-{request['logStreamName'].removeprefix('locust/locust/')}.log"
        if not log.exists() or not log.stat().st_size:
            raise error("ResourceNotFoundException", "GetLogEvents")
        lines = log.read_bytes().decode().split("\n")[:-1]
        first = int(request.get("nextToken", "0"))
        page = lines[first : first + PAGE]
        events = [{"timestamp": 0, "ingestionTime": 0, "message": line} for line in page if line]
        return answer("logs", "GetLogEvents", {"events": events, "nextForwardToken": str(first + len(page))})

    def _shown(self, task: Task) -> dict[str, Any]:
        code = task.process.poll()
        container = {"name": "locust", **({"exitCode": code} if code is not None else {})}
        address = {"name": "privateIPv4Address", "value": "127.0.0.1"}
        return {
            "taskArn": task.arn,
            "lastStatus": "RUNNING" if code is None else "STOPPED",
            "containers": [container],
            "attachments": [{"type": "ElasticNetworkInterface", "details": [address]}],
            **({"stoppedReason": "Essential container in task exited"} if code is not None else {}),
        }
