"""The container of a LiteLLM task, as ECS's RegisterTaskDefinition takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.architecture.cache import Cache
from modules.architecture.generated_secret import Secret
from modules.planning.recovery.replacement import CHECK_GIVES_UP_SECONDS
from modules.settings import Environment

Container = dict[str, Any]

NAME = "litellm"
VOLUME = "scratch"
"""The task's volume for what is written in passing."""
SCRATCH = "/tmp"
WRITABLE = f"{SCRATCH}/litellm"
OPEN_FILES = 65536
"""Linux counts connections, too (Amazon ECS API, Ulimit); stated because Fargate's own limit has changed before."""
READ_REPLICA_URL = "DATABASE_URL_READ_REPLICA"


@dataclass(frozen=True, kw_only=True)
class ContainerInputs:
    """What the other constructs give the container; values are Terraform expressions.

    Attributes:
        master_key: reference to the key in the version of the secret that its generation has.
        database_password: reference to the password in the version of the secret that the user's generation has.
        provider_keys: secrets' ARNs by LLM providers' variables.
    """

    region: str
    log_group: str
    database_endpoint: str
    database_address: str
    configuration_bucket: str
    configuration_key: str
    master_key: str
    salt_key_arn: str
    database_password: str
    provider_keys: Mapping[str, str]
    read_replica_endpoint: str | None = None
    read_replica_url: Secret | None = None
    cache: Cache | None = None


def container_definition(environment: Environment, inputs: ContainerInputs) -> Container:
    """The container that serves; every value that is secret is a reference to Secrets Manager."""
    service, litellm = environment.service, environment.litellm
    variables = {
        **_variables(environment, inputs),
        # The migration task has brought the schema up to date before this task starts.
        "DISABLE_SCHEMA_UPDATE": "true",
        "KEEPALIVE_TIMEOUT": str(litellm.keep_alive_seconds),
        "GRACEFUL_SHUTDOWN_TIMEOUT": str(litellm.graceful_shutdown_seconds),
        # For gc.set_threshold (litellm/proxy/common_utils/debug_utils.py). The older generations keep Python's own 10:
        # with more, cycles that hold prompts would stay for minutes (docs/tuning.md).
        "PYTHON_GC_THRESHOLD": f"{litellm.garbage_collection_threshold},10,10",
    }
    if litellm.overhead_metric:
        variables["OVERHEAD_METRIC_ENVIRONMENT"] = environment.name
    return {
        **confined_container(
            name=NAME,
            image=service.image_reference,
            command=_command(environment, inputs, workers=service.workers),
            variables=variables,
            secrets=_secrets(environment, inputs),
            region=inputs.region,
            log_group=inputs.log_group,
            read_only=service.read_only_root_filesystem,
            scratch=True,
        ),
        "portMappings": [{"containerPort": service.port, "hostPort": service.port, "protocol": "tcp"}],
        "healthCheck": _health_check(environment),
        "stopTimeout": service.stop_timeout_seconds,
    }


def migration_container_definition(environment: Environment, inputs: ContainerInputs) -> Container:
    """The same program, which ends when the database has the schema that it needs; it fails when it cannot get there
    (litellm/proxy/proxy_cli.py, "setup_ok")."""
    return confined_container(
        name="migration",
        image=environment.service.image_reference,
        command=[*_command(environment, inputs, workers=1), "--skip_server_startup"],
        variables={
            **_variables(environment, inputs),
            # Prisma writes beside its migrations: it gets a copy (litellm_proxy_extras/utils.py, _get_prisma_dir).
            "LITELLM_MIGRATION_DIR": f"{WRITABLE}/migrations",
        },
        secrets=_secrets(environment, inputs),
        region=inputs.region,
        log_group=inputs.log_group,
        read_only=environment.service.read_only_root_filesystem,
        scratch=True,
    )


