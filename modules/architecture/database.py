"""RDS for PostgreSQL: instance, read replica, parameter group, subnet group, security group, logs, backups' copies."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.generated_secret import GeneratedSecret, Secret
from modules.architecture.network import Network
from modules.architecture.roles import DATABASE_MONITORING, ServiceRole, write_database_metrics
from modules.architecture.second_region import SecondRegion
from modules.architecture.secrets import ADMINISTRATOR, LITELLM
from modules.architecture.security_groups import allow, owner
from modules.settings import Database as DatabaseSettings, DatabaseParameters, Logs, ReadReplica
from modules.target import Target

KIB_PER_MIB = 1024
KIB_PER_BLOCK = 8
"""PostgreSQL counts its buffers in blocks of 8 kB (RDS User Guide, "Parameter groups": units are the engine's)."""
LOGS = ("postgresql", "upgrade")
"""What RDS for PostgreSQL exports (RDS User Guide, "Publishing PostgreSQL logs to Amazon CloudWatch Logs")."""
CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"
IMMEDIATE, PENDING_REBOOT = "immediate", "pending-reboot"
"""How parameters are applied: PostgreSQL's dynamic ones at once, its static ones at the next restart."""
IDLE_IN_TRANSACTION_MILLISECONDS = 60_000
"""A transaction that nobody works on holds its locks and keeps vacuum back; PostgreSQL ends it after this."""
TCP_KEEPALIVE_SECONDS = 60
"""Idle time after which the server asks whether a client is still there: a lost task's connections end in minutes."""


class Database(Construct):
    """LiteLLM's PostgreSQL, encrypted, private, reached over TLS alone, with parameters of its own.

    Attributes:
        arn: of the primary.
        endpoint: `host:port` of the primary.
        address: its host alone.
        resource_id: its name in IAM, which another instance of the same name would not have.
        read_replica_endpoint: `host:port` of the replica, if there is one.
        read_replica_url: where LiteLLM reads from, password included; only with a replica and password authentication.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        network: Network,
        settings: DatabaseSettings,
        logs: Logs,
        credentials: GeneratedSecret,
        kms_key_id: str | None,
        logs_kms_key_id: str | None,
        second_region: SecondRegion | None,
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._settings = settings
        self._logs = logs
        self._kms_key_id = kms_key_id
        self._logs_kms_key_id = logs_kms_key_id
        self.security_group = network.security_group(
            self, name=f"{name}-database", description="The tasks reach the database"
        )
        major_version = settings.engine_version.split(".")[0]
        self._parameters = aws.db_parameter_group.DbParameterGroup(
            self,
            "parameters",
            name=f"{name}-postgres{major_version}",
            family=f"postgres{major_version}",
            description="LiteLLM database",
            parameter=[*engine_parameters(settings.parameters), *operating_parameters(settings)],
            # The instance holds on to its group until it has another one, as after a change of the major version.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        subnets = aws.db_subnet_group.DbSubnetGroup(self, "subnets", name=name, subnet_ids=network.data_subnet_ids)
        self._monitoring_role = (
            ServiceRole(
                self,
                "monitoring_role",
                service=DATABASE_MONITORING,
                name=f"{name}-database-monitoring",
                account_id=target.account_id,
                statements=write_database_metrics(target),
            )
            if settings.enhanced_monitoring_seconds
            else None
        )
        instance = aws.db_instance.DbInstance(
            self,
            "this",
            identifier=name,
            engine="postgres",
            engine_version=settings.engine_version,
            instance_class=settings.instance_class,
            allocated_storage=settings.storage_gib,
            kms_key_id=kms_key_id,
            multi_az=settings.multi_az,
            db_name=settings.name,
            username=settings.username,
            password_wo=credentials.stored_value(ADMINISTRATOR),
            password_wo_version=settings.password_generation,
            port=settings.port,
            db_subnet_group_name=subnets.name,
            backup_retention_period=settings.backup_retention_days,
            backup_window=settings.backup_window,
            deletion_protection=settings.deletion_protection,
            # Backups are the way back from a mistaken deletion, too.
            delete_automated_backups=not settings.deletion_protection,
            skip_final_snapshot=not settings.final_snapshot,
            # The group's id makes it another name for every life of the environment: snapshots outlive them.
            final_snapshot_identifier=f"{name}-final-{self.security_group.id}" if settings.final_snapshot else None,
            depends_on=self._log_groups("", name),
            **self._common(),
        )
        self.endpoint = instance.endpoint
        self.address = instance.address
        self.port = settings.port
        self.arn = instance.arn
        self.identifier = instance.identifier
        self.resource_id = instance.resource_id
        self.read_replica_identifier: str | None = None
        self.read_replica_endpoint: str | None = None
        self.read_replica_url: Secret | None = None
        if settings.read_replica:
            self._replicate(instance, settings.read_replica, credentials)
        if second_region:
            aws.db_instance_automated_backups_replication.DbInstanceAutomatedBackupsReplication(
                self,
                "backups_in_second_region",
                source_db_instance_arn=instance.arn,
                retention_period=second_region.backup_retention_days,
                kms_key_id=second_region.backups_key,
                provider=second_region.provider,
            )

    @property
    def secrets(self) -> list[Secret]:
        """The secrets that the database adds to the environment's."""
        return [self.read_replica_url] if self.read_replica_url else []

    def allow_from(self, clients: aws.security_group.SecurityGroup) -> None:
        """Let the clients connect."""
        allow(
            self,
            f"from_{owner(clients)}",
            clients=clients,
            servers=self.security_group,
            port=self._settings.port,
            what="PostgreSQL from the tasks to the database",
        )

    def _common(self) -> dict[str, Any]:
        """What the primary and its replica share."""
        settings = self._settings
        insights = settings.performance_insights_days
        return {
            "auto_minor_version_upgrade": True,
            "storage_type": "gp3",
            "max_allocated_storage": settings.maximum_storage_gib,
            "storage_encrypted": True,
            "ca_cert_identifier": CERTIFICATE_AUTHORITY,
            # Costs nothing, and lets a person with the right role log in without any password.
            "iam_database_authentication_enabled": True,
            "parameter_group_name": self._parameters.name,
            "vpc_security_group_ids": [self.security_group.id],
            "publicly_accessible": False,
            "maintenance_window": settings.maintenance_window,
            "copy_tags_to_snapshot": True,
            "performance_insights_enabled": insights is not None,
            "performance_insights_retention_period": insights,
            "performance_insights_kms_key_id": self._kms_key_id if insights else None,
            "monitoring_interval": settings.enhanced_monitoring_seconds or 0,
            "monitoring_role_arn": self._monitoring_role.arn if self._monitoring_role else None,
            "enabled_cloudwatch_logs_exports": list(LOGS) if settings.export_logs else None,
        }

    def _log_groups(self, prefix: str, identifier: str) -> list[ITerraformDependable]:
        """The groups that RDS writes to, made before it does: those that it makes by itself keep everything forever."""
        if not self._settings.export_logs:
            return []
        return [
            aws.cloudwatch_log_group.CloudwatchLogGroup(
                self,
                f"{prefix}{log}_logs",
                name=f"/aws/rds/instance/{identifier}/{log}",
                retention_in_days=self._logs.retention_days,
                kms_key_id=self._logs_kms_key_id,
            )
            for log in LOGS
        ]

    def _replicate(
        self, primary: aws.db_instance.DbInstance, settings: ReadReplica, credentials: GeneratedSecret
    ) -> None:
        """Engine, storage's size, subnets, port, key and users are the primary's; backups stay with it."""
        identifier = f"{self._name}-replica"
        replica = aws.db_instance.DbInstance(
            self,
            "read_replica",
            identifier=identifier,
            replicate_source_db=primary.identifier,
            instance_class=settings.instance_class or self._settings.instance_class,
            # It holds nothing that the primary does not: turning it off is one deployment, not two.
            deletion_protection=False,
            skip_final_snapshot=True,
            depends_on=self._log_groups("read_replica_", identifier),
            **self._common(),
        )
        self.read_replica_identifier = replica.identifier
        self.read_replica_endpoint = replica.endpoint
        if self._settings.authentication == "iam":
            return
        # LiteLLM's command line reads the replica's whole URL, and builds none from single variables
        # (litellm/proxy/proxy_cli.py, 1.106.2). All of it is kept elsewhere: nothing is lost with this secret.
        self.read_replica_url = Secret(
            self,
            "read_replica_url",
            name=f"{self._name}/read-replica-url",
            description="Where LiteLLM reads from, with its user's password",
            protection=replace(credentials.protection, recovery_window_days=0, copy=None),
            value=f"postgresql://{self._settings.litellm_user}:{credentials.stored_value(LITELLM)}"
            f"@{replica.endpoint}/{self._settings.name}?sslmode=require",
            generation=self._settings.password_generation,
        )


def engine_parameters(parameters: DatabaseParameters) -> list[aws.db_parameter_group.DbParameterGroupParameter]:
    """The source's parameters in PostgreSQL's units; the static ones wait for a restart."""

    def blocks(mib: int) -> int:
        return mib * KIB_PER_MIB // KIB_PER_BLOCK

    values = {
        "max_connections": (parameters.max_connections, PENDING_REBOOT),
        "shared_buffers": (blocks(parameters.shared_buffers_mib), PENDING_REBOOT),
        "effective_cache_size": (blocks(parameters.effective_cache_size_mib), IMMEDIATE),
        "maintenance_work_mem": (parameters.maintenance_work_mem_mib * KIB_PER_MIB, IMMEDIATE),
        "work_mem": (parameters.work_mem_mib * KIB_PER_MIB, IMMEDIATE),
    }
    return _parameters(values)


def operating_parameters(settings: DatabaseSettings) -> list[aws.db_parameter_group.DbParameterGroupParameter]:
    """What makes the database refuse plain connections, tell what it does, and let go of clients that are gone."""
    return _parameters(
        {
            "rds.force_ssl": (1, IMMEDIATE),
            # Never "all": statements hold keys' hashes and people's names.
            "log_statement": ("ddl", IMMEDIATE),
            "log_min_duration_statement": (settings.slow_query_milliseconds, IMMEDIATE),
            "log_lock_waits": (1, IMMEDIATE),
            "idle_in_transaction_session_timeout": (IDLE_IN_TRANSACTION_MILLISECONDS, IMMEDIATE),
            "tcp_keepalives_idle": (TCP_KEEPALIVE_SECONDS, IMMEDIATE),
            "shared_preload_libraries": ("pg_stat_statements", PENDING_REBOOT),
        }
    )


def _parameters(
    values: Mapping[str, tuple[int | str, str]],
) -> list[aws.db_parameter_group.DbParameterGroupParameter]:
    return [
        aws.db_parameter_group.DbParameterGroupParameter(name=name, value=str(value), apply_method=method)
        for name, (value, method) in values.items()
    ]
