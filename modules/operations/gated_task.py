"""`python -m modules.operations.gated_task PURPOSE ...`: starts a task, waits for its end, and fails when it fails.

Terraform calls it in the middle of an apply (modules/architecture/gated_task.py).
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import botocore.exceptions

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import TaskTypeDef
    from mypy_boto3_logs import CloudWatchLogsClient

POLL_SECONDS = 5
PROGRESS_SECONDS = 30
"""A line at least this often, so that nobody takes the wait for a hang."""
STARTS = 3
RESTART_SECONDS = 20
"""Between two starts: a task that could not start has done nothing, and new roles and routes need a moment to be known
everywhere (IAM User Guide, "Changes that I make are not always immediately visible")."""
LOG_LINES = 50

_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+@|\bsk-[\w-]+|(?i:(?<=password[=:])\S+)")


class TaskFailedError(Exception):
    """The task did not end well; the message says what is known."""


@dataclass(frozen=True, kw_only=True)
class GatedTask:
    """What to run, and how long to wait for it."""

    purpose: str
    cluster: str
    task_definition: str
    subnets: Sequence[str]
    security_group: str
    timeout_seconds: float


class Runner:
    """Runs gated tasks on one cluster's API, by one clock."""

    def __init__(
        self,
        *,
        ecs: "ECSClient",
        logs: "CloudWatchLogsClient",
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        say: Callable[[str], None],
    ) -> None:
        self._ecs = ecs
        self._logs = logs
        self._clock = clock
        self._sleep = sleep
        self._say = say

    def start(self, task: GatedTask) -> str:
        """Starts the task and returns its ARN.

        Raises:
            TaskFailedError: ECS has no place for it.
        """
        answer = self._ecs.run_task(
            cluster=task.cluster,
            taskDefinition=task.task_definition,
            count=1,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": list(task.subnets),
                    "securityGroups": [task.security_group],
                    "assignPublicIp": "DISABLED",
                }
            },
            startedBy=f"terraform/{task.purpose}",
            enableECSManagedTags=True,
            propagateTags="TASK_DEFINITION",
        )
        if not answer["tasks"]:
            reasons = "; ".join(failure.get("reason", "") for failure in answer["failures"])
            raise TaskFailedError(f"{task.purpose}: ECS does not start the task: {reasons}")
        return answer["tasks"][0]["taskArn"]

    def run(self, task: GatedTask) -> None:
        """Starts the task and waits until it has ended with exit code 0.

        Raises:
            TaskFailedError: it did not, or not in time.
        """
        deadline = self._clock() + task.timeout_seconds
        for start in range(1, STARTS + 1):
            arn = self.start(task)
            self._say(f"{task.purpose}: task {_id(arn)} started")
            ended = self._wait(task, arn, deadline)
            if ended.get("stopCode") != "TaskFailedToStart" or start == STARTS:
                break
            self._say(f"{task.purpose}: it could not start: {ended.get('stoppedReason', '')}; once more")
            self._sleep(RESTART_SECONDS)
        if any(container.get("exitCode") != 0 for container in ended["containers"]):
            raise TaskFailedError(self._obituary(task, ended))
        self._say(f"{task.purpose}: done")

    def _wait(self, task: GatedTask, arn: str, deadline: float) -> "TaskTypeDef":
        """Waits until the task has stopped; stops it at the deadline."""
        status, said_at = "", self._clock()
        while True:
            # ECS may not know the task yet in the first moments.
            for found in self._ecs.describe_tasks(cluster=task.cluster, tasks=[arn])["tasks"]:
                if found["lastStatus"] == "STOPPED":
                    return found
                if found["lastStatus"] != status or self._clock() - said_at >= PROGRESS_SECONDS:
                    status, said_at = found["lastStatus"], self._clock()
                    remaining = max(0, round(deadline - self._clock()))
                    self._say(f"{task.purpose}: {status.lower()}, {remaining} s left")
            if self._clock() >= deadline:
                self._ecs.stop_task(cluster=task.cluster, task=arn, reason=f"{task.purpose} took too long")
                raise TaskFailedError(
                    f"{task.purpose}: the task {_id(arn)} had not ended after {task.timeout_seconds:g} s and was "
                    "stopped" + self._log(task, arn)
                )
            self._sleep(POLL_SECONDS)

    def _obituary(self, task: GatedTask, ended: "TaskTypeDef") -> str:
        reasons = [f"{ended.get('stopCode', 'stopped')}: {ended.get('stoppedReason', 'no reason given')}"]
        for container in ended["containers"]:
            code = container.get("exitCode")
            reasons.append(f"exit code {code}" if code is not None else "it did not run")
            if reason := container.get("reason"):
                reasons.append(reason)
        arn = ended["taskArn"]
        return f"{task.purpose}: the task {_id(arn)} failed: {', '.join(reasons)}{self._log(task, arn)}"

    def _log(self, task: GatedTask, arn: str) -> str:
        """The end of what the task said, without what looks like a credential."""
        described = self._ecs.describe_task_definition(taskDefinition=task.task_definition)["taskDefinition"]
        container = described["containerDefinitions"][0]
        options = container["logConfiguration"]["options"]
        group = options["awslogs-group"]
        stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{_id(arn)}"
        try:
            events = self._logs.get_log_events(
                logGroupName=group, logStreamName=stream, limit=LOG_LINES, startFromHead=False
            )["events"]
        except botocore.exceptions.ClientError:
            return f"\nIt has no log in {group}, {stream}."
        lines = [_CREDENTIALS.sub("***", event["message"]) for event in events]
        return "\n".join([f"\nThe end of its log, {group}, {stream}:", *lines])


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m modules.operations.gated_task")
    parser.add_argument("purpose")
    parser.add_argument("--region", required=True)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--task-definition", required=True)
    parser.add_argument("--subnets", nargs="+", required=True)
    parser.add_argument("--security-group", required=True)
    parser.add_argument("--timeout-seconds", type=float, required=True)
    arguments = parser.parse_args()
    task = GatedTask(
        purpose=arguments.purpose,
        cluster=arguments.cluster,
        task_definition=arguments.task_definition,
        subnets=arguments.subnets,
        security_group=arguments.security_group,
        timeout_seconds=arguments.timeout_seconds,
    )
    session = boto3.Session(region_name=arguments.region)
    runner = Runner(
        ecs=session.client("ecs"), logs=session.client("logs"), clock=time.monotonic, sleep=time.sleep, say=_say
    )
    try:
        runner.run(task)
    except (TaskFailedError, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{task.purpose}: no longer waited for; the task itself goes on\n")
        return 130
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
