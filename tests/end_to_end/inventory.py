"""What is in the rehearsal's account, told by AWS's own listings: whatever an environment could leave behind."""

from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]

LISTINGS: tuple[tuple[str, str, str, str], ...] = (
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    ("elasticache", "describe_replication_groups", "ReplicationGroups", "ReplicationGroupId"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("events", "list_rules", "Rules", "Name"),
    ("fis", "list_experiment_templates", "experimentTemplates", "id"),
    ("firehose", "list_delivery_streams", "DeliveryStreamNames", ""),
    ("cloudtrail", "describe_trails", "trailList", "Name"),
    ("application-autoscaling", "describe_scalable_targets", "ScalableTargets", "ResourceId"),
    ("ecs", "list_task_definitions", "taskDefinitionArns", ""),
    ("acm", "list_certificates", "CertificateSummaryList", "CertificateArn"),
)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "describe_scalable_targets": {"ServiceNamespace": "ecs"},
}


def inventory(client: Client) -> dict[str, set[str]]:
    """Names by listing."""
    found: dict[str, set[str]] = {}
    for service, operation, key, name in LISTINGS:
        listed = getattr(client(service), operation)(**ARGUMENTS.get(operation, {}))[key]
        found[f"{service} {key}"] = {entry[name] if name else entry for entry in listed}
    found["ec2 NatGateways"] = {
        gateway["NatGatewayId"]
        for gateway in client("ec2").describe_nat_gateways()["NatGateways"]
        if gateway["State"] != "deleted"
    }
    found["ec2 VpcEndpoints"] = {
        endpoint["VpcEndpointId"]
        for endpoint in client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        if endpoint["State"] != "deleted"
    }
    # A deleted cluster may be listed for a while, as inactive (Amazon ECS API, DeleteCluster).
    clusters = client("ecs").describe_clusters(clusters=client("ecs").list_clusters()["clusterArns"])["clusters"]
    found["ecs clusters"] = {cluster["clusterName"] for cluster in clusters if cluster["status"] == "ACTIVE"}
    found["wafv2 WebACLs"] = {acl["Name"] for acl in client("wafv2").list_web_acls(Scope="REGIONAL").get("WebACLs", [])}
    return found


def left_behind(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, set[str]]:
    return {listing: names - before[listing] for listing, names in after.items() if names - before[listing]}
