"""AWS's own listings of what an environment consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Of things that have no afterlife: one that is listed is there.

    Attributes:
        key: of the answer.
        name: of an entry's field; empty: the entry is the name.
        everywhere: once for all regions.
    """

    kind: str
    service: str
    operation: str
    key: str
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    everywhere: bool = False


LISTINGS = (
    Listing(kind="bucket", service="s3", operation="list_buckets", key="Buckets", name="Name", everywhere=True),
    Listing(kind="role", service="iam", operation="list_roles", key="Roles", name="RoleName", everywhere=True),
    Listing(
        kind="database",
        service="rds",
        operation="describe_db_instances",
        key="DBInstances",
        name="DBInstanceIdentifier",
    ),
    Listing(
        kind="cache",
        service="elasticache",
        operation="describe_replication_groups",
        key="ReplicationGroups",
        name="ReplicationGroupId",
    ),
    Listing(
        kind="load balancer",
        service="elbv2",
        operation="describe_load_balancers",
        key="LoadBalancers",
        name="LoadBalancerName",
    ),
    Listing(
        kind="target group",
        service="elbv2",
        operation="describe_target_groups",
        key="TargetGroups",
        name="TargetGroupName",
    ),
    Listing(kind="task", service="ecs", operation="list_task_definitions", key="taskDefinitionArns"),
    Listing(kind="log group", service="logs", operation="describe_log_groups", key="logGroups", name="logGroupName"),
    Listing(kind="topic", service="sns", operation="list_topics", key="Topics", name="TopicArn"),
    Listing(kind="alarm", service="cloudwatch", operation="describe_alarms", key="MetricAlarms", name="AlarmName"),
    Listing(
        kind="dashboard",
        service="cloudwatch",
        operation="list_dashboards",
        key="DashboardEntries",
        name="DashboardName",
    ),
    Listing(
        kind="scalable target",
        service="application-autoscaling",
        operation="describe_scalable_targets",
        key="ScalableTargets",
        name="ResourceId",
        arguments={"ServiceNamespace": "ecs"},
    ),
    Listing(kind="delivery stream", service="firehose", operation="list_delivery_streams", key="DeliveryStreamNames"),
    Listing(kind="trail", service="cloudtrail", operation="describe_trails", key="trailList", name="Name"),
)
