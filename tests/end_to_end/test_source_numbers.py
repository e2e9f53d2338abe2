"""Every number of the source architecture, read back from the AWS API after the apply."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.end_to_end

Aws = Callable[[str], Any]
NAME = "benchmark-litellm"


def secret_arn(value_from: str) -> str:
    """The secret of a container's `valueFrom`, which may go on with a part and a version of it."""
    return ":".join(value_from.split(":")[:7])


@pytest.fixture(scope="module")
def vpc(aws: Aws) -> dict[str, Any]:
    (vpc,) = aws("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["Vpcs"]
    return vpc


@pytest.fixture(scope="module")
def subnets(aws: Aws, vpc: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The VPC's subnets by their CIDR."""
    found = aws("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    return {subnet["CidrBlock"]: subnet for subnet in found}


@pytest.fixture(scope="module")
def load_balancer(aws: Aws) -> dict[str, Any]:
    return aws("elbv2").describe_load_balancers(Names=[NAME])["LoadBalancers"][0]


@pytest.fixture(scope="module")
def target_group(aws: Aws) -> dict[str, Any]:
    return aws("elbv2").describe_target_groups(Names=[NAME])["TargetGroups"][0]


@pytest.fixture(scope="module")
def service(aws: Aws) -> dict[str, Any]:
    return aws("ecs").describe_services(cluster=NAME, services=[NAME])["services"][0]


@pytest.fixture(scope="module")
def task_definition(aws: Aws, service: dict[str, Any]) -> dict[str, Any]:
    return aws("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]


@pytest.fixture(scope="module")
def container(task_definition: dict[str, Any]) -> dict[str, Any]:
    (container,) = task_definition["containerDefinitions"]
    return container


@pytest.fixture(scope="module")
def database(aws: Aws) -> dict[str, Any]:
    return aws("rds").describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]


def test_4_vpc_and_subnets(vpc: dict[str, Any], subnets: dict[str, dict[str, Any]]) -> None:
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    assert subnets.keys() == {"10.0.1.0/24", "10.0.2.0/24", "10.0.11.0/24", "10.0.12.0/24"}
    zones = [subnets[cidr]["AvailabilityZone"] for cidr in ("10.0.1.0/24", "10.0.2.0/24")]
    assert len(set(zones)) == 2
    assert [subnets[cidr]["AvailabilityZone"] for cidr in ("10.0.11.0/24", "10.0.12.0/24")] == zones


def test_4_one_nat_gateway_in_public_subnet_1_and_one_internet_gateway(
    aws: Aws, vpc: dict[str, Any], subnets: dict[str, dict[str, Any]]
) -> None:
    ec2 = aws("ec2")
    (nat,) = ec2.describe_nat_gateways(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["NatGateways"]
    assert nat["SubnetId"] == subnets["10.0.1.0/24"]["SubnetId"]
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
    (gateway,) = ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]

    def default_route(cidr: str) -> dict[str, Any]:
        association = [{"Name": "association.subnet-id", "Values": [subnets[cidr]["SubnetId"]]}]
        (table,) = ec2.describe_route_tables(Filters=association)["RouteTables"]
        (route,) = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
        return route

    for cidr in ("10.0.1.0/24", "10.0.2.0/24"):
        assert default_route(cidr)["GatewayId"] == gateway["InternetGatewayId"]
    for cidr in ("10.0.11.0/24", "10.0.12.0/24"):
        assert default_route(cidr)["NatGatewayId"] == nat["NatGatewayId"]


def test_the_three_security_groups_let_in_what_the_diagram_says(aws: Aws, vpc: dict[str, Any]) -> None:
    groups = {
        group["GroupName"]: group
        for group in aws("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])[
            "SecurityGroups"
        ]
    }

    def inbound(name: str) -> Iterator[tuple[int, str]]:
        for permission in groups[f"{NAME}-{name}"]["IpPermissions"]:
            peers = [entry["CidrIp"] for entry in permission["IpRanges"]]
            peers += [entry["GroupId"] for entry in permission["UserIdGroupPairs"]]
            yield from ((permission["FromPort"], peer) for peer in peers)

    assert list(inbound("load-balancer")) == [(80, "0.0.0.0/0")]
    assert list(inbound("service")) == [(4000, groups[f"{NAME}-load-balancer"]["GroupId"])]
    assert list(inbound("database")) == [(5432, groups[f"{NAME}-service"]["GroupId"])]
    assert groups[f"{NAME}-database"]["IpPermissionsEgress"] == []


def test_1_load_balancer(
    aws: Aws, load_balancer: dict[str, Any], target_group: dict[str, Any], subnets: dict[str, dict[str, Any]]
) -> None:
    assert load_balancer["Type"] == "application"
    assert load_balancer["Scheme"] == "internet-facing"
    public = {subnets[cidr]["SubnetId"] for cidr in ("10.0.1.0/24", "10.0.2.0/24")}
    assert {zone["SubnetId"] for zone in load_balancer["AvailabilityZones"]} == public
    (listener,) = aws("elbv2").describe_listeners(LoadBalancerArn=load_balancer["LoadBalancerArn"])["Listeners"]
    assert (listener["Protocol"], listener["Port"]) == ("HTTP", 80)
    assert listener["DefaultActions"][0]["TargetGroupArn"] == target_group["TargetGroupArn"]


def test_1_health_check(target_group: dict[str, Any]) -> None:
    assert target_group["HealthCheckPath"] == "/health/readiness"
    assert target_group["HealthCheckIntervalSeconds"] == 30
    assert target_group["HealthyThresholdCount"] == 2
    assert target_group["UnhealthyThresholdCount"] == 3
    assert (target_group["Protocol"], target_group["Port"]) == ("HTTP", 4000)


def test_request_flow_round_robin_without_stickiness(aws: Aws, target_group: dict[str, Any]) -> None:
    attributes = {
        attribute["Key"]: attribute["Value"]
        for attribute in aws("elbv2").describe_target_group_attributes(TargetGroupArn=target_group["TargetGroupArn"])[
            "Attributes"
        ]
    }
    assert attributes["load_balancing.algorithm.type"] == "round_robin"
    assert attributes["stickiness.enabled"] == "false"


def test_2_tasks(service: dict[str, Any], task_definition: dict[str, Any], container: dict[str, Any]) -> None:
    assert [one["capacityProvider"] for one in service["capacityProviderStrategy"]] == ["FARGATE"]
    assert task_definition["requiresCompatibilities"] == ["FARGATE"]
    # Autoscaling has already taken idle tasks away again.
    assert any("has started 4 tasks" in event["message"] for event in service["events"])
    assert (task_definition["cpu"], task_definition["memory"]) == ("4096", "8192")
    assert container["command"][:4] == ["--port", "4000", "--num_workers", "4"]
    assert container["portMappings"][0]["containerPort"] == 4000
    assert container["image"].startswith("ghcr.io/berriai/litellm-database:")


def test_2_tasks_are_in_the_private_subnets_of_both_zones(
    service: dict[str, Any], subnets: dict[str, dict[str, Any]]
) -> None:
    placement = service["networkConfiguration"]["awsvpcConfiguration"]
    private = {subnets[cidr]["SubnetId"] for cidr in ("10.0.11.0/24", "10.0.12.0/24")}
    assert set(placement["subnets"]) == private
    assert placement["assignPublicIp"] == "DISABLED"
    assert service["availabilityZoneRebalancing"] == "ENABLED"


def test_2_container_health_check_asks_liveliness_without_curl(container: dict[str, Any]) -> None:
    command = " ".join(container["healthCheck"]["command"])
    assert "http://127.0.0.1:4000/health/liveliness" in command
    assert "curl" not in command
    assert "wget" not in command


def test_2_environment(aws: Aws, container: dict[str, Any], database: dict[str, Any]) -> None:
    variables = {variable["name"]: variable["value"] for variable in container["environment"]}
    assert variables["STORE_MODEL_IN_DB"] == "True"
    endpoint = database["Endpoint"]
    assert variables["DATABASE_HOST"] == f"{endpoint['Address']}:{endpoint['Port']}"
    secrets = {secret["name"]: secret["valueFrom"] for secret in container["secrets"]}
    assert secrets.keys() == {"LITELLM_MASTER_KEY", "LITELLM_SALT_KEY", "DATABASE_PASSWORD"}
    known = {secret["ARN"] for secret in aws("secretsmanager").list_secrets()["SecretList"]}
    assert {secret_arn(value) for value in secrets.values()} <= known


def test_2_deployments_roll_back(service: dict[str, Any]) -> None:
    breaker = service["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert (breaker["enable"], breaker["rollback"]) == (True, True)


def test_3_database(database: dict[str, Any]) -> None:
    assert database["Engine"] == "postgres"
    assert database["EngineVersion"].split(".")[0] == "16"
    assert database["DBInstanceClass"] == "db.t3.medium"
    assert database["AllocatedStorage"] == 100
    assert database["StorageType"] == "gp3"
    assert database["StorageEncrypted"] is True
    assert database["MultiAZ"] is False
    assert database["BackupRetentionPeriod"] == 7
    assert database["PubliclyAccessible"] is False
    assert database["Endpoint"]["Port"] == 5432


def test_3_recommended_settings_in_the_engines_units(aws: Aws, database: dict[str, Any]) -> None:
    group = database["DBParameterGroups"][0]["DBParameterGroupName"]
    parameters = {
        parameter["ParameterName"]: parameter["ParameterValue"]
        for parameter in aws("rds").describe_db_parameters(DBParameterGroupName=group, Source="user")["Parameters"]
    }
    kib, mib, gib = 1024, 1024**2, 1024**3
    recommended = {
        "max_connections": 200,
        "shared_buffers": 1 * gib // (8 * kib),
        "effective_cache_size": 3 * gib // (8 * kib),
        "maintenance_work_mem": 256 * mib // kib,
        "work_mem": 5 * mib // kib,
    }
    assert {name: int(parameters[name]) for name in recommended} == recommended


def test_5_secrets_hold_strong_values(aws: Aws) -> None:
    manager = aws("secretsmanager")
    values = {
        secret["Name"]: manager.get_secret_value(SecretId=secret["ARN"])["SecretString"]
        for secret in manager.list_secrets()["SecretList"]
    }
    assert values.keys() == {f"{NAME}/master-key", f"{NAME}/salt-key", f"{NAME}/database-password"}
    assert len(set(values.values())) == 3
    assert values[f"{NAME}/master-key"].startswith("sk-")
    assert all(len(value.removeprefix("sk-")) >= 32 for value in values.values())


def test_5_roles_reach_exactly_these_secrets_and_this_configuration(
    aws: Aws, task_definition: dict[str, Any], container: dict[str, Any]
) -> None:
    iam = aws("iam")

    def statements(role_arn: str) -> list[dict[str, Any]]:
        role = role_arn.split("/")[-1]
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        return iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]

    by_action = {tuple(one["Action"]): one["Resource"] for one in statements(task_definition["executionRoleArn"])}
    assert set(by_action[("secretsmanager:GetSecretValue",)]) == {
        secret_arn(one["valueFrom"]) for one in container["secrets"]
    }
    (task,) = statements(task_definition["taskRoleArn"])
    assert task["Action"] == ["s3:GetObject"]
    assert task["Resource"] == ["arn:aws:s3:::benchmark-litellm-configuration-123456789012/*"]


def test_6_logs(aws: Aws, container: dict[str, Any]) -> None:
    (group,) = aws("logs").describe_log_groups(logGroupNamePrefix="/ecs/")["logGroups"]
    assert group["logGroupName"] == "/ecs/benchmark-litellm"
    assert group["retentionInDays"] == 7
    assert container["logConfiguration"]["options"]["awslogs-group"] == group["logGroupName"]


def test_scaling_on_cpu(aws: Aws) -> None:
    scaling = aws("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)
    alarms = {alarm["AlarmName"]: alarm for alarm in aws("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert alarms["benchmark-litellm-scale-out"]["Threshold"] == 70
    assert alarms["benchmark-litellm-scale-out"]["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarms["benchmark-litellm-scale-in"]["Threshold"] == 30
    assert alarms["benchmark-litellm-scale-in"]["ComparisonOperator"] == "LessThanThreshold"
    assert alarms["benchmark-litellm-scale-out"]["MetricName"] == "CPUUtilization"
    assert alarms["benchmark-litellm-scale-in"]["MetricName"] == "CPUUtilization"


def test_the_six_recommended_alarms(aws: Aws) -> None:
    """Source, "Recommended Alarms"; that of stopped tasks is an event."""
    alarms = {alarm["AlarmName"]: alarm for alarm in aws("cloudwatch").describe_alarms()["MetricAlarms"]}
    thresholds = {
        "error-rate": ("GreaterThanThreshold", 1),
        "latency": ("GreaterThanThreshold", 0.5),
        "healthy-targets": ("LessThanThreshold", 2),
        "database-cpu": ("GreaterThanThreshold", 80),
        "database-connections": ("GreaterThanThreshold", 180),
    }
    found = {name: alarms[f"{NAME}-{name}"] for name in thresholds}
    assert {name: (one["ComparisonOperator"], one["Threshold"]) for name, one in found.items()} == thresholds
    patterns = [rule.get("EventPattern", "") for rule in aws("events").list_rules()["Rules"]]
    assert any("EssentialContainerExited" in pattern for pattern in patterns)


def test_the_tasks_read_their_configuration_from_the_bucket(aws: Aws, container: dict[str, Any]) -> None:
    variables = {variable["name"]: variable["value"] for variable in container["environment"]}
    content = (
        aws("s3")
        .get_object(Bucket=variables["LITELLM_CONFIG_BUCKET_NAME"], Key=variables["LITELLM_CONFIG_BUCKET_OBJECT_KEY"])[
            "Body"
        ]
        .read()
    )
    assert b"master_key: os.environ/LITELLM_MASTER_KEY" in content
    assert json.dumps(variables).count("sk-") == 0
