"""RDS for PostgreSQL: instance, parameter group, subnet group, security group."""

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.network import Network
from modules.settings import Database as DatabaseSettings, DatabaseParameters

KIB_PER_MIB = 1024
KIB_PER_BLOCK = 8
"""PostgreSQL counts its buffers in blocks of 8 kB (RDS User Guide, "Parameter groups": units are the engine's)."""


class Database(Construct):
    """LiteLLM's PostgreSQL, encrypted, private, with parameters of its own.

    Attributes:
        endpoint: `host:port` of the primary.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, network: Network, settings: DatabaseSettings, password: str
    ) -> None:
        """
        Args:
            password: Terraform expression for a write-only argument.
        """
        super().__init__(scope, id_)
        self._settings = settings
        self.security_group = network.security_group(
            self, name=f"{name}-database", description="The tasks reach the database"
        )
        major_version = settings.engine_version.split(".")[0]
        parameters = aws.db_parameter_group.DbParameterGroup(
            self,
            "parameters",
            name=f"{name}-postgres{major_version}",
            family=f"postgres{major_version}",
            description="LiteLLM database",
            parameter=engine_parameters(settings.parameters),
            # The instance holds on to its group until it has another one, as after a change of the major version.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        subnets = aws.db_subnet_group.DbSubnetGroup(self, "subnets", name=name, subnet_ids=network.private_subnet_ids)
        instance = aws.db_instance.DbInstance(
            self,
            "this",
            identifier=name,
            engine="postgres",
            engine_version=settings.engine_version,
            auto_minor_version_upgrade=True,
            instance_class=settings.instance_class,
            storage_type="gp3",
            allocated_storage=settings.storage_gib,
            storage_encrypted=True,
            multi_az=settings.multi_az,
            db_name=settings.name,
            username=settings.username,
            password_wo=password,
            password_wo_version=1,
            port=settings.port,
            db_subnet_group_name=subnets.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            backup_retention_period=settings.backup_retention_days,
            copy_tags_to_snapshot=True,
            deletion_protection=settings.deletion_protection,
            skip_final_snapshot=not settings.final_snapshot,
            # The group's id makes it another name for every life of the environment: snapshots outlive them.
            final_snapshot_identifier=f"{name}-final-{self.security_group.id}" if settings.final_snapshot else None,
        )
        self.endpoint = instance.endpoint
        self.identifier = instance.identifier
        self.replica_identifier: str | None = None

    def allow_from(self, clients: aws.security_group.SecurityGroup) -> None:
        """Let the clients connect, and open the same way on their side."""
        aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
            self,
            "from_clients",
            security_group_id=self.security_group.id,
            description="PostgreSQL from the tasks",
            referenced_security_group_id=clients.id,
            ip_protocol="tcp",
            from_port=self._settings.port,
            to_port=self._settings.port,
        )
        aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
            self,
            "to_database",
            security_group_id=clients.id,
            description="PostgreSQL to the database",
            referenced_security_group_id=self.security_group.id,
            ip_protocol="tcp",
            from_port=self._settings.port,
            to_port=self._settings.port,
        )


def engine_parameters(parameters: DatabaseParameters) -> list[aws.db_parameter_group.DbParameterGroupParameter]:
    """The parameters in PostgreSQL's units; the static ones wait for a restart."""

    def blocks(mib: int) -> int:
        return mib * KIB_PER_MIB // KIB_PER_BLOCK

    values = {
        "max_connections": (parameters.max_connections, "pending-reboot"),
        "shared_buffers": (blocks(parameters.shared_buffers_mib), "pending-reboot"),
        "effective_cache_size": (blocks(parameters.effective_cache_size_mib), "immediate"),
        "maintenance_work_mem": (parameters.maintenance_work_mem_mib * KIB_PER_MIB, "immediate"),
        "work_mem": (parameters.work_mem_mib * KIB_PER_MIB, "immediate"),
    }
    return [
        aws.db_parameter_group.DbParameterGroupParameter(name=name, value=str(value), apply_method=method)
        for name, (value, method) in values.items()
    ]
