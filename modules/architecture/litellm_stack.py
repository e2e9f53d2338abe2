"""The architecture, as its diagram reads."""

from pathlib import Path

from cdktf import TerraformOutput
from constructs import Construct

from modules.architecture.autoscaling import Autoscaling
from modules.architecture.base_stack import BaseStack
from modules.architecture.budget import Budget
from modules.architecture.database import Database
from modules.architecture.encryption_keys import EncryptionKeys
from modules.architecture.endpoints import Endpoints
from modules.architecture.flow_logs import FlowLogs
from modules.architecture.litellm_configuration import LiteLLMConfiguration
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.network import Network
from modules.architecture.notifications import Notifications
from modules.architecture.secrets import Secrets
from modules.architecture.service import Service
from modules.architecture.user_alarms import UserAlarms
from modules.architecture.watching import Watching
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
        notifications = Notifications(
            self, "notifications", name=name, target=target, keys=keys, settings=environment.notifications
        )
        network = Network(
            self, "network", name=name, zones=environment.availability_zones, settings=environment.network
        )
        flow_logs = None
        if environment.network.flow_logs:
            flow_logs = FlowLogs(
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
        UserAlarms(
            self,
            "user_alarms",
            alarms=notifications.alarms,
            load_balancer=load_balancer,
            zones=environment.availability_zones,
            encrypted=environment.load_balancer.encrypted,
            settings=environment.alarms,
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
        )
        service = Service(
            self,
            "service",
            name=name,
            target=target,
            environment=environment,
            network=network,
            endpoints=endpoints,
            load_balancer=load_balancer,
            database=database,
            secrets=secrets,
            configuration=configuration,
        )
        if environment.service.autoscaling:
            Autoscaling(
                self,
                "autoscaling",
                name=name,
                alarms=notifications.alarms,
                load_balancer=load_balancer,
                service=service,
                settings=environment.service.autoscaling,
            )
        Watching(
            self,
            "watching",
            name=name,
            target=target,
            environment=environment,
            alarms=notifications.alarms,
            network=network,
            load_balancer=load_balancer,
            database=database,
            service=service,
            replication_group_id=name if environment.cache else None,
            flow_log_group_name=flow_logs.log_group_name if flow_logs else None,
        )
        if environment.budget:
            Budget(
                self,
                "budget",
                name=name,
                environment=environment.name,
                topic_arn=notifications.topic_arn,
                settings=environment.budget,
            )
        outputs = {
            "endpoint": load_balancer.endpoint,
            "cluster": service.cluster_name,
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
