"""What is deployed, as AWS tells it: a few tables that an operator reads before anything else."""

from typing import TYPE_CHECKING

import boto3

from modules.operations.outputs import Outputs
from modules.operations.table import Table

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


def service_table(session: boto3.Session, outputs: Outputs) -> Table:
    """Wanted, running and pending tasks of each deployment of the service."""
    service = _service(session, outputs)
    return Table(
        title=f"Service {outputs.service}",
        columns=("deployment", "rollout", "task definition", "wanted", "running", "pending"),
        rows=[
            (
                deployment["status"],
                deployment.get("rolloutState", ""),
                deployment["taskDefinition"].split("/")[-1],
                str(deployment["desiredCount"]),
                str(deployment["runningCount"]),
                str(deployment["pendingCount"]),
            )
            for deployment in service["deployments"]
        ],
    )


def subnet_table(session: boto3.Session, outputs: Outputs) -> Table:
    """The tasks' subnets, by zone."""
    placement = _service(session, outputs)["networkConfiguration"]["awsvpcConfiguration"]
    subnets = session.client("ec2").describe_subnets(SubnetIds=placement["subnets"])["Subnets"]
    return Table(
        title="Subnets of the tasks",
        columns=("zone", "CIDR", "free addresses"),
        rows=sorted(
            (subnet["AvailabilityZone"], subnet["CidrBlock"], str(subnet["AvailableIpAddressCount"]))
            for subnet in subnets
        ),
    )


def target_table(session: boto3.Session, outputs: Outputs) -> Table:
    """What the load balancer thinks of each task, and how it finds out."""
    elbv2 = session.client("elbv2")
    group_arn = _service(session, outputs)["loadBalancers"][0]["targetGroupArn"]
    group = elbv2.describe_target_groups(TargetGroupArns=[group_arn])["TargetGroups"][0]
    healths = elbv2.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
    check = (
        f"{group['HealthCheckPath']} every {group['HealthCheckIntervalSeconds']} s, "
        f"unhealthy after {group['UnhealthyThresholdCount']}"
    )
    return Table(
        title=f"Targets ({check})",
        columns=("target", "zone", "state", "reason"),
        rows=[
            (
                health["Target"]["Id"],
                health["Target"].get("AvailabilityZone", ""),
                health["TargetHealth"]["State"],
                health["TargetHealth"].get("Reason", ""),
            )
            for health in healths
        ],
    )


def database_table(session: boto3.Session, outputs: Outputs) -> Table:
    rds = session.client("rds")
    instance = rds.describe_db_instances(DBInstanceIdentifier=outputs.database)["DBInstances"][0]
    return Table(
        title=f"Database {outputs.database}",
        columns=("status", "engine", "class", "storage", "zones", "backups"),
        rows=[
            (
                instance["DBInstanceStatus"],
                f"{instance['Engine']} {instance['EngineVersion']}",
                instance["DBInstanceClass"],
                f"{instance['AllocatedStorage']} GiB {instance['StorageType']}",
                "two" if instance["MultiAZ"] else "one",
                f"{instance['BackupRetentionPeriod']} days",
            )
        ],
    )


def _service(session: boto3.Session, outputs: Outputs) -> "ServiceTypeDef":
    described = session.client("ecs").describe_services(cluster=outputs.cluster, services=[outputs.service])
    return described["services"][0]
