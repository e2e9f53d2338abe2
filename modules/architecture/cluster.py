"""The ECS cluster: what its tasks run on, its metrics, and how operators get a shell in it."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.encryption_keys import EncryptionKeys
from modules.settings import Logs, Service

ON_DEMAND = "FARGATE"
SPOT = "FARGATE_SPOT"


class Cluster(Construct):
    """A cluster of Fargate tasks with Container Insights.

    Attributes:
        exec_log_group: the log of operators' shells; None where there are none.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, settings: Service, logs: Logs, keys: EncryptionKeys
    ) -> None:
        super().__init__(scope, id_)
        self.exec_log_group = (
            aws.cloudwatch_log_group.CloudwatchLogGroup(
                self,
                "exec_logs",
                name=f"/ecs/{name}-exec",
                retention_in_days=logs.retention_days,
                kms_key_id=keys.logs,
            )
            if settings.ecs_exec
            else None
        )
        cluster = aws.ecs_cluster.EcsCluster(
            self,
            "this",
            name=name,
            setting=[aws.ecs_cluster.EcsClusterSetting(name="containerInsights", value="enabled")],
            configuration=_exec_configuration(self.exec_log_group, keys) if self.exec_log_group else None,
        )
        # The capacity providers are associated before the service names them.
        providers = aws.ecs_cluster_capacity_providers.EcsClusterCapacityProviders(
            self,
            "capacity_providers",
            cluster_name=cluster.name,
            capacity_providers=[ON_DEMAND, SPOT] if settings.spot else [ON_DEMAND],
        )
        self.arn = cluster.arn
        self.name = cluster.name
        self.capacity_providers = providers


def _exec_configuration(
    log_group: aws.cloudwatch_log_group.CloudwatchLogGroup, keys: EncryptionKeys
) -> aws.ecs_cluster.EcsClusterConfiguration:
    """Sessions are encrypted once more than by TLS, and written down, in the group of their own."""
    configuration = aws.ecs_cluster.EcsClusterConfigurationExecuteCommandConfiguration
    return aws.ecs_cluster.EcsClusterConfiguration(
        execute_command_configuration=configuration(
            kms_key_id=keys.logs,
            logging="OVERRIDE",
            log_configuration=aws.ecs_cluster.EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration(
                # Refused by the session when it is stated and the group has no key (Amazon ECS API,
                # ExecuteCommandLogConfiguration).
                cloud_watch_encryption_enabled=keys.logs is not None,
                cloud_watch_log_group_name=log_group.name,
            ),
        )
    )
