"""Logging in to the database as LiteLLM does, with what its deployed container is told."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import psycopg

from modules.operations.drill.writes import TIMEOUTS

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

PORT = "5432"


def connector(
    ecs: "ECSClient",
    secretsmanager: "SecretsManagerClient",
    rds: "RDSClient",
    *,
    cluster: str,
    service: str,
    host: str = "",
) -> Callable[[], "psycopg.Connection[Any]"]:
    """Makes connections by the service's task definition; a token or a password is fetched for each, as both change.

    On AWS the database is in private subnets: from elsewhere it takes a tunnel or a VPN.

    Args:
        host: of another instance with the same users than the one that the service has.
    """
    found = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=found["taskDefinition"])["taskDefinition"]
    container = next(
        one
        for one in definition["containerDefinitions"]
        if any(variable["name"] == "DATABASE_HOST" for variable in one.get("environment", []))
    )
    variables = {variable["name"]: variable["value"] for variable in container["environment"]}
    secrets = {secret["name"]: secret["valueFrom"] for secret in container.get("secrets", [])}
    own_host, _, port = variables["DATABASE_HOST"].partition(":")
    host = host or own_host
    port = port or variables.get("DATABASE_PORT", PORT)
    user = variables.get("DATABASE_USERNAME") or variables["DATABASE_USER"]

    def connect() -> "psycopg.Connection[Any]":
        if "DATABASE_PASSWORD" in secrets:
            password = secret_value(secretsmanager, secrets["DATABASE_PASSWORD"])
        else:
            password = rds.generate_db_auth_token(DBHostname=host, Port=int(port), DBUsername=user)
        return psycopg.connect(
            host=host,
            port=int(port),
            dbname=variables["DATABASE_NAME"],
            user=user,
            password=password,
            sslmode=variables["DATABASE_SSLMODE"],
            **TIMEOUTS,
        )

    return connect


def secret_value(secretsmanager: "SecretsManagerClient", reference: str) -> str:
    """As ECS resolves it: an ARN, and after it the key of a JSON, the version's stage and the version, where stated
    (Amazon ECS Developer Guide, "Pass Secrets Manager secrets through Amazon ECS environment variables")."""
    parts = reference.split(":")
    arn, (key, stage, version) = ":".join(parts[:7]), [*parts[7:], "", "", ""][:3]
    stated: Mapping[str, Any] = {"VersionStage": stage, "VersionId": version}
    answer = secretsmanager.get_secret_value(SecretId=arn, **{name: text for name, text in stated.items() if text})
    value = answer["SecretString"]
    return str(json.loads(value)[key]) if key else value
