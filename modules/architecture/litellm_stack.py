"""The architecture, as its diagram reads."""

from pathlib import Path

from cdktf import TerraformOutput
from constructs import Construct

from modules.architecture.autoscaling import Autoscaling
from modules.architecture.base_stack import BaseStack
from modules.architecture.cluster import Cluster
from modules.architecture.database import Database
from modules.architecture.encryption_keys import EncryptionKeys
from modules.architecture.endpoints import Endpoints
from modules.architecture.flow_logs import FlowLogs
from modules.architecture.litellm_configuration import LiteLLMConfiguration
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.network import Network
from modules.architecture.secrets import Secrets
from modules.architecture.service import Service
from modules.settings import Environment
from modules.target import Target


class LiteLLMStack(BaseStack):
    """One environment: load balancer, tasks, database and what they stand on."""

    def __init__(
        self,
        scope: Construct,
        *,
        target: Target,
        environment: Environment,
        litellm_configuration: str,
        local_states: Path | None,
    ) -> None:
        super().__init__(
            scope,
            environment.name,
            target=target,
            tags={"project": "litellm", "environment": environment.name, **environment.tags},
            local_states=local_states,
        )
        name = f"{environment.name}-litellm"
        keys = EncryptionKeys(self, "keys", name=name, target=target, settings=environment.encryption)
        network = Network(
            self, "network", name=name, zones=environment.availability_zones, settings=environment.network
        )
        if environment.network.flow_logs:
            FlowLogs(
                self,
                "flow_logs",
                name=name,
                target=target,
                network=network,
                settings=environment.network.flow_logs,
            )
        endpoints = Endpoints(
            self,
            "endpoints",
            name=name,
            region=environment.region,
            network=network,
            services=environment.network.interface_endpoints,
        )
        load_balancer = LoadBalancer(
            self,
            "load_balancer",
            name=name,
            network=network,
            settings=environment.load_balancer,
            target_port=environment.service.port,
        )
        secrets = Secrets(self, "secrets", name=name, settings=environment.secrets)
        database = Database(
            self,
            "database",
            name=name,
            network=network,
            settings=environment.database,
            password=secrets.database_password.stored_value(),
        )
        configuration = LiteLLMConfiguration(
            self,
            "configuration",
            name=name,
            account_id=target.account_id,
            content=litellm_configuration,
            overhead_metric=environment.litellm.overhead_metric,
        )
        cluster = Cluster(self, "cluster", name=name, settings=environment.service, logs=environment.logs, keys=keys)
        service = Service(
            self,
            "service",
            name=name,
            target=target,
            environment=environment,
            keys=keys,
            cluster=cluster,
            network=network,
            endpoints=endpoints,
            load_balancer=load_balancer,
            database=database,
            secrets=secrets,
            configuration=configuration,
            rollback_alarm_names=(),
        )
        if environment.service.autoscaling:
            Autoscaling(self, "autoscaling", name=name, service=service, settings=environment.service.autoscaling)
        outputs = {
            "endpoint": load_balancer.endpoint,
            "cluster": cluster.name,
            "service": service.service_name,
            "database": database.identifier,
            "database_endpoint": database.endpoint,
            "log_group": service.log_group_name,
            "master_key_secret": secrets.master_key.name,
            "salt_key_secret": secrets.salt_key.name,
            "database_password_secret": secrets.database_password.name,
        }
        # A scope of their own: outputs and constructs share names.
        scope_of_outputs = Construct(self, "outputs")
        for output, value in outputs.items():
            TerraformOutput(scope_of_outputs, output, value=value).override_logical_id(output)
