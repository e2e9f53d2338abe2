"""What a load test takes beside the environment; nothing of it is there unless the settings state one."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.cluster import Cluster
from modules.architecture.encryption_keys import EncryptionKeys
from modules.architecture.endpoints import Endpoints
from modules.architecture.fake_upstream import FakeUpstream
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.load_generators import LoadGenerators
from modules.architecture.network import Network
from modules.architecture.secrets import Secrets
from modules.settings import Environment, LoadTest as LoadTestSettings
from modules.target import Target


class LoadTest(Construct):
    """A fake LLM provider that the tasks reach, machines that send requests, and their log.

    Attributes:
        fleet: what whoever runs the machines has to know.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        environment: Environment,
        settings: LoadTestSettings,
        keys: EncryptionKeys,
        cluster: Cluster,
        network: Network,
        endpoints: Endpoints,
        load_balancer: LoadBalancer,
        secrets: Secrets,
        tasks: aws.security_group.SecurityGroup,
    ) -> None:
        """
        Args:
            tasks: LiteLLM's.
        """
        super().__init__(scope, id_)
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "logs",
            name=f"/ecs/{name}-load-test",
            retention_in_days=environment.logs.retention_days,
            kms_key_id=keys.logs,
        )
        FakeUpstream(
            self,
            "upstream",
            name=name,
            target=target,
            environment=environment,
            settings=settings.upstream,
            cluster=cluster,
            network=network,
            endpoints=endpoints,
            log_group=log_group,
            clients=tasks,
        )
        self.fleet = LoadGenerators(
            self,
            "generators",
            name=name,
            target=target,
            environment=environment,
            settings=settings.generators,
            keys=keys,
            network=network,
            endpoints=endpoints,
            load_balancer=load_balancer,
            master_key=secrets.master_key,
            log_group=log_group,
        ).outputs
