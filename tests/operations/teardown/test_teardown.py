"""What a destroyed environment leaves: against moto, with what AWS keeps and what somebody has forgotten."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from modules import environment_file
from modules.operations.teardown import tables
from modules.operations.teardown.left import Left, NotEmptyError, hold_empty
from modules.operations.teardown.promise import promise
from modules.operations.teardown.verify import find_left, settled
from modules.settings.change import changed
from modules.target import Target

PRODUCTION, DEV = environment_file.load("production"), environment_file.load("dev")
TAGS = {"project": "litellm", "environment": "production"}
TARGET = Target(account_id="123456789012", region="us-east-1", rehearsal=False)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")


def found(session: boto3.Session) -> dict[str, Left]:
    return {one.kind: one for one in find_left(session, PRODUCTION)}


def test_an_empty_account_is_empty(session: boto3.Session) -> None:
    assert find_left(session, PRODUCTION) == []


def test_what_aws_keeps_on_purpose_is_told_until_when_and_is_no_error(session: boto3.Session) -> None:
    rds: Any = session.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="production-litellm",
        DBInstanceClass="db.r6g.large",
        Engine="postgres",
        AllocatedStorage=100,
        MasterUsername="x",
        MasterUserPassword="long-enough",
    )
    rds.delete_db_instance(
        DBInstanceIdentifier="production-litellm", FinalDBSnapshotIdentifier="production-litellm-final-sg-1"
    )
    secrets = session.client("secretsmanager")
    secrets.create_secret(Name="production-litellm/salt-key", SecretString="x")
    secrets.delete_secret(SecretId="production-litellm/salt-key", RecoveryWindowInDays=30)
    kms = session.client("kms")
    tags = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
    key = kms.create_key(Description="production-litellm: database", Tags=tags)  # type: ignore[arg-type]
    kms.schedule_key_deletion(KeyId=key["KeyMetadata"]["KeyId"], PendingWindowInDays=30)
    session.client("logs").create_log_group(logGroupName="/aws/ecs/containerinsights/production-litellm/performance")

    left = found(session)

    hold_empty(list(left.values()))
    assert {kind: one.fate for kind, one in left.items()} == {
        "database snapshot": "kept",
        "secret": "goes by itself",
        "KMS key": "goes by itself",
        "log group of Container Insights": "goes by itself",
    }
    assert left["secret"].until > "2026"
    assert "cancel-key-deletion" in left["KMS key"].what_to_do
    shown = " ".join(str(tables.left("Left", list(left.values()), lambda region: 0.095)).split())
    assert "production-litellm-final-sg-1 us-east-1 kept 9.50" in shown
    assert "empty; 1 kept on purpose, 3 that go by themselves" in tables.verdict(
        "production-litellm", list(left.values()), lambda region: 0.095
    )


def test_what_was_forgotten_is_found_by_its_name_or_its_tag_and_is_an_error(session: boto3.Session) -> None:
    session.client("logs").create_log_group(logGroupName="/ecs/production-litellm")
    vpc = session.client("ec2").create_vpc(
        CidrBlock="10.0.0.0/16",
        TagSpecifications=[
            {"ResourceType": "vpc", "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]}
        ],
    )["Vpc"]["VpcId"]
    session.client("secretsmanager").create_secret(Name="production-litellm/master-key", SecretString="x")

    left = find_left(session, PRODUCTION)

    assert {one.fate for one in left} == {"unexpected"}
    with pytest.raises(NotEmptyError, match="3 left that should be gone") as error:
        hold_empty(left)
    for name in ("/ecs/production-litellm", vpc, "production-litellm/master-key"):
        assert name in str(error.value)
    assert " unexpected ?" in " ".join(str(tables.left("Left", left, lambda region: None)).split())


def test_what_is_listed_by_its_tag_after_its_end_is_not_left(session: boto3.Session) -> None:
    ec2, ecs = session.client("ec2"), session.client("ecs")
    tags: Any = [{"key": key, "value": value} for key, value in TAGS.items()]
    name = "production-litellm"
    ecs.create_cluster(clusterName=name, tags=tags)
    container: Any = {"name": "litellm", "image": "litellm", "memory": 128}
    definition = ecs.register_task_definition(family=name, containerDefinitions=[container], tags=tags)
    arn = definition["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(cluster=name, serviceName=name, taskDefinition=arn, desiredCount=0, tags=tags)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    gateway_tags: Any = [
        {"ResourceType": "natgateway", "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]}
    ]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private", TagSpecifications=gateway_tags)
    network: Any = {"awsvpcConfiguration": {"subnets": [subnet]}}
    run = {"cluster": name, "taskDefinition": arn, "launchType": "FARGATE", "networkConfiguration": network}
    (task,) = ecs.run_task(**run, tags=tags)["tasks"]
    kinds = {one.kind for one in find_left(session, PRODUCTION)}
    assert kinds == {"task", "ecs, by its tag", "ec2, by its tag"}

    ecs.stop_task(cluster=name, task=task["taskArn"])
    ecs.delete_service(cluster=name, service=name)
    ecs.deregister_task_definition(taskDefinition=arn)
    ecs.delete_cluster(cluster=name)
    ec2.delete_nat_gateway(NatGatewayId=gateway["NatGateway"]["NatGatewayId"])

    assert find_left(session, PRODUCTION) == []


def test_another_environment_whose_name_ends_alike_is_not_this_one(session: boto3.Session) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="my-production-litellm-logs-123456789012")
    session.client("logs").create_log_group(logGroupName="/ecs/production-litellm2")
    assert find_left(session, PRODUCTION) == []
    s3.create_bucket(Bucket="production-litellm-logs-123456789012")
    assert [one.name for one in find_left(session, PRODUCTION)] == ["production-litellm-logs-123456789012"]


def test_the_second_region_is_looked_at_as_well(session: boto3.Session) -> None:
    environment = changed(PRODUCTION, {"second_region": {"region": "us-west-2"}})
    session.client("logs", region_name="us-west-2").create_log_group(logGroupName="/ecs/production-litellm")
    assert [one.region for one in find_left(session, environment)] == ["us-west-2"]


def test_it_waits_for_what_aws_still_lists_and_gives_up_in_time() -> None:
    forgotten = Left(kind="ec2, by its tag", name="vpc/vpc-1", region="us-east-1", fate="unexpected")
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    answers = iter([[forgotten], [forgotten], []])
    assert settled(lambda: next(answers), clock=lambda: now[0], sleep=sleep) == []
    assert now == [20]
    assert settled(lambda: [forgotten], clock=lambda: now[0], sleep=sleep) == [forgotten]
    assert now == [140]


def test_the_promise_names_what_is_lost_for_good() -> None:
    production = " ".join(str(promise(PRODUCTION, TARGET)).split())
    assert "the database kept as a last snapshot, which is encrypted with a key that goes: copy it" in production
    assert "the archive of logs, the audit trail's files, the load balancer's access logs gone" in production
    assert "secrets kept for a while 30 days" in production
    dev = " ".join(str(promise(DEV, TARGET)).split())
    assert "the database gone without a last snapshot: database.final_snapshot is false" in dev
    assert "secrets gone at once, the salt key too" in dev
    assert "KMS keys" not in dev
    assert "copies in" not in dev


def test_what_is_deployed_is_counted_by_kind() -> None:
    some = [Left(kind="role", name=name, region="us-east-1", fate="unexpected") for name in ("a", "b")]
    assert "role 2 a" in " ".join(str(tables.there("x", some)).split())
