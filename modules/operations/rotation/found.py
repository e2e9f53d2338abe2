"""What is there after a rotation: versions of the secrets, what the tasks were given, which keys are accepted."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import aiohttp
import boto3

from modules.operations.deployment import Deployment
from modules.operations.gateway import Gateway, connector, find_gateway
from modules.operations.outputs import Outputs
from modules.operations.rotation.kinds import secrets_of
from modules.operations.rotation.watch import status_of

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

TIMES = 12
"""Requests with each key: whichever tasks the load balancer takes, each is asked more than once."""
VARIABLES = {"master_key": "LITELLM_MASTER_KEY", "database_password": "DATABASE_PASSWORD"}
USER = "DATABASE_USERNAME"


@dataclass(frozen=True, kw_only=True)
class SecretAge:
    changed: datetime
    versions: int


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """
    Attributes:
        given: version of each secret in the task definition that the service wants; empty: whichever is current.
        user: of the database.
        running: tasks, and of them `others` with another task definition.
    """

    given: Mapping[str, str]
    user: str
    running: int
    others: int


def ages(secrets: "SecretsManagerClient", outputs: Outputs) -> dict[str, SecretAge]:
    """When each secret was last given another value; reads no value."""
    found = {}
    for name, secret in secrets_of(outputs).items():
        described = secrets.describe_secret(SecretId=secret)
        changed = described.get("LastChangedDate") or described["CreatedDate"]
        found[name] = SecretAge(changed=changed, versions=len(described.get("VersionIdsToStages", {})))
    return found


def version(secrets: "SecretsManagerClient", secret: str, stage: str = "AWSCURRENT") -> str | None:
    """Id of the version that has this stage; None: none has."""
    staged = secrets.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    return next((id_ for id_, stages in staged.items() if stage in stages), None)


def tasks(session: boto3.Session, outputs: Outputs) -> Tasks:
    ecs = session.client("ecs")
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    wanted = service["taskDefinition"]
    definition = ecs.describe_task_definition(taskDefinition=wanted)["taskDefinition"]
    container = next(one for one in definition["containerDefinitions"] if one["name"] == "litellm")
    given = {one["name"]: one["valueFrom"].split(":")[-1] for one in container.get("secrets", [])}
    variables = {one["name"]: one["value"] for one in container.get("environment", [])}
    arns = ecs.list_tasks(cluster=outputs.cluster, serviceName=outputs.service, desiredStatus="RUNNING")["taskArns"]
    running = ecs.describe_tasks(cluster=outputs.cluster, tasks=arns)["tasks"] if arns else []
    return Tasks(
        given={name: given[variable] for name, variable in VARIABLES.items() if variable in given},
        user=variables.get(USER, ""),
        running=len(running),
        others=sum(task["taskDefinitionArn"] != wanted for task in running),
    )


async def statuses(deployment: Deployment, stage: str) -> list[int | None]:
    """What HTTP says to the master key of a stage, again and again; empty: there is no such key."""
    secrets, secret = deployment.session.client("secretsmanager"), deployment.outputs.master_key_secret
    if version(secrets, secret, stage) is None:
        return []
    key = secrets.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"]
    return await _ask(replace(find_gateway(deployment), key=key))


async def _ask(gateway: Gateway) -> list[int | None]:
    # A connection for each request: the load balancer then chooses a task for each.
    async with aiohttp.ClientSession(connector=connector(gateway)) as session:
        return list(await asyncio.gather(*(status_of(session, gateway, gateway.key) for _ in range(TIMES))))
