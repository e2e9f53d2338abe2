"""An LLM provider without an LLM, inside the VPC: what a load test lets LiteLLM ask."""

import json
from pathlib import Path

from constructs import Construct

from modules.architecture import aws
from modules.architecture.cluster import ON_DEMAND, Cluster
from modules.architecture.container import confined_container
from modules.architecture.endpoints import Endpoints
from modules.architecture.gated_task import resources_of
from modules.architecture.network import Network
from modules.architecture.roles import ECS_TASKS, ServiceRole, write_logs
from modules.architecture.security_groups import allow
from modules.architecture.template import literal
from modules.settings import Environment, FakeUpstream as FakeUpstreamSettings
from modules.target import Target

NAME = "upstream"
PORT = 8080
NOBODY = "65534"
PROGRAM = Path(__file__).parent / "load_test_files/fake_upstream.py"
HEALTH_CHECK = {
    "command": ["CMD", "python3", "-c", f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}/health')"],
    "interval": 30,
    "timeout": 5,
    "retries": 3,
    "startPeriod": 30,
}
NAME_KNOWN_SECONDS = 10
"""For which LiteLLM may go on asking a task that is gone."""


def upstream_url(name: str) -> str:
    """Base URL, as an OpenAI client wants it; for the given prefix of the resources' names."""
    return f"http://{NAME}.{_zone(name)}:{PORT}/v1"


def _zone(name: str) -> str:
    return f"{name}.internal"


class FakeUpstream(Construct):
    """Tasks of LiteLLM's own image under one name of the VPC's private DNS: no image has to be built, none pulled from
    another registry. They have no role: there is nothing that they may do."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        environment: Environment,
        settings: FakeUpstreamSettings,
        cluster: Cluster,
        network: Network,
        endpoints: Endpoints,
        log_group: aws.cloudwatch_log_group.CloudwatchLogGroup,
        clients: aws.security_group.SecurityGroup,
    ) -> None:
        """
        Args:
            clients: LiteLLM's tasks.
        """
        super().__init__(scope, id_)
        security_group = network.security_group(
            self, name=f"{name}-upstream", description="The tasks reach the load test's fake LLM provider"
        )
        endpoints.allow_from(security_group)
        allow(
            self,
            "from_tasks",
            clients=clients,
            servers=security_group,
            port=PORT,
            what="Requests from the tasks to the load test's fake LLM provider",
        )
        role = ServiceRole(
            self,
            "execution_role",
            service=ECS_TASKS,
            name=f"{name}-upstream",
            account_id=target.account_id,
            statements=[write_logs(log_group.arn)],
        )
        task_definition = aws.ecs_task_definition.EcsTaskDefinition(
            self,
            "task_definition",
            family=f"{name}-upstream",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(settings.cpu_units),
            memory=str(settings.memory_mib),
            execution_role_arn=role.arn,
            runtime_platform=aws.ecs_task_definition.EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=environment.service.cpu_architecture.upper(), operating_system_family="LINUX"
            ),
            container_definitions=json.dumps(
                [
                    {
                        **confined_container(
                            name=NAME,
                            image=environment.service.image_reference,
                            command=[literal(PROGRAM.read_text())],
                            variables={
                                "PORT": str(PORT),
                                "LATENCY_MILLISECONDS": f"{settings.latency_milliseconds:g}",
                                "LATENCY_SIGMA": f"{settings.latency_sigma:g}",
                                "TOKENS": str(settings.tokens),
                                "MILLISECONDS_PER_TOKEN": f"{settings.milliseconds_per_token:g}",
                                "PYTHONDONTWRITEBYTECODE": "1",
                            },
                            secrets={},
                            region=environment.region,
                            log_group=log_group.name,
                            user=NOBODY,
                        ),
                        "entryPoint": ["python3", "-c"],
                        "portMappings": [{"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}],
                        "healthCheck": HEALTH_CHECK,
                    }
                ]
            ),
        )
        namespace = aws.service_discovery_private_dns_namespace.ServiceDiscoveryPrivateDnsNamespace(
            self,
            "zone",
            name=_zone(name),
            description="Names of a load test's parts, known in this VPC alone",
            vpc=network.vpc_id,
        )
        discovery = aws.service_discovery_service
        registry = discovery.ServiceDiscoveryService(
            self,
            "name",
            name=NAME,
            dns_config=discovery.ServiceDiscoveryServiceDnsConfig(
                namespace_id=namespace.id,
                routing_policy="MULTIVALUE",
                dns_records=[discovery.ServiceDiscoveryServiceDnsConfigDnsRecords(type="A", ttl=NAME_KNOWN_SECONDS)],
            ),
            # ECS says which tasks are healthy; without it Cloud Map would want a check of Route 53's, from outside.
            health_check_custom_config=discovery.ServiceDiscoveryServiceHealthCheckCustomConfig(failure_threshold=1),
        )
        service = aws.ecs_service
        service.EcsService(
            self,
            "this",
            name=f"{name}-upstream",
            cluster=cluster.arn,
            task_definition=task_definition.arn,
            desired_count=settings.tasks,
            capacity_provider_strategy=[
                service.EcsServiceCapacityProviderStrategy(capacity_provider=ON_DEMAND, base=0, weight=100)
            ],
            platform_version="LATEST",
            availability_zone_rebalancing="ENABLED",
            deployment_circuit_breaker=service.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            wait_for_steady_state=environment.service.deployment.wait_until_steady,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            network_configuration=service.EcsServiceNetworkConfiguration(
                subnets=network.private_subnet_ids, security_groups=[security_group.id], assign_public_ip=False
            ),
            service_registries=service.EcsServiceServiceRegistries(registry_arn=registry.arn),
            depends_on=[
                cluster.capacity_providers,
                # What the tasks pull their image through, and write their log with.
                *(resource for needed in (network, endpoints, role) for resource in resources_of(needed)),
            ],
        )
