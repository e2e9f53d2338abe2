"""The Fargate service: cluster, task definition, rollout, log group, security group."""

import json

from cdktf import Postcondition, TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.container import NAME, ContainerInputs, container_definition
from modules.architecture.database import Database
from modules.architecture.endpoints import Endpoints
from modules.architecture.litellm_configuration import LiteLLMConfiguration
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.network import Network
from modules.architecture.roles import ECS_TASKS, ServiceRole, read_objects, read_secrets, write_logs
from modules.architecture.secrets import Secrets
from modules.settings import Environment
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
        network: Network,
        endpoints: Endpoints,
        load_balancer: LoadBalancer,
        database: Database,
        secrets: Secrets,
        configuration: LiteLLMConfiguration,
    ) -> None:
        super().__init__(scope, id_)
        settings = environment.service
        self.security_group = network.security_group(
            self, name=f"{name}-service", description="The load balancer reaches the tasks"
        )
        load_balancer.allow_to(self.security_group)
        database.allow_from(self.security_group)
        endpoints.allow_from(self.security_group)
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self, "logs", name=f"/ecs/{name}", retention_in_days=environment.logs.retention_days
        )
        self.log_group_name = log_group.name
        execution_role = ServiceRole(
            self,
            "execution_role",
            service=ECS_TASKS,
            name=f"{name}-execution",
            account_id=target.account_id,
            statements=[read_secrets([secret.arn for secret in secrets.all]), write_logs(log_group.arn)],
        )
        task_role = ServiceRole(
            self,
            "task_role",
            service=ECS_TASKS,
            name=f"{name}-task",
            account_id=target.account_id,
            statements=[read_objects(configuration.object_arns)],
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
                cpu_architecture="X86_64", operating_system_family="LINUX"
            ),
            # Earlier revisions stay registered: a rollback needs the one before.
            skip_destroy=True,
            container_definitions=json.dumps(
                [
                    container_definition(
                        environment,
                        ContainerInputs(
                            region=environment.region,
                            log_group=log_group.name,
                            database_endpoint=database.endpoint,
                            configuration_bucket=configuration.bucket_name,
                            configuration_key=configuration.object_key,
                            master_key_arn=secrets.master_key.arn,
                            salt_key_arn=secrets.salt_key.arn,
                            database_password_arn=secrets.database_password.arn,
                        ),
                    )
                ]
            ),
        )
        cluster = aws.ecs_cluster.EcsCluster(
            self,
            "cluster",
            name=name,
            setting=[aws.ecs_cluster.EcsClusterSetting(name="containerInsights", value="enabled")],
        )
        service = aws.ecs_service.EcsService(
            self,
            "this",
            name=name,
            cluster=cluster.arn,
            task_definition=task_definition.arn,
            desired_count=settings.desired_tasks,
            launch_type="FARGATE",
            platform_version="LATEST",
            availability_zone_rebalancing="ENABLED",
            deployment_minimum_healthy_percent=settings.deployment.minimum_healthy_percent,
            deployment_maximum_percent=settings.deployment.maximum_percent,
            deployment_circuit_breaker=aws.ecs_service.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            # The rehearsal starts no tasks yet: it would never be steady.
            wait_for_steady_state=settings.deployment.wait_until_steady and not target.rehearsal,
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
            depends_on=load_balancer.ready,
        )
        self.cluster_name = cluster.name
        self.service_name = service.name
