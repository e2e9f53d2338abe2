"""A single task runs to its end and says how it ended."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ecs, wait_until


def states(task: dict[str, Any]) -> tuple[Any, ...]:
    return task["lastStatus"], task["desiredStatus"], task["stopCode"]


@pytest.mark.parametrize("code", [0, 3])
def test_a_task_keeps_its_exit_code_and_its_log(ecs: Ecs, code: int) -> None:
    task = ecs.stopped(ecs.run(ecs.define("once", f"echo hello; echo error >&2; exit {code}")))
    assert states(task) == ("STOPPED", "STOPPED", "EssentialContainerExited")
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["containers"][0]["exitCode"] == code
    assert sorted(ecs.log("/ecs/tests", task["taskArn"])) == ["error", "hello"]
    moments = [task[name] for name in ("createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "stoppedAt")]
    assert moments == sorted(moments)


def test_psql_is_there_and_a_single_run_may_change_the_command(ecs: Ecs) -> None:
    override = {"name": "main", "command": ["psql", "--version"]}
    task = ecs.stopped(ecs.run(ecs.define("psql", "exit 1"), overrides={"containerOverrides": [override]}))
    assert task["containers"][0]["exitCode"] == 0
    assert ecs.log("/ecs/tests", task["taskArn"])[0].startswith("psql (PostgreSQL) 16")


def test_a_stopped_task_gets_the_signal_first_and_says_who_stopped_it(ecs: Ecs) -> None:
    arn = ecs.run(ecs.define("patient", "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.1; done"))
    wait_until(lambda: ecs.task(arn)["lastStatus"] == "RUNNING", 10)
    time.sleep(0.3)
    answer = ecs.client.stop_task(cluster="tests", task=arn, reason="a drill")["task"]
    assert (answer["lastStatus"], answer["desiredStatus"]) == ("RUNNING", "STOPPED")
    task = ecs.stopped(arn)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "a drill")
    assert task["containers"][0]["exitCode"] == 7
    assert ecs.log("/ecs/tests", arn) == ["ready", "bye"]


def test_a_task_that_does_not_listen_is_killed_after_its_stop_timeout(ecs: Ecs) -> None:
    arn = ecs.run(ecs.define("deaf", "trap '' TERM; while :; do sleep 0.1; done", stopTimeout=2))
    wait_until(lambda: ecs.task(arn)["lastStatus"] == "RUNNING", 10)
    ecs.client.stop_task(cluster="tests", task=arn)
    task = ecs.stopped(arn)
    assert task["containers"][0]["exitCode"] == 137
    assert (task["stoppedAt"] - task["stoppingAt"]).total_seconds() >= 2


def test_an_unknown_image_says_what_the_rehearsal_can_run(ecs: Ecs) -> None:
    task = ecs.stopped(ecs.run(ecs.define("nginx", "true", image="docker.io/library/nginx:1")))
    assert task["stopCode"] == "TaskFailedToStart"
    assert "CannotPullContainerError" in task["stoppedReason"]
    assert "LiteLLM" in task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]


def test_a_program_that_is_not_there_cannot_be_started(ecs: Ecs) -> None:
    task = ecs.stopped(ecs.run(ecs.define("absent", ["no-such-program"])))
    assert task["stopCode"] == "TaskFailedToStart"
    assert 'exec: "no-such-program": executable file not found' in task["stoppedReason"]


def test_secrets_come_out_of_secrets_manager_and_are_not_in_the_arguments(ecs: Ecs) -> None:
    manager = ecs.aws("secretsmanager")
    plain = manager.create_secret(Name="plain", SecretString="one")["ARN"]
    fields = manager.create_secret(Name="fields", SecretString='{"password": "two"}')
    definition = ecs.define(
        "secretive",
        'echo "$PLAIN $FIELD $VERSION"; tr "\\0" " " < /proc/self/cmdline',
        secrets=[
            {"name": "PLAIN", "valueFrom": plain},
            {"name": "FIELD", "valueFrom": f"{fields['ARN']}:password::"},
            {"name": "VERSION", "valueFrom": f"{fields['ARN']}:password::{fields['VersionId']}"},
        ],
    )
    assert ecs.log("/ecs/tests", ecs.stopped(ecs.run(definition))["taskArn"])[0] == "one two two"


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("arn:aws:secretsmanager:us-east-1:123456789012:secret:missing-AbCdEf", "missing-AbCdEf from secrets manager"),
        ("{existing}:no-such-key::", "did not contain json key no-such-key"),
    ],
)
def test_a_missing_secret_stops_the_task_with_its_reason(ecs: Ecs, reference: str, problem: str) -> None:
    manager = ecs.aws("secretsmanager")
    existing = manager.create_secret(Name=f"existing-{abs(hash(problem))}", SecretString='{"a": "b"}')["ARN"]
    secret = {"name": "KEY", "valueFrom": reference.format(existing=existing)}
    task = ecs.stopped(ecs.run(ecs.define("keyless", "true", secrets=[secret])))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets or registry auth")
    assert problem in task["stoppedReason"]


def test_a_missing_log_group_stops_the_task(ecs: Ecs) -> None:
    options = {"awslogs-group": "/no/such", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "main"}
    logs = {"logDriver": "awslogs", "options": options}
    task = ecs.stopped(ecs.run(ecs.define("silent", "true", logConfiguration=logs)))
    assert "The specified log group does not exist" in task["stoppedReason"]


def test_nothing_of_the_person_at_the_keyboard_reaches_a_task_and_tmp_is_its_own(ecs: Ecs) -> None:
    definition = ecs.define(
        "alone",
        "env | cut -d= -f1 | sort | tr '\\n' ' '; echo; touch $CACHE/written; echo $CACHE",
        environment=[{"name": "CACHE", "value": "/tmp"}],
        mountPoints=[{"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": False}],
    )
    names, cache = ecs.log("/ecs/tests", ecs.stopped(ecs.run(definition))["taskArn"])
    assert "USER" not in names.split()
    assert "REHEARSAL_PACE" not in names.split()
    assert {"AWS_ENDPOINT_URL", "CACHE", "HOME", "PATH"} <= set(names.split())
    assert cache.startswith(str(ecs.rehearsal.log.parent))


def test_no_more_tasks_start_at_once_than_the_machine_has_cores(ecs: Ecs) -> None:
    limit = os.cpu_count() or 1
    check = {"command": ["CMD-SHELL", "test -e ready"], "interval": 5, "startPeriod": 300}
    definition = ecs.define("slow", "trap 'exit 0' TERM; while :; do sleep 0.1; done", healthCheck=check, stopTimeout=2)
    arns = [ecs.run(definition) for _ in range(limit + 1)]

    def states_of_all() -> list[str]:
        return sorted(ecs.task(arn)["lastStatus"] for arn in arns)

    wait_until(lambda: states_of_all() == ["PENDING", *["RUNNING"] * limit], 20, states_of_all)
    time.sleep(1)
    assert states_of_all() == ["PENDING", *["RUNNING"] * limit]

    started = next(arn for arn in arns if ecs.task(arn)["lastStatus"] == "RUNNING")
    Path(f"/proc/{ecs.running(started)['pid']}/cwd/ready").touch()

    wait_until(lambda: states_of_all() == ["RUNNING"] * (limit + 1), 20, states_of_all)
    for arn in arns:
        ecs.client.stop_task(cluster="tests", task=arn)
    for arn in arns:
        ecs.stopped(arn)
