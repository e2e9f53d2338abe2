"""A gated task ends well, or the apply that waits for it ends there; told by a clock that nobody waits for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import botocore.exceptions
import pytest

from modules.operations.gated_task import LOG_LINES, PROGRESS_SECONDS, STARTS, GatedTask, Runner, TaskFailedError

TASK = GatedTask(
    purpose="migration",
    cluster="benchmark-litellm",
    task_definition="arn:aws:ecs:us-east-1:123456789012:task-definition/benchmark-litellm-migration:3",
    subnets=["subnet-a", "subnet-b"],
    security_group="sg-service",
    timeout_seconds=900,
)


@dataclass(kw_only=True)
class Life:
    """What becomes of a task."""

    seconds: float = 60
    exit_code: int | None = 0
    stop_code: str = "EssentialContainerExited"
    stopped_reason: str = "Essential container in task exited"
    container_reason: str | None = None
    unknown_seconds: float = 0
    """Time in which ECS does not know the task that it has just started."""


@dataclass
class Ecs:
    """As much of ECS and CloudWatch Logs as a runner sees."""

    lives: list[Life]
    log: list[str] | None = None
    now: float = 0
    started: list[dict[str, Any]] = field(default_factory=list)
    started_at: list[float] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    asked_for_log: dict[str, Any] = field(default_factory=dict)

    def run_task(self, **request: Any) -> Any:
        self.started.append(request)
        self.started_at.append(self.now)
        if len(self.started) > len(self.lives):
            return {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time"}]}
        return {
            "tasks": [{"taskArn": f"arn:aws:ecs:us-east-1:123456789012:task/benchmark-litellm/{len(self.started)}"}]
        }

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> Any:
        assert cluster == TASK.cluster
        (arn,) = tasks
        number = int(arn.rpartition("/")[2]) - 1
        life, age = self.lives[number], self.now - self.started_at[number]
        if age < life.unknown_seconds:
            return {"tasks": []}
        if age < life.seconds:
            return {"tasks": [{"taskArn": arn, "lastStatus": "RUNNING" if age > 10 else "PROVISIONING"}]}
        container = {"exitCode": life.exit_code, "reason": life.container_reason}
        return {
            "tasks": [
                {
                    "taskArn": arn,
                    "lastStatus": "STOPPED",
                    "stopCode": life.stop_code,
                    "stoppedReason": life.stopped_reason,
                    "containers": [{name: value for name, value in container.items() if value is not None}],
                }
            ]
        }

    def stop_task(self, *, cluster: str, task: str, reason: str) -> None:
        self.stopped.append(task)

    def describe_task_definition(self, *, taskDefinition: str) -> Any:  # noqa: N803  AWS's name
        options = {"awslogs-group": "/ecs/benchmark-litellm", "awslogs-stream-prefix": "migration"}
        container = {"name": "migration", "logConfiguration": {"options": options}}
        return {"taskDefinition": {"containerDefinitions": [container]}}

    def get_log_events(self, **request: Any) -> Any:
        self.asked_for_log = request
        if self.log is None:
            raise botocore.exceptions.ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetLogEvents")
        return {"events": [{"message": line} for line in self.log]}


def run(ecs: Any, task: GatedTask = TASK) -> list[str]:
    """What the runner says until the task has ended well."""
    said: list[str] = []

    def sleep(seconds: float) -> None:
        ecs.now += seconds

    Runner(ecs=ecs, logs=ecs, clock=lambda: ecs.now, sleep=sleep, say=said.append).run(task)
    return said


def failure(ecs: Any, task: GatedTask = TASK) -> str:
    with pytest.raises(TaskFailedError) as caught:
        run(ecs, task)
    return str(caught.value)


def test_the_task_runs_on_fargate_in_the_private_subnets_and_says_who_started_it() -> None:
    ecs = Ecs([Life()])
    run(ecs)
    (request,) = ecs.started
    assert (request["cluster"], request["taskDefinition"]) == (TASK.cluster, TASK.task_definition)
    assert (request["launchType"], request["count"]) == ("FARGATE", 1)
    assert request["startedBy"] == "terraform/migration"
    assert request["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-a", "subnet-b"],
        "securityGroups": ["sg-service"],
        "assignPublicIp": "DISABLED",
    }


def test_it_waits_until_the_task_has_ended_well() -> None:
    ecs = Ecs([Life(seconds=300, unknown_seconds=7)])
    said = run(ecs)
    assert ecs.now >= 300
    assert said[0] == "migration: task 1 started"
    assert said[-1] == "migration: done"


def test_a_long_wait_is_told_with_the_time_that_is_left() -> None:
    said = run(Ecs([Life(seconds=600)]))
    progress = [line for line in said if line.endswith(" s left")]
    assert len(progress) >= 600 / PROGRESS_SECONDS - 1
    left = [int(line.rpartition(", ")[2].removesuffix(" s left")) for line in progress]
    assert left == sorted(left, reverse=True)
    assert progress[-1].startswith("migration: running, ")


def test_a_task_that_fails_fails_the_apply_with_all_that_is_known() -> None:
    ecs = Ecs(
        [Life(exit_code=2, container_reason="OutOfMemoryError: Container killed due to memory usage")],
        log=["Applying migration 20250101", "Database migration cannot proceed."],
    )
    message = failure(ecs)
    for known in (
        "migration: the task 1 failed",
        "EssentialContainerExited: Essential container in task exited",
        "exit code 2",
        "OutOfMemoryError",
        "/ecs/benchmark-litellm, migration/migration/1:",
        "Database migration cannot proceed.",
    ):
        assert known in message
    assert ecs.asked_for_log == {
        "logGroupName": "/ecs/benchmark-litellm",
        "logStreamName": "migration/migration/1",
        "limit": LOG_LINES,
        "startFromHead": False,
    }


def test_a_task_that_failed_is_not_started_again() -> None:
    """It may have done half of its work; the next apply starts it anew, after a person has read why."""
    ecs = Ecs([Life(exit_code=1), Life()])
    failure(ecs)
    assert len(ecs.started) == 1


def test_a_task_without_a_log_is_told_as_such() -> None:
    assert "It has no log in /ecs/benchmark-litellm" in failure(Ecs([Life(exit_code=1)]))


def never(times: int) -> list[Life]:
    return [
        Life(
            seconds=20,
            exit_code=None,
            stop_code="TaskFailedToStart",
            stopped_reason="ResourceInitializationError: unable to pull secrets or registry auth",
        )
        for _ in range(times)
    ]


def test_a_task_that_could_not_start_has_done_nothing_and_is_started_again() -> None:
    """A role's new policy is not known everywhere at once."""
    ecs = Ecs([*never(STARTS - 1), Life()])
    said = run(ecs)
    assert len(ecs.started) == STARTS
    assert any("it could not start: ResourceInitializationError" in line for line in said)


