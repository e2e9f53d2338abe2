"""Machines that send a load test's requests: what Locust's master and workers run as, until somebody runs them."""

import json
from pathlib import Path

from constructs import Construct

from modules.architecture import aws
from modules.architecture.container import SCRATCH, VOLUME, confined_container
from modules.architecture.encryption_keys import EncryptionKeys
from modules.architecture.endpoints import Endpoints
from modules.architecture.generated_secret import Secret
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.network import Network
from modules.architecture.roles import ECS_TASKS, ServiceRole, decrypt, read_secrets, write_logs
from modules.architecture.security_groups import allow
from modules.architecture.template import literal
from modules.settings import Environment, LoadGenerators as LoadGeneratorsSettings
from modules.target import Target

NAME = "locust"
MASTER_PORT = 5557
"""Locust's own, to which the workers connect."""
LOCUSTFILE = Path(__file__).parents[1] / "operations/load/locustfile.py"
"""Needs Locust alone; writes each request as a line to the log."""
ROOT = "0"
"""Fargate mounts the scratch volume as root's (confined_container, `user`)."""
START = 'printf %s "$PROGRAM" > "$LOCUST_LOCUSTFILE" && exec locust "$@"'


class LoadGenerators(Construct):
    """One task definition for the master and the workers, which differ in their command; it costs nothing until
    `make load` runs it (modules/operations/load/fleet.py).

    They call the endpoint as clients do. Where it is on the internet they leave the VPC through its NAT gateways, whose
    addresses the load balancer lets in.

    Attributes:
        outputs: what whoever runs them has to know.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        environment: Environment,
        settings: LoadGeneratorsSettings,
        keys: EncryptionKeys,
        network: Network,
        endpoints: Endpoints,
        load_balancer: LoadBalancer,
        master_key: Secret,
        log_group: aws.cloudwatch_log_group.CloudwatchLogGroup,
    ) -> None:
        super().__init__(scope, id_)
        security_group = network.security_group(
            self, name=f"{name}-load-generators", description="Machines that send a load test's requests"
        )
        endpoints.allow_from(security_group)
        load_balancer.allow_from(security_group, network)
        allow(
            self,
            "workers_to_master",
            clients=security_group,
            servers=security_group,
            port=MASTER_PORT,
            what="From Locust's workers to their master",
        )
        role = ServiceRole(
            self,
            "execution_role",
            service=ECS_TASKS,
            name=f"{name}-load-generators",
            account_id=target.account_id,
            statements=[
                read_secrets([master_key.arn]),
                write_logs(log_group.arn),
                *([decrypt(keys.secrets)] if keys.secrets else []),
            ],
        )
        task_definition = aws.ecs_task_definition.EcsTaskDefinition(
            self,
            "task_definition",
            family=f"{name}-load-generators",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(settings.cpu_units),
            memory=str(settings.memory_mib),
            execution_role_arn=role.arn,
            runtime_platform=aws.ecs_task_definition.EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=environment.service.cpu_architecture.upper(), operating_system_family="LINUX"
            ),
            volume=[aws.ecs_task_definition.EcsTaskDefinitionVolume(name=VOLUME)],
            container_definitions=json.dumps(
                [
                    {
                        **confined_container(
                            name=NAME,
                            image=settings.image,
                            # Whoever runs it says whether it is the master or a worker, and of which test.
                            command=["--help"],
                            variables={
                                "PROGRAM": literal(LOCUSTFILE.read_text()),
                                "LOCUST_LOCUSTFILE": f"{SCRATCH}/locustfile.py",
                                "LOCUST_HOST": load_balancer.endpoint,
                                "PYTHONDONTWRITEBYTECODE": "1",
                            },
                            secrets={"LOAD_KEY": master_key.arn},
                            region=environment.region,
                            log_group=log_group.name,
                            scratch=True,
                            user=ROOT,
                            # The log is where a test's requests are read from.
                            keep_every_line=True,
                        ),
                        "entryPoint": ["sh", "-c", START, NAME],
                        # The image's is its user's home, which root without capabilities may not enter.
                        "workingDirectory": SCRATCH,
                    }
                ]
            ),
        )
        self.outputs = {
            "task_definition": task_definition.arn,
            "subnets": network.private_subnet_ids,
            "security_group": security_group.id,
            "log_group": log_group.name,
            "workers": settings.workers,
        }