def confined_container(
    *,
    name: str,
    image: str,
    command: Sequence[str],
    variables: Mapping[str, str],
    secrets: Mapping[str, str],
    region: str,
    log_group: str,
    read_only: bool = True,
    scratch: bool = False,
    user: str | None = None,
    keep_every_line: bool = False,
) -> Container:
    """A container without privileges, which can write to its scratch volume alone, if it has one.

    Args:
        user: another one than the image's. With a scratch volume that has to stay root, as LiteLLM's is: Fargate mounts
            an empty volume as root's and cannot give it to anybody else (aws/containers-roadmap#938). Root without a
            single capability may no more than another user.
        keep_every_line: rather let the program wait than lose a line of its log, as ECS would (Amazon ECS API,
            LogConfiguration, `mode`).
    """
    return {
        "name": name,
        "image": image,
        "essential": True,
        "command": list(command),
        "environment": [{"name": variable, "value": value} for variable, value in sorted(variables.items())],
        "secrets": [{"name": variable, "valueFrom": source} for variable, source in sorted(secrets.items())],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": name,
                **({"mode": "blocking"} if keep_every_line else {}),
            },
        },
        **({"user": user} if user else {}),
        "readonlyRootFilesystem": read_only,
        "privileged": False,
        # The init process hands SIGTERM on and buries orphans, such as query engines of workers that died.
        "linuxParameters": {"capabilities": {"add": [], "drop": ["ALL"]}, "initProcessEnabled": True},
        "ulimits": [{"name": "nofile", "softLimit": OPEN_FILES, "hardLimit": OPEN_FILES}],
        "mountPoints": [{"sourceVolume": VOLUME, "containerPath": SCRATCH, "readOnly": False}] if scratch else [],
        # What ECS fills in when it is missing; stated, or every plan would show a change.
        "cpu": 0,
        "portMappings": [],
        "systemControls": [],
        "volumesFrom": [],
    }


def _command(environment: Environment, inputs: ContainerInputs, *, workers: int) -> list[str]:
    return [
        "--port",
        str(environment.service.port),
        "--num_workers",
        str(workers),
        # The file comes from S3 whatever its name is here (proxy_server.py, ProxyConfig.get_config), but without a name
        # the command line does not look into it, and opens its default pool of connections.
        "--config",
        inputs.configuration_key,
    ]


def _variables(environment: Environment, inputs: ContainerInputs) -> dict[str, str]:
    litellm = environment.litellm
    return {
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": litellm.log_level,
        # The prices in the package, instead of a file that GitHub may or may not serve while the task starts.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_CONFIG_BUCKET_NAME": inputs.configuration_bucket,
        "LITELLM_CONFIG_BUCKET_OBJECT_KEY": inputs.configuration_key,
        "STORE_MODEL_IN_DB": str(litellm.store_models_in_database),
        "AWS_REGION": inputs.region,
        # What libraries keep between requests. The admin page needs no place: the package has it ready to serve, and
        # a copy (LITELLM_UI_PATH) would be written by all workers at once. Prisma's engines stay where the image has
        # them.
        "XDG_CACHE_HOME": f"{WRITABLE}/cache",
        **_database(environment, inputs),
        **_read_replica(environment, inputs),
        **_cache(inputs),
    }


def _database(environment: Environment, inputs: ContainerInputs) -> dict[str, str]:
    """Encrypted, as the database demands. The server's certificate is not verified (`verify-full`): the image does not
    carry RDS's authorities, and nothing may be fetched at the start."""
    database = environment.database
    shared = {"DATABASE_NAME": database.name, "DATABASE_SSLMODE": "require"}
    if database.authentication == "iam":
        # As litellm/proxy/db/token_auth.py and prisma_client.py read them, who make and renew the token.
        return {
            **shared,
            "IAM_TOKEN_DB_AUTH": "True",
            "DATABASE_HOST": inputs.database_address,
            "DATABASE_PORT": str(database.port),
            "DATABASE_USER": database.litellm_user,
        }
    # LiteLLM builds the URL itself, so that the password has one home. Its host takes the port along.
    return {**shared, "DATABASE_HOST": inputs.database_endpoint, "DATABASE_USERNAME": database.litellm_user}


def _secrets(environment: Environment, inputs: ContainerInputs) -> dict[str, str]:
    secrets = {
        "LITELLM_MASTER_KEY": inputs.master_key,
        "LITELLM_SALT_KEY": inputs.salt_key_arn,
        **inputs.provider_keys,
    }
    if environment.database.authentication == "password":
        secrets["DATABASE_PASSWORD"] = inputs.database_password
    if inputs.read_replica_url:
        secrets[READ_REPLICA_URL] = inputs.read_replica_url.reference()
    return secrets


def _read_replica(environment: Environment, inputs: ContainerInputs) -> dict[str, str]:
    """LiteLLM's command line reads the replica's whole URL alone; with the task's role there is no secret in it."""
    database = environment.database
    if inputs.read_replica_endpoint is None or database.authentication != "iam":
        return {}
    url = f"postgresql://{database.litellm_user}@{inputs.read_replica_endpoint}/{database.name}?sslmode=require"
    return {READ_REPLICA_URL: url}


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
    patience = check.timeout_seconds - CHECK_GIVES_UP_SECONDS
    return {
        "command": ["CMD", "python3", "-c", f"import urllib.request as r; r.urlopen('{url}', timeout={patience})"],
        "interval": check.interval_seconds,
        "timeout": check.timeout_seconds,
        "retries": check.retries,
        "startPeriod": check.start_period_seconds,
    }
