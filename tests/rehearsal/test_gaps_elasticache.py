"""A cache has the nodes, the users and the parameters that it was made with."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import AwsClient

GROUP = {"ReplicationGroupId": "cache", "ReplicationGroupDescription": "tests", "CacheNodeType": "cache.t4g.small"}


@pytest.fixture
def elasticache(aws: AwsClient, network: dict[str, list[str]]) -> Iterator[Any]:
    client = aws("elasticache")
    client.create_cache_subnet_group(
        CacheSubnetGroupName="subnets", CacheSubnetGroupDescription="d", SubnetIds=network["subnets"]
    )
    client.create_cache_parameter_group(
        CacheParameterGroupName="valkey8", CacheParameterGroupFamily="valkey8", Description="d"
    )
    client.create_user(
        UserId="proxy",
        UserName="proxy",
        Engine="valkey",
        AccessString="on ~* +@all",
        AuthenticationMode={"Type": "iam"},
    )
    client.create_user_group(UserGroupId="users", Engine="valkey", UserIds=["proxy"])
    yield client
    for group in client.describe_replication_groups()["ReplicationGroups"]:
        client.delete_replication_group(ReplicationGroupId=group["ReplicationGroupId"])
    for users in client.describe_user_groups()["UserGroups"]:
        client.delete_user_group(UserGroupId=users["UserGroupId"])
    for user in client.describe_users()["Users"]:
        if user["UserId"] != "default":
            client.delete_user(UserId=user["UserId"])
            client.describe_users(UserId=user["UserId"])
    client.delete_cache_parameter_group(CacheParameterGroupName="valkey8")
    client.delete_cache_subnet_group(CacheSubnetGroupName="subnets")


def group(elasticache: Any) -> dict[str, Any]:
    found: dict[str, Any] = elasticache.describe_replication_groups(ReplicationGroupId="cache")["ReplicationGroups"][0]
    return found


def nodes(elasticache: Any) -> list[dict[str, Any]]:
    return [
        elasticache.describe_cache_clusters(CacheClusterId=node)["CacheClusters"][0]
        for node in group(elasticache)["MemberClusters"]
    ]


def refusal_of(operation: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        operation(**arguments)
    return str(refusal.value.response["Error"]["Code"])


def test_a_group_has_the_nodes_that_were_asked_for_over_the_zones_of_its_subnets(
    elasticache: Any, network: dict[str, list[str]]
) -> None:
    elasticache.create_replication_group(
        **GROUP,
        Engine="valkey",
        EngineVersion="8.0",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        CacheSubnetGroupName="subnets",
        CacheParameterGroupName="valkey8",
        SecurityGroupIds=network["securityGroups"],
        UserGroupIds=["users"],
        TransitEncryptionEnabled=True,
        AtRestEncryptionEnabled=True,
        SnapshotRetentionLimit=1,
        SnapshotWindow="03:00-04:00",
        PreferredMaintenanceWindow="sun:04:30-sun:05:30",
    )

    made = group(elasticache)
    assert made["TransitEncryptionEnabled"] is True
    assert made["TransitEncryptionMode"] == "required"
    assert made["UserGroupIds"] == ["users"]
    (shard,) = made["NodeGroups"]
    assert shard["ReaderEndpoint"]["Address"] != shard["PrimaryEndpoint"]["Address"]
    members = nodes(elasticache)
    assert [node["PreferredAvailabilityZone"] for node in members] == ["us-east-1a", "us-east-1b"]
    for node in members:
        assert node["EngineVersion"].startswith("8.0.")
        assert node["AtRestEncryptionEnabled"] is True
        assert node["CacheSubnetGroupName"] == "subnets"
        assert node["CacheParameterGroup"]["CacheParameterGroupName"] == "valkey8"
        assert [one["SecurityGroupId"] for one in node["SecurityGroups"]] == network["securityGroups"]
        assert node["PreferredMaintenanceWindow"] == "sun:04:30-sun:05:30"
    listed = elasticache.describe_cache_clusters()["CacheClusters"]
    assert {node["CacheClusterId"] for node in listed} >= set(made["MemberClusters"])
    (users,) = elasticache.describe_user_groups(UserGroupId="users")["UserGroups"]
    assert users["ReplicationGroups"] == ["cache"]


def test_a_group_is_one_node_of_the_newest_version_unless_told_otherwise(elasticache: Any) -> None:
    elasticache.create_replication_group(**GROUP, Engine="redis")
    (node,) = nodes(elasticache)
    assert node["EngineVersion"].startswith("7.1.")
    assert group(elasticache)["TransitEncryptionEnabled"] is False


def test_a_group_keeps_what_it_is_changed_to(elasticache: Any, network: dict[str, list[str]]) -> None:
    elasticache.create_replication_group(**GROUP, Engine="valkey", UserGroupIds=["users"])
    elasticache.create_user_group(UserGroupId="others", Engine="valkey")

    elasticache.modify_replication_group(
        ReplicationGroupId="cache",
        SnapshotWindow="01:00-02:00",
        SnapshotRetentionLimit=5,
        CacheParameterGroupName="valkey8",
        SecurityGroupIds=network["securityGroups"],
        UserGroupIdsToAdd=["others"],
        UserGroupIdsToRemove=["users"],
        AutoMinorVersionUpgrade=False,
    )

    changed, (node,) = group(elasticache), nodes(elasticache)
    assert (changed["SnapshotWindow"], changed["SnapshotRetentionLimit"]) == ("01:00-02:00", 5)
    assert changed["UserGroupIds"] == ["others"]
    assert changed["AutoMinorVersionUpgrade"] is False
    assert node["CacheParameterGroup"]["CacheParameterGroupName"] == "valkey8"
    assert [one["SecurityGroupId"] for one in node["SecurityGroups"]] == network["securityGroups"]


def test_replicas_come_and_go(elasticache: Any) -> None:
    elasticache.create_replication_group(**GROUP, Engine="valkey", CacheSubnetGroupName="subnets", NumCacheClusters=2)
    address = group(elasticache)["NodeGroups"][0]["PrimaryEndpoint"]["Address"]

    elasticache.increase_replica_count(ReplicationGroupId="cache", NewReplicaCount=2, ApplyImmediately=True)
    assert group(elasticache)["MemberClusters"] == ["cache-001", "cache-002", "cache-003"]

    elasticache.decrease_replica_count(ReplicationGroupId="cache", NewReplicaCount=0, ApplyImmediately=True)
    assert group(elasticache)["MemberClusters"] == ["cache-001"]
    assert group(elasticache)["NodeGroups"][0]["PrimaryEndpoint"]["Address"] == address


def test_a_deleted_group_is_gone_with_its_nodes_and_leaves_its_final_snapshot(elasticache: Any) -> None:
    elasticache.create_replication_group(**GROUP, Engine="valkey")
    elasticache.delete_replication_group(ReplicationGroupId="cache", FinalSnapshotIdentifier="last")

    assert refusal_of(elasticache.describe_replication_groups, ReplicationGroupId="cache").startswith(
        "ReplicationGroupNotFound"
    )
    assert refusal_of(elasticache.describe_cache_clusters, CacheClusterId="cache-001") == "CacheClusterNotFound"
    (snapshot,) = elasticache.describe_snapshots(SnapshotName="last")["Snapshots"]
    assert snapshot["ReplicationGroupId"] == "cache"
    elasticache.delete_snapshot(SnapshotName="last")


def test_a_parameter_group_keeps_what_a_user_sets_and_forgets_what_is_reset(elasticache: Any) -> None:
    def parameters(**question: str) -> dict[str, str]:
        found = elasticache.describe_cache_parameters(CacheParameterGroupName="valkey8", **question)["Parameters"]
        return {one["ParameterName"]: one["ParameterValue"] for one in found}

    wanted = {"maxmemory-policy": "allkeys-lru", "timeout": "300"}
    values = [{"ParameterName": name, "ParameterValue": value} for name, value in wanted.items()]
    elasticache.modify_cache_parameter_group(CacheParameterGroupName="valkey8", ParameterNameValues=values)
    assert parameters(Source="user") == wanted
    assert parameters(Source="system") == {}

    elasticache.reset_cache_parameter_group(CacheParameterGroupName="valkey8", ParameterNameValues=values[:1])
    assert parameters(Source="user") == {"timeout": "300"}
    elasticache.reset_cache_parameter_group(CacheParameterGroupName="valkey8", ResetAllParameters=True)
    assert parameters() == {}


def test_groups_of_users_and_of_parameters_keep_their_tags(elasticache: Any) -> None:
    tags = [{"Key": "Project", "Value": "litellm"}]
    users = elasticache.create_user_group(UserGroupId="tagged", Engine="valkey", Tags=tags)
    parameters = elasticache.create_cache_parameter_group(
        CacheParameterGroupName="tagged", CacheParameterGroupFamily="valkey8", Description="d", Tags=tags
    )["CacheParameterGroup"]
    for arn in (users["ARN"], parameters["ARN"]):
        assert elasticache.list_tags_for_resource(ResourceName=arn)["TagList"] == tags
    elasticache.delete_cache_parameter_group(CacheParameterGroupName="tagged")
    assert elasticache.list_tags_for_resource(ResourceName=parameters["ARN"])["TagList"] == []


def test_a_user_is_changed(elasticache: Any) -> None:
    elasticache.modify_user(UserId="proxy", AccessString="on ~app:* +@read")
    (user,) = elasticache.describe_users(UserId="proxy")["Users"]
    assert user["AccessString"] == "on ~app:* +@read"
    assert user["Authentication"]["Type"] == "iam"
    assert user["UserGroupIds"] == ["users"]


def test_a_user_without_password_is_named_as_on_aws(elasticache: Any) -> None:
    user = elasticache.create_user(
        UserId="nobody",
        UserName="nobody",
        Engine="redis",
        AccessString="off -@all",
        AuthenticationMode={"Type": "no-password-required"},
    )
    assert user["Authentication"]["Type"] == "no-password"


def test_a_role_logs_in_under_its_own_name_only(elasticache: Any) -> None:
    code = refusal_of(
        elasticache.create_user,
        UserId="role",
        UserName="another",
        Engine="valkey",
        AccessString="on ~* +@all",
        AuthenticationMode={"Type": "iam"},
    )
    assert code == "InvalidParameterValue"


def test_a_group_of_users_of_redis_needs_one_that_is_called_default(elasticache: Any) -> None:
    wanted = {"UserGroupId": "redis-users", "Engine": "redis"}
    assert refusal_of(elasticache.create_user_group, **wanted, UserIds=["proxy"]) == "DefaultUserRequired"

    elasticache.create_user_group(**wanted, UserIds=["proxy", "default"])
    elasticache.modify_user_group(UserGroupId="redis-users", UserIdsToRemove=["proxy"])
    (group,) = elasticache.describe_user_groups(UserGroupId="redis-users")["UserGroups"]
    assert group["UserIds"] == ["default"]


def test_a_subnet_group_is_changed(elasticache: Any, network: dict[str, list[str]]) -> None:
    elasticache.modify_cache_subnet_group(CacheSubnetGroupName="subnets", SubnetIds=network["subnets"][:1])
    (changed,) = elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="subnets")["CacheSubnetGroups"]
    assert [subnet["SubnetIdentifier"] for subnet in changed["Subnets"]] == network["subnets"][:1]


@pytest.mark.parametrize(
    ("operation", "argument", "code"),
    [
        ("describe_user_groups", "UserGroupId", "UserGroupNotFound"),
        ("describe_cache_parameters", "CacheParameterGroupName", "CacheParameterGroupNotFound"),
        ("delete_cache_subnet_group", "CacheSubnetGroupName", "CacheSubnetGroupNotFoundFault"),
        ("modify_user", "UserId", "UserNotFound"),
    ],
)
def test_what_does_not_exist_is_not_found(elasticache: Any, operation: str, argument: str, code: str) -> None:
    assert refusal_of(getattr(elasticache, operation), **{argument: "none"}) == code
