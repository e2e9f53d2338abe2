"""LiteLLM's own users of the database, which the administrator makes in a task before anybody needs them."""

import json
from collections.abc import Sequence
from pathlib import Path

from constructs import Construct, IConstruct

from modules.architecture import aws
from modules.architecture.cluster import Cluster
from modules.architecture.container import confined_container
from modules.architecture.database import Database
from modules.architecture.encryption_keys import EncryptionKeys
from modules.architecture.gated_task import GatedTask
from modules.architecture.generated_secret import GeneratedSecret
from modules.architecture.roles import ECS_TASKS, ServiceRole, decrypt, read_secrets, write_logs
from modules.architecture.secrets import ADMINISTRATOR, LITELLM
from modules.architecture.template import literal
from modules.settings import Environment
from modules.target import Target

CPU_UNITS, MEMORY_MIB = 256, 512
"""Fargate's smallest task; psql needs next to nothing."""
NOBODY = "65534"
LOGIN_ATTEMPTS, LOGIN_PAUSE_SECONDS = 20, 15
"""Five minutes, in which a new password of the administrator becomes effective."""
TIMEOUT_SECONDS = 900
SCRIPT = Path(__file__).with_suffix(".sh")
SQL = Path(__file__).with_suffix(".sql")


class DatabaseAccounts(Construct):
    """A role that owns the schema, and the users that LiteLLM logs in with as its members.

    With passwords there are two users that take turns: a new password goes to the one that running tasks do not use,
    and they keep working with theirs until the last of them is replaced.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        environment: Environment,
        cluster: Cluster,
        database: Database,
        password: GeneratedSecret,
        keys: EncryptionKeys,
        log_group: aws.cloudwatch_log_group.CloudwatchLogGroup,
        subnet_ids: Sequence[str],
        security_group_id: str,
        needs: Sequence[IConstruct],
    ) -> None:
        super().__init__(scope, id_)
        settings = environment.database
        role = ServiceRole(
            self,
            "execution_role",
            service=ECS_TASKS,
            name=f"{name}-accounts",
            account_id=target.account_id,
            statements=[
                read_secrets([password.arn]),
                write_logs(log_group.arn),
                *([decrypt(keys.secrets)] if keys.secrets else []),
            ],
        )
        variables = {
            "PGHOST": database.address,
            "PGPORT": str(settings.port),
            "PGDATABASE": settings.name,
            "PGUSER": settings.username,
            "PGSSLMODE": "require",
            "PGCONNECT_TIMEOUT": "10",
            "OWNER": settings.owner_role,
            "USERS": ",".join(settings.litellm_users),
            "LITELLM_USER": settings.litellm_user,
            "ATTEMPTS": str(LOGIN_ATTEMPTS),
            "PAUSE_SECONDS": str(LOGIN_PAUSE_SECONDS),
            "SQL": literal(code(SQL, comment="--")),
        }
        secrets = {"PGPASSWORD": ADMINISTRATOR}
        if settings.authentication == "password":
            secrets["LITELLM_PASSWORD"] = LITELLM
        task_definition = aws.ecs_task_definition.EcsTaskDefinition(
            self,
            "task_definition",
            family=f"{name}-accounts",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(CPU_UNITS),
            memory=str(MEMORY_MIB),
            execution_role_arn=role.arn,
            runtime_platform=aws.ecs_task_definition.EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=environment.service.cpu_architecture.upper(), operating_system_family="LINUX"
            ),
            container_definitions=json.dumps(
                [
                    confined_container(
                        name="accounts",
                        image=settings.administration_image,
                        command=["sh", "-c", literal(code(SCRIPT, comment="#"))],
                        variables=variables,
                        secrets={variable: password.reference(part) for variable, part in secrets.items()},
                        region=environment.region,
                        log_group=log_group.name,
                        user=NOBODY,
                    )
                ]
            ),
        )
        self.gate = GatedTask(
            self,
            "this",
            purpose="accounts",
            target=target,
            cluster=cluster,
            task_definition=task_definition,
            subnet_ids=subnet_ids,
            security_group_id=security_group_id,
            timeout_seconds=TIMEOUT_SECONDS,
            needs=[role, database, *needs],
        )


def code(path: Path, *, comment: str) -> str:
    """The file without its lines of comment, as it goes into the task definition."""
    return "\n".join(line for line in path.read_text().splitlines() if not line.strip().startswith(comment))
