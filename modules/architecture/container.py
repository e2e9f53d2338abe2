"""The container of a LiteLLM task, as ECS's RegisterTaskDefinition takes it."""

from dataclasses import dataclass
from typing import Any

from modules.architecture.cache import Cache
from modules.architecture.generated_secret import Secret
from modules.settings import Environment

NAME = "litellm"
READ_REPLICA_URL = "DATABASE_URL_READ_REPLICA"


@dataclass(frozen=True, kw_only=True)
class ContainerInputs:
    """What the other constructs give the container; values are Terraform expressions."""

    region: str
    log_group: str
    database_endpoint: str
    configuration_bucket: str
    configuration_key: str
    master_key_arn: str
    salt_key_arn: str
    database_password_arn: str
    read_replica_endpoint: str | None = None
    read_replica_url: Secret | None = None
    cache: Cache | None = None


def container_definition(environment: Environment, inputs: ContainerInputs) -> dict[str, Any]:
    """One container; every value that is secret is a reference to Secrets Manager."""
    service, litellm, database = environment.service, environment.litellm, environment.database
    variables = {
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": litellm.log_level,
        "LITELLM_CONFIG_BUCKET_NAME": inputs.configuration_bucket,
        "LITELLM_CONFIG_BUCKET_OBJECT_KEY": inputs.configuration_key,
        # LiteLLM builds the URL itself, so that the password has one home. Its host takes the port along.
        "DATABASE_HOST": inputs.database_endpoint,
        "DATABASE_NAME": database.name,
        "DATABASE_USERNAME": database.username,
        "STORE_MODEL_IN_DB": str(litellm.store_models_in_database),
        "KEEPALIVE_TIMEOUT": str(litellm.keep_alive_seconds),
        "GRACEFUL_SHUTDOWN_TIMEOUT": str(litellm.graceful_shutdown_seconds),
        "AWS_REGION": inputs.region,
        **_read_replica(environment, inputs),
        **_cache(inputs),
    }
    secrets = {
        "LITELLM_MASTER_KEY": inputs.master_key_arn,
        "LITELLM_SALT_KEY": inputs.salt_key_arn,
        "DATABASE_PASSWORD": inputs.database_password_arn,
        **_read_replica_secret(inputs),
    }
    return {
        "name": NAME,
        "image": service.image_reference,
        "essential": True,
        "command": [
            "--port",
            str(service.port),
            "--num_workers",
            str(service.workers),
            # The file comes from S3 whatever its name is here (proxy_server.py, ProxyConfig.get_config), but without
            # a name the command line does not look into it, and opens its default pool of connections.
            "--config",
            inputs.configuration_key,
        ],
        "portMappings": [{"containerPort": service.port, "hostPort": service.port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in sorted(variables.items())],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(secrets.items())],
        "healthCheck": _health_check(environment),
        "stopTimeout": service.stop_timeout_seconds,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": inputs.log_group,
                "awslogs-region": inputs.region,
                "awslogs-stream-prefix": NAME,
            },
        },
        # What ECS fills in when it is missing; stated, or every plan would show a change.
        "cpu": 0,
        "mountPoints": [],
        "systemControls": [],
        "volumesFrom": [],
    }


def _read_replica(environment: Environment, inputs: ContainerInputs) -> dict[str, str]:
    """LiteLLM's command line reads the replica's whole URL alone; with the task's role there is no secret in it."""
    database = environment.database
    if inputs.read_replica_endpoint is None or database.authentication != "iam":
        return {}
    url = f"postgresql://{database.litellm_user}@{inputs.read_replica_endpoint}/{database.name}?sslmode=require"
    return {READ_REPLICA_URL: url}


def _read_replica_secret(inputs: ContainerInputs) -> dict[str, str]:
    return {READ_REPLICA_URL: inputs.read_replica_url.reference()} if inputs.read_replica_url else {}


def _cache(inputs: ContainerInputs) -> dict[str, str]:
    """Any REDIS_<argument of redis-py>, and LiteLLM's own for ElastiCache's logins (litellm/_redis.py, 1.106.2)."""
    if inputs.cache is None:
        return {}
    return {
        "REDIS_HOST": inputs.cache.address,
        "REDIS_PORT": str(inputs.cache.port),
        "REDIS_SSL": "true",
        "REDIS_AWS_IAM_AUTH": "true",
        "REDIS_AWS_IAM_USER_NAME": inputs.cache.user_name,
        "REDIS_AWS_IAM_CACHE_NAME": inputs.cache.replication_group_id,
        "REDIS_AWS_IAM_REGION": inputs.region,
    }


def _health_check(environment: Environment) -> dict[str, Any]:
    """Asks the process itself. The image has neither curl nor wget (LiteLLM issue #17645), but it has Python."""
    check, port = environment.service.health_check, environment.service.port
    url = f"http://127.0.0.1:{port}{check.path}"
    # Shorter than the check's own timeout, so that the answer is a clean failure and not a kill.
    patience = check.timeout_seconds - 1
    return {
        "command": ["CMD", "python3", "-c", f"import urllib.request as r; r.urlopen('{url}', timeout={patience})"],
        "interval": check.interval_seconds,
        "timeout": check.timeout_seconds,
        "retries": check.retries,
        "startPeriod": check.start_period_seconds,
    }
