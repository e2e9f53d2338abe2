"""The Fargate service: task definition, rollout, log group, security group."""

import json
from collections.abc import Sequence

from cdktf import Postcondition, TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.cache import Cache
from modules.architecture.cluster import ON_DEMAND, SPOT, Cluster
from modules.architecture.container import (
    NAME,
    VOLUME,
    ContainerInputs,
    container_definition,
    migration_container_definition,
)
from modules.architecture.database import Database
from modules.architecture.database_accounts import DatabaseAccounts
from modules.architecture.encryption_keys import EncryptionKeys
from modules.architecture.endpoints import Endpoints
from modules.architecture.fault_agent import FaultAgent
from modules.architecture.litellm_configuration import LiteLLMConfiguration
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.migration import Migration
from modules.architecture.network import Network
from modules.architecture.provider_keys import ProviderKeys
from modules.architecture.roles import (
    ECS_TASKS,
    ServiceRole,
    Statement,
    connect_to_database,
    decrypt,
    offer_shell,
    read_secrets,
    write_logs,
)
from modules.architecture.secrets import LITELLM, Secrets
from modules.settings import Environment, Spot
from modules.target import Target


class Service(Construct):
    """LiteLLM's tasks over the private subnets of all zones, behind the load balancer."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        environment: Environment,
        keys: EncryptionKeys,
        cluster: Cluster,
        network: Network,
        endpoints: Endpoints,
        load_balancer: LoadBalancer,
        database: Database,
        cache: Cache | None,
        secrets: Secrets,
        configuration: LiteLLMConfiguration,
        rollback_alarm_names: Sequence[str],
    ) -> None:
        """
        Args:
            rollback_alarm_names: alarms of what users see; one that fires during a deployment rolls it back.
        """
        super().__init__(scope, id_)
        settings = environment.service
        self.security_group = network.security_group(
            self, name=f"{name}-service", description="The load balancer reaches the tasks"
        )
        load_balancer.allow_to(self.security_group)
        database.allow_from(self.security_group)
        if cache:
            cache.allow_from(self.security_group)
        endpoints.allow_from(self.security_group)
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "logs",
            name=f"/ecs/{name}",
            retention_in_days=environment.logs.retention_days,
            kms_key_id=keys.logs,
        )
        self.log_group_name = log_group.name
        provider_keys = ProviderKeys(self, "provider_keys", target=target, names=environment.litellm.provider_keys)
        # With IAM authentication there is no password that a serving task could use.
        with_password = environment.database.authentication == "password"
        serving_secrets = [
            secrets.master_key,
            secrets.salt_key,
            *([secrets.database_password] if with_password else []),
        ]
        agent = (
            FaultAgent(
                self,
                "fault_agent",
                name=name,
                target=target,
                cluster_name=cluster.name,
                log_group=log_group.name,
            )
            if environment.drills and environment.drills.hanging_task
            else None
        )
        execution_role = ServiceRole(
            self,
            "execution_role",
            service=ECS_TASKS,
            name=f"{name}-execution",
            account_id=target.account_id,
            statements=[
                read_secrets([secret.arn for secret in [*serving_secrets, *database.secrets]]),
                write_logs(log_group.arn),
                *([decrypt(keys.secrets)] if keys.secrets else []),
                *provider_keys.statements,
            ],
        )
        task_role = ServiceRole(
            self,
            "task_role",
            service=ECS_TASKS,
            name=f"{name}-task",
            account_id=target.account_id,
            statements=[
                *self._task_statements(environment, target, keys, cluster, database, configuration, cache),
                *(agent.task_statements if agent else []),
            ],
        )
        container_inputs = ContainerInputs(
            region=environment.region,
            log_group=log_group.name,
            database_endpoint=database.endpoint,
            database_address=database.address,
            configuration_bucket=configuration.bucket_name,
            configuration_key=configuration.object_key,
            master_key=secrets.master_key.reference(),
            salt_key_arn=secrets.salt_key.arn,
            database_password=secrets.database_password.reference(LITELLM),
            provider_keys=provider_keys.arns,
            read_replica_endpoint=database.read_replica_endpoint,
            read_replica_url=database.read_replica_url,
            cache=cache,
        )
        accounts = DatabaseAccounts(
            self,
            "accounts",
            name=name,
            target=target,
            environment=environment,
            cluster=cluster,
            database=database,
            password=secrets.database_password,
            keys=keys,
            log_group=log_group,
            subnet_ids=network.private_subnet_ids,
            security_group_id=self.security_group.id,
            needs=[network, endpoints],
        )
        migration = Migration(
            self,
            "migration",
            name=name,
            target=target,
            environment=environment,
            cluster=cluster,
            container=migration_container_definition(environment, container_inputs),
            execution_role=execution_role,
            task_role=task_role,
            subnet_ids=network.private_subnet_ids,
            security_group_id=self.security_group.id,
            needs=[accounts.gate],
        )
        task_definition = aws.ecs_task_definition.EcsTaskDefinition(
            self,
            "task_definition",
            family=name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(settings.cpu_units),
            memory=str(settings.memory_mib),
            execution_role_arn=execution_role.arn,
            task_role_arn=task_role.arn,
            runtime_platform=aws.ecs_task_definition.EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=settings.cpu_architecture.upper(), operating_system_family="LINUX"
            ),
            volume=[aws.ecs_task_definition.EcsTaskDefinitionVolume(name=VOLUME)],
            # Earlier revisions stay registered: a rollback needs the one before.
            skip_destroy=True,
            container_definitions=json.dumps(
                [container_definition(environment, container_inputs), *([agent.container] if agent else [])]
            ),
            enable_fault_injection=True if agent else None,
            # The agent reaches LiteLLM's processes.
            pid_mode="task" if agent else None,
        )
        service = aws.ecs_service.EcsService(
            self,
            "this",
            name=name,
            cluster=cluster.arn,
            task_definition=task_definition.arn,
            desired_count=settings.desired_tasks,
            capacity_provider_strategy=_capacity(settings.spot),
            # ECS takes another strategy only with a new deployment; without this the provider would replace the service
            # for it, as it always does from a launch type to a strategy (hashicorp/terraform-provider-aws#22823).
            force_new_deployment=True,
            platform_version="LATEST",
            availability_zone_rebalancing="ENABLED",
            deployment_minimum_healthy_percent=settings.deployment.minimum_healthy_percent,
            deployment_maximum_percent=settings.deployment.maximum_percent,
            deployment_circuit_breaker=aws.ecs_service.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            alarms=aws.ecs_service.EcsServiceAlarms(alarm_names=list(rollback_alarm_names), enable=True, rollback=True)
            if settings.deployment.roll_back_on_alarms and rollback_alarm_names
            else None,
            enable_execute_command=settings.ecs_exec,
            wait_for_steady_state=settings.deployment.wait_until_steady,
            health_check_grace_period_seconds=settings.health_check_grace_period_seconds,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            network_configuration=aws.ecs_service.EcsServiceNetworkConfiguration(
                subnets=network.private_subnet_ids,
                security_groups=[self.security_group.id],
                assign_public_ip=False,
            ),
            load_balancer=[
                aws.ecs_service.EcsServiceLoadBalancer(
                    target_group_arn=load_balancer.target_group_arn, container_name=NAME, container_port=settings.port
                )
            ],
            lifecycle=TerraformResourceLifecycle(
                # Autoscaling owns the number of tasks once it is on; a plan must not set it back.
                ignore_changes=["desired_count"] if settings.autoscaling else None,
                # After a rollback the service is steady as well: on the revision before. The provider calls that a
                # success (hashicorp/terraform-provider-aws#19519).
                postcondition=[
                    Postcondition(
                        condition=f"${{self.task_definition == {task_definition.arn}}}",
                        error_message="ECS rolled the deployment back: the new tasks did not become healthy. The "
                        "service's events and the log group say why; the former tasks are serving.",
                    )
                ],
            ),
            depends_on=[*load_balancer.ready, cluster.capacity_providers, migration.gate.run],
        )
        self.cluster_arn = cluster.arn
        self.cluster_name = cluster.name
        self.service_name = service.name

    @staticmethod
    def _task_statements(
        environment: Environment,
        target: Target,
        keys: EncryptionKeys,
        cluster: Cluster,
        database: Database,
        configuration: LiteLLMConfiguration,
        cache: Cache | None,
    ) -> list[Statement]:
        """What LiteLLM itself may do."""
        statements = list(configuration.read)
        if environment.database.authentication == "iam":
            statements.append(connect_to_database(database.resource_id, environment.database.litellm_user, target))
        if cache:
            statements.append(cache.connect)
        if cluster.exec_log_group:
            statements += offer_shell(cluster.exec_log_group.arn, keys.logs, target)
        return statements


def _capacity(spot: Spot | None) -> list[aws.ecs_service.EcsServiceCapacityProviderStrategy]:
    """How many tasks are on demand, and which share of the others is Spot."""
    strategy = aws.ecs_service.EcsServiceCapacityProviderStrategy
    if spot is None:
        return [strategy(capacity_provider=ON_DEMAND, base=0, weight=100)]
    return [
        strategy(capacity_provider=ON_DEMAND, base=spot.on_demand_tasks, weight=100 - spot.percent),
        strategy(capacity_provider=SPOT, base=0, weight=spot.percent),
    ]
