"""The deployed container's command, started as ECS would start it, on the LiteLLM that the image pins."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end
LITELLM = Path(sys.executable).with_name("litellm")


def resolved(secretsmanager: Any, reference: str) -> str:
    """As ECS resolves it: an ARN, and after it the key of a JSON, the version's stage and the version, where stated
    (Amazon ECS Developer Guide, "Pass Secrets Manager secrets through Amazon ECS environment variables")."""
    parts = reference.split(":")
    arn, (key, stage, version) = ":".join(parts[:7]), [*parts[7:], "", "", ""][:3]
    stated = {"VersionStage": stage, "VersionId": version}
    value: str = secretsmanager.get_secret_value(SecretId=arn, **{name: text for name, text in stated.items() if text})[
        "SecretString"
    ]
    return json.loads(value)[key] if key else value


def test_litellm_opens_the_pool_that_the_budget_allows(
    checkout: Checkout, deployment: Result, aws: Callable[[str], Any]
) -> None:
    """The pool stands in the file in S3, which the command line reads only when it is told of a file."""
    service = aws("ecs").describe_services(cluster="benchmark-litellm", services=["benchmark-litellm"])["services"][0]
    task = aws("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (container,) = task["containerDefinitions"]
    secrets = {secret["name"]: resolved(aws("secretsmanager"), secret["valueFrom"]) for secret in container["secrets"]}
    variables = {variable["name"]: variable["value"] for variable in container["environment"]}
    rehearsal = {
        name: value
        for name, value in (line.split("=", 1) for line in checkout.shell("env").output.splitlines() if "=" in line)
        if name.startswith("AWS_")
    }
    process = subprocess.Popen(
        [LITELLM, *container["command"]],
        env={**os.environ, **rehearsal, **variables, **secrets, "DATABASE_HOST": "127.0.0.1:1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    try:
        budget = next((line for line in process.stdout if "connection budget" in line), "")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()

    workers, largest_pool = 4, (200 - 15) // (4 * 15)
    assert f"{workers} worker(s) x writer connection_limit {largest_pool} = up to {workers * largest_pool}" in budget
