"""The architecture, as its diagram reads."""

from pathlib import Path

from cdktf import TerraformOutput
from constructs import Construct

from modules.architecture.audit_trail import AuditTrail
from modules.architecture.autoscaling import Autoscaling
from modules.architecture.base_stack import BaseStack
from modules.architecture.budget import Budget
from modules.architecture.cache import Cache
from modules.architecture.cluster import Cluster
from modules.architecture.database import Database
from modules.architecture.encryption_keys import EncryptionKeys
from modules.architecture.endpoints import Endpoints
from modules.architecture.fake_upstream import upstream_url
from modules.architecture.faults import Faults
from modules.architecture.firewall import Firewall
from modules.architecture.flow_logs import FlowLogs
from modules.architecture.litellm_configuration import LiteLLMConfiguration
from modules.architecture.load_balancer import LoadBalancer
from modules.architecture.load_test import LoadTest
from modules.architecture.log_archive import LogArchive
from modules.architecture.logs_bucket import LogsBucket
from modules.architecture.network import make_network
from modules.architecture.notifications import Notifications
from modules.architecture.second_region import SecondRegion
from modules.architecture.secrets import Secrets
from modules.architecture.service import Service
from modules.architecture.user_alarms import UserAlarms
from modules.architecture.watching import Watching
from modules.litellm_file import REHEARSAL_UPSTREAM, with_load_test_model, with_rehearsal_model
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
        network = make_network(
            self, "network", name=name, zones=environment.availability_zones, settings=environment.network
        )
        flow_logs = None
        if environment.network.flow_logs and not environment.network.existing:
            flow_logs = FlowLogs(
                self,
                "flow_logs",
                name=name,
                target=target,
                network=network,
                settings=environment.network.flow_logs,
                key_arn=keys.logs,
            )
        endpoints = Endpoints(
            self,
            "endpoints",
            name=name,
            target=target,
            network=network,
            services=environment.network.interface_endpoints,
        )
        recorded = environment.load_balancer.access_logs or environment.logs.archive or environment.audit_trail
        logs_bucket = (
            LogsBucket(
                self,
                "logs_bucket",
                name=name,
                target=target,
                logs=environment.logs,
                audit_trail=environment.audit_trail,
            )
            if recorded
            else None
        )
        load_balancer = LoadBalancer(
            self,
            "load_balancer",
            name=name,
            network=network,
            settings=environment.load_balancer,
            target_port=environment.service.port,
            logs_bucket=logs_bucket.name if logs_bucket and environment.load_balancer.access_logs else None,
        )
        if environment.load_balancer.firewall:
            Firewall(
                self,
                "firewall",
                name=name,
                target=target,
                load_balancer_arn=load_balancer.arn,
                settings=environment.load_balancer.firewall,
                logs_key=keys.logs,
            )
        second_region = (
            SecondRegion(
                self,
                "second_region",
                name=name,
                target=target,
                settings=environment.second_region,
                encryption=environment.encryption,
                provider=self.provider_in(environment.second_region.region),
            )
            if environment.second_region
            else None
        )
        secrets = Secrets(
            self,
            "secrets",
            name=name,
            account_id=target.account_id,
            settings=environment.secrets,
            kms_key_id=keys.secrets,
            second_region=second_region,
            password_generation=environment.database.password_generation,
        )
        user_alarms = UserAlarms(
            self,
            "user_alarms",
            alarms=notifications.alarms,
            load_balancer=load_balancer,
            zones=environment.availability_zones,
            encrypted=environment.load_balancer.encrypted,
            settings=environment.alarms,
        )
        database = Database(
            self,
            "database",
            name=name,
            target=target,
            network=network,
            settings=environment.database,
            logs=environment.logs,
            credentials=secrets.database_password,
            kms_key_id=keys.database,
            logs_kms_key_id=keys.logs,
            second_region=second_region,
        )
        cache = (
            Cache(self, "cache", name=name, network=network, settings=environment.cache, kms_key_id=keys.cache)
            if environment.cache
            else None
        )
        if environment.load_test:
            litellm_configuration = with_load_test_model(
                # No DNS knows the VPC's names on a rehearsal, which has a provider of its own.
                litellm_configuration,
                REHEARSAL_UPSTREAM if target.rehearsal else upstream_url(name),
            )
        configuration = LiteLLMConfiguration(
            self,
            "configuration",
            name=name,
            account_id=target.account_id,
            content=with_rehearsal_model(litellm_configuration) if target.rehearsal else litellm_configuration,
            overhead_metric=environment.litellm.overhead_metric,
            key_arn=keys.storage,
            access_logs_to=logs_bucket.bucket if logs_bucket else None,
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
            cache=cache,
            secrets=secrets,
            configuration=configuration,
            rollback_alarm_names=user_alarms.rollback_alarm_names,
        )
        if logs_bucket and environment.logs.archive:
            LogArchive(
                self,
                "log_archive",
                name=name,
                target=target,
                logs_bucket=logs_bucket,
                log_group_name=service.log_group_name,
                retention_days=environment.logs.retention_days,
                logs_key_arn=keys.logs,
                storage_key_arn=keys.storage,
            )
        if logs_bucket and environment.audit_trail:
            AuditTrail(
                self,
                "audit_trail",
                name=name,
                target=target,
                logs_bucket=logs_bucket,
                watched_bucket_arns=[f"arn:aws:s3:::{target.state_bucket}", configuration.bucket_arn],
                retention_days=environment.logs.retention_days,
                key_arn=keys.logs,
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
            replication_group_id=cache.replication_group_id if cache else None,
            flow_log_group_name=flow_logs.log_group_name if flow_logs else None,
        )
        faults = (
            Faults(
                self,
                "faults",
                name=name,
                target=target,
                environment=environment,
                settings=environment.drills,
                network=network,
                database=database,
                service=service,
                stop_alarm_arns=user_alarms.stop_alarm_arns,
                logs_key_arn=keys.logs,
            )
            if environment.drills
            else None
        )
        load_test = (
            LoadTest(
                self,
                "load_test",
                name=name,
                target=target,
                environment=environment,
                settings=environment.load_test,
                keys=keys,
                cluster=cluster,
                network=network,
                endpoints=endpoints,
                load_balancer=load_balancer,
                secrets=secrets,
                tasks=service.security_group,
            )
            if environment.load_test
            else None
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
            "cluster": cluster.name,
            "service": service.service_name,
            "database": database.identifier,
            "database_endpoint": database.endpoint,
            "log_group": service.log_group_name,
            "master_key_secret": secrets.master_key.name,
            "salt_key_secret": secrets.salt_key.name,
            "database_password_secret": secrets.database_password.name,
            **({"fault_templates": faults.template_ids} if faults else {}),
            **({"load_test": load_test.fleet} if load_test else {}),
        }
        # A scope of their own: outputs and constructs share names.
        scope_of_outputs = Construct(self, "outputs")
        for output, value in outputs.items():
            TerraformOutput(scope_of_outputs, output, value=value).override_logical_id(output)
