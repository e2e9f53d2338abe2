"""`production`, with all that it has: applied, planned clean, read back, and destroyed without leftovers."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .checkout import Checkout, Result
from .inventory import inventory, left_behind

pytestmark = pytest.mark.end_to_end
Aws = Callable[..., Any]
NAME = "production-litellm"
STATE_BUCKET = "litellm-terraform-state-123456789012-us-east-1"
STATE_COPY = f"{STATE_BUCKET}-copy"


@pytest.fixture(scope="module")
def aws(production_checkout: Checkout, production: Result) -> Aws:
    return production_checkout.clients("production")


@pytest.fixture(scope="module")
def database(aws: Aws) -> dict[str, Any]:
    return aws("rds").describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]


@pytest.fixture(scope="module")
def service(aws: Aws) -> dict[str, Any]:
    return aws("ecs").describe_services(cluster=NAME, services=[NAME])["services"][0]


def test_it_deploys(production: Result) -> None:
    assert "Deployed: environment production on the rehearsal" in production.output


def test_curl_gets_an_answer_over_tls_with_the_line_that_the_deployment_prints(
    production_checkout: Checkout, production: Result
) -> None:
    line = production.line("curl ")
    assert "https://" in line
    answered = production_checkout.shell(line.replace("curl ", "curl -sS ", 1), "production")
    assert '"object":"chat.completion"' in answered.output, answered.output


@pytest.mark.parametrize("stack", ["state", "production"])
def test_terraform_plans_no_changes_afterwards(production_checkout: Checkout, production: Result, stack: str) -> None:
    assert production_checkout.plan_exit_code(stack, "production") == 0


def test_the_database_is_encrypted_with_its_own_key_in_two_zones_and_watched(
    aws: Aws, database: dict[str, Any]
) -> None:
    key = aws("kms").describe_key(KeyId=database["KmsKeyId"])["KeyMetadata"]
    assert key["KeyManager"] == "CUSTOMER"
    assert aws("kms").get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    assert database["MultiAZ"]
    assert database["PerformanceInsightsEnabled"]
    assert database["MonitoringInterval"] == 60
    assert set(database["EnabledCloudwatchLogsExports"]) == {"postgresql", "upgrade"}
    group = database["DBParameterGroups"][0]["DBParameterGroupName"]
    parameters = {
        parameter["ParameterName"]: parameter["ParameterValue"]
        for parameter in aws("rds").describe_db_parameters(DBParameterGroupName=group, Source="user")["Parameters"]
    }
    assert parameters["rds.force_ssl"] == "1"


def test_the_database_and_the_cache_have_no_way_out(aws: Aws, database: dict[str, Any]) -> None:
    ec2 = aws("ec2")
    subnets = [subnet["SubnetIdentifier"] for subnet in database["DBSubnetGroup"]["Subnets"]]
    (cache_group,) = aws("elasticache").describe_cache_subnet_groups()["CacheSubnetGroups"]
    assert {subnet["SubnetIdentifier"] for subnet in cache_group["Subnets"]} == set(subnets)
    for subnet in subnets:
        association = [{"Name": "association.subnet-id", "Values": [subnet]}]
        (table,) = ec2.describe_route_tables(Filters=association)["RouteTables"]
        assert [route["DestinationCidrBlock"] for route in table["Routes"]] == ["10.0.0.0/16"]


def test_the_cache_is_encrypted_both_ways_and_fails_over(aws: Aws) -> None:
    (group,) = aws("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert group["TransitEncryptionEnabled"]
    assert group["AtRestEncryptionEnabled"]
    assert group["MultiAZ"] == "enabled"
    assert group["AutomaticFailover"] == "enabled"
    assert len(group["MemberClusters"]) == 2


def test_the_firewall_stands_before_the_load_balancer(aws: Aws) -> None:
    (balancer,) = aws("elbv2").describe_load_balancers()["LoadBalancers"]
    acl = aws("wafv2").get_web_acl_for_resource(ResourceArn=balancer["LoadBalancerArn"])["WebACL"]
    assert NAME in acl["Name"]


def test_only_https_is_listened_to_and_admin_paths_are_refused_there(aws: Aws) -> None:
    elbv2 = aws("elbv2")
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert (listener["Port"], listener["Protocol"]) == (443, "HTTPS")
    rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    numbered = sorted((rule for rule in rules if rule["Priority"] != "default"), key=lambda rule: int(rule["Priority"]))

    def patterns(rule: dict[str, Any]) -> list[str]:
        return [
            value
            for condition in rule["Conditions"]
            for value in condition.get("PathPatternConfig", {}).get("Values", [])
        ]

    *forwarding, last = numbered
    assert last["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "403"
    assert [condition["SourceIpConfig"]["Values"] for condition in last["Conditions"]] == [["0.0.0.0/0"]]
    open_to_all = [
        pattern
        for rule in forwarding
        if not any("SourceIpConfig" in condition for condition in rule["Conditions"])
        for pattern in patterns(rule)
    ]
    assert "/v1/chat/completions" in open_to_all
    assert not [pattern for pattern in open_to_all if pattern.startswith(("*", "/*", "/key", "/ui", "/user"))]


def test_a_deployment_is_rolled_back_by_alarms_that_exist(aws: Aws, service: dict[str, Any]) -> None:
    alarms = service["deploymentConfiguration"]["alarms"]
    assert alarms["enable"]
    assert alarms["rollback"]
    known = {alarm["AlarmName"] for alarm in aws("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert alarms["alarmNames"]
    assert set(alarms["alarmNames"]) <= known


def test_every_alarm_tells_somebody_or_scales(aws: Aws) -> None:
    described = aws("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    topics = {topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"]}
    for alarm in [*described["MetricAlarms"], *described["CompositeAlarms"]]:
        assert alarm["AlarmActions"], alarm["AlarmName"]
        assert all(action in topics or ":scalingPolicy:" in action for action in alarm["AlarmActions"])


def test_every_log_group_is_encrypted_and_forgets(aws: Aws) -> None:
    groups = aws("logs").describe_log_groups()["logGroups"]
    assert groups
    assert [group["logGroupName"] for group in groups if not group.get("retentionInDays")] == []
    assert [group["logGroupName"] for group in groups if not group.get("kmsKeyId")] == []


def test_state_secrets_and_backups_have_copies_in_the_second_region(aws: Aws, database: dict[str, Any]) -> None:
    replication = aws("s3").get_bucket_replication(Bucket=STATE_BUCKET)["ReplicationConfiguration"]
    (rule,) = replication["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["Destination"]["Bucket"] == f"arn:aws:s3:::{STATE_COPY}"
    for name in ("master-key", "salt-key", "database-password"):
        secret = aws("secretsmanager").describe_secret(SecretId=f"{NAME}/{name}")
        assert [copy["Region"] for copy in secret["ReplicationStatus"]] == ["us-west-2"]
    backups = aws("rds", "us-west-2").describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    assert database["DBInstanceArn"] in {backup["DBInstanceArn"] for backup in backups}


def secret_values(aws: Aws) -> Iterator[str]:
    manager = aws("secretsmanager")
    for secret in manager.list_secrets()["SecretList"]:
        for version in manager.list_secret_version_ids(SecretId=secret["ARN"])["Versions"]:
            value = manager.get_secret_value(SecretId=secret["ARN"], VersionId=version["VersionId"])["SecretString"]
            yield value
            if value.startswith("{"):
                yield from json.loads(value).values()


def test_no_secret_stands_in_a_state_a_plan_a_task_definition_a_log_or_an_output(
    aws: Aws, production_checkout: Checkout, production: Result
) -> None:
    s3, ecs = aws("s3"), aws("ecs")
    values = set(secret_values(aws))
    assert len(values) >= 4
    assert all(len(value) >= 32 for value in values)
    texts = {"the deployment's output": production.output}
    terraform = "terraform -chdir=cdktf.out/stacks/production"
    shown = production_checkout.shell(
        f"{terraform} plan -input=false -out=plan >/dev/null && {terraform} show -json plan && {terraform} output",
        "production",
    )
    assert shown.code == 0
    texts["the plan and the outputs"] = shown.output
    for version in s3.list_object_versions(Bucket=STATE_BUCKET)["Versions"]:
        body = s3.get_object(Bucket=STATE_BUCKET, Key=version["Key"], VersionId=version["VersionId"])["Body"]
        texts[f"{version['Key']} {version['VersionId']}"] = body.read().decode()
    for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
        texts[arn] = json.dumps(ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"], default=str)
    for path in production_checkout.directory.rglob("*.log"):
        texts[str(path)] = path.read_text(errors="replace")
    for path in production_checkout.directory.glob("cdktf.out/**/*.json"):
        texts[str(path)] = path.read_text()

    assert [(name, value[:5]) for name, text in texts.items() for value in values if value in text] == []


def test_destroying_keeps_only_what_is_kept_on_purpose(
    aws: Aws, production_checkout: Checkout, production: Result, empty_account: dict[str, set[str]]
) -> None:
    destroyed = production_checkout.make("destroy", "ENV=production")

    assert destroyed.code == 0, destroyed.output
    state = json.loads(aws("s3").get_object(Bucket=STATE_BUCKET, Key="production.tfstate")["Body"].read())
    assert state["resources"] == []
    assert left_behind(empty_account, inventory(aws)) == {
        "s3 Buckets": {STATE_BUCKET, STATE_COPY},
        "iam Roles": {"litellm-state-copy-us-east-1"},
    }
    # Kept on purpose: a last snapshot, secrets that can be restored for a month, and the keys that open them.
    snapshots = aws("rds").describe_db_snapshots()["DBSnapshots"]
    assert [snapshot["DBSnapshotIdentifier"].startswith(f"{NAME}-final-") for snapshot in snapshots] == [True]
    keys = [aws("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in aws("kms").list_keys()["Keys"]]
    ours = [key for key in keys if key["Description"].startswith(NAME)]
    assert {key["KeyState"] for key in ours} == {"PendingDeletion"}