def test_a_task_that_cannot_start_at_all_fails_the_apply() -> None:
    ecs = Ecs(never(STARTS + 1))
    message = failure(ecs)
    assert len(ecs.started) == STARTS
    assert "TaskFailedToStart: ResourceInitializationError: unable to pull secrets" in message
    assert "it did not run" in message


def test_a_task_that_takes_too_long_is_stopped() -> None:
    ecs = Ecs([Life(seconds=10_000)], log=["Waiting for a lock"])
    message = failure(ecs)
    assert TASK.timeout_seconds <= ecs.now < TASK.timeout_seconds + 10
    assert [arn.rpartition("/")[2] for arn in ecs.stopped] == ["1"]
    assert "the task 1 had not ended after 900 s and was stopped" in message
    assert "Waiting for a lock" in message


def test_no_place_for_the_task_is_told_with_ecss_reason() -> None:
    assert failure(Ecs([])) == "migration: ECS does not start the task: Capacity is unavailable at this time"


@pytest.mark.parametrize(
    ("line", "secrets"),
    [
        ("postgresql://litellm_a:pa55w0rd@database:5432/litellm", ["pa55w0rd"]),
        ("master key sk-0123456789abcdef is known", ["sk-0123456789abcdef"]),
        ("PASSWORD=pa55w0rd and password:pa55w0rd", ["pa55w0rd"]),
    ],
)
def test_what_looks_like_a_credential_in_the_log_is_not_repeated(line: str, secrets: Iterable[str]) -> None:
    message = failure(Ecs([Life(exit_code=1)], log=["before", line, "after"]))
    assert "before" in message
    assert "after" in message
    for secret in secrets:
        assert secret not in message
