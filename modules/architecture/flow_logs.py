"""The VPC's flow logs: who connected to whom, and who was refused."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.network import Network
from modules.architecture.roles import FLOW_LOGS, ServiceRole, find_logs, write_logs
from modules.settings import FlowLogs as FlowLogsSettings
from modules.target import Target

AGGREGATION_SECONDS = 60
"""The shorter of the two that Amazon EC2 offers (CreateFlowLogs): a drill is over in minutes."""


class FlowLogs(Construct):
    """All connections of the VPC, into a log group of its own."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        network: Network,
        settings: FlowLogsSettings,
        key_arn: str | None,
    ) -> None:
        """
        Args:
            logs_key: KMS key of the log group; None for AWS's own.
        """
        super().__init__(scope, id_)
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self, "logs", name=f"/vpc/{name}", retention_in_days=settings.retention_days, kms_key_id=key_arn
        )
        self.log_group_name = log_group.name
        role = ServiceRole(
            self,
            "role",
            service=FLOW_LOGS,
            name=f"{name}-flow-logs",
            account_id=target.account_id,
            statements=[write_logs(log_group.arn), *find_logs(log_group.arn, target)],
        )
        aws.flow_log.FlowLog(
            self,
            "this",
            vpc_id=network.vpc_id,
            traffic_type="ALL",
            max_aggregation_interval=AGGREGATION_SECONDS,
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            tags={"Name": name},
        )
