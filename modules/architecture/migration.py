"""The database's schema, brought to the version's state by one task, before the service's tasks are replaced."""

import json
from collections.abc import Sequence

from constructs import Construct, IConstruct

from modules.architecture import aws
from modules.architecture.cluster import Cluster
from modules.architecture.container import VOLUME, Container
from modules.architecture.gated_task import GatedTask
from modules.architecture.roles import ServiceRole
from modules.settings import Environment
from modules.target import Target

CPU_UNITS, MEMORY_MIB = 1024, 4096
"""LiteLLM's own AWS module gives its migration task 4 GiB ("peaks well above 1 GiB"), terraform/litellm/aws."""


class Migration(Construct):
    """LiteLLM itself, which ends after it has migrated the database; the serving tasks leave the schema alone.

    Tasks that would each try at their start race (LiteLLM issue #14400), and one that fails would take the service
    along. Here a failure stops the apply, and the former tasks go on serving.
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
        container: Container,
        execution_role: ServiceRole,
        task_role: ServiceRole,
        subnet_ids: Sequence[str],
        security_group_id: str,
        needs: Sequence[IConstruct],
    ) -> None:
        super().__init__(scope, id_)
        task_definition = aws.ecs_task_definition.EcsTaskDefinition(
            self,
            "task_definition",
            family=f"{name}-migration",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(CPU_UNITS),
            memory=str(MEMORY_MIB),
            execution_role_arn=execution_role.arn,
            task_role_arn=task_role.arn,
            runtime_platform=aws.ecs_task_definition.EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=environment.service.cpu_architecture.upper(), operating_system_family="LINUX"
            ),
            volume=[aws.ecs_task_definition.EcsTaskDefinitionVolume(name=VOLUME)],
            container_definitions=json.dumps([container]),
        )
        self.gate = GatedTask(
            self,
            "this",
            purpose="migration",
            target=target,
            cluster=cluster,
            task_definition=task_definition,
            subnet_ids=subnet_ids,
            security_group_id=security_group_id,
            timeout_seconds=environment.service.migration_timeout_seconds,
            needs=[execution_role, task_role, *needs],
        )
