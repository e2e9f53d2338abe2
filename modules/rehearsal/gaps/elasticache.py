"""ElastiCache: parameter groups, user groups, and replication groups with their nodes.

What moto does not have at all is kept as AWS would answer it: a dictionary by the names of the API.
"""

import re
from itertools import cycle, islice
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import (
    CacheSubnetGroupNotFound,
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    UserNotFound,
)
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend, User
from moto.elasticache.responses import ElastiCacheResponse

from modules.rehearsal.gaps.patching import Method, add, wrap

_TAGGED = re.compile(
    "^arn:aws:elasticache:.*:(cluster|parametergroup|replicationgroup|snapshot|subnetgroup|user(group)?):"
)
_NEWEST_VERSIONS = {"redis": "7.1", "valkey": "8.0"}
_KEPT = {
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "CacheParameterGroupName": "cache_parameter_group_name",
    "EngineVersion": "engine_version",
    "NotificationTopicArn": "notification_topic_arn",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "SecurityGroupIds": "security_group_ids",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
}


class CacheParameterGroupNotFoundError(ServiceException):
    code = "CacheParameterGroupNotFound"


class UserGroupNotFoundError(ServiceException):
    code = "UserGroupNotFound"


class DefaultUserRequiredError(ServiceException):
    code = "DefaultUserRequired"


def install() -> None:
    wrap(ElastiCacheBackend, "__init__", know_parameter_groups_and_user_groups)
    wrap(ElastiCacheBackend, "create_replication_group", make_as_many_nodes_as_asked_for)
    wrap(ElastiCacheBackend, "describe_cache_clusters", show_the_nodes_of_replication_groups)
    wrap(ElastiCacheBackend, "delete_replication_group", forget_a_deleted_replication_group)
    wrap(User, "authentication", name_logins_as_aws_answers_them)
    wrap(ElastiCacheResponse, "create_user", refuse_a_role_under_another_name)
    wrap(ElastiCacheResponse, "modify_replication_group", keep_all_that_is_modified)
    wrap(ElastiCacheResponse, "delete_replication_group", take_the_final_snapshot)
    add(ElastiCacheResponse, "increase_replica_count", change_replica_count)
    add(ElastiCacheResponse, "decrease_replica_count", change_replica_count)
    for operation in (
        modify_user,
        create_user_group,
        describe_user_groups,
        modify_user_group,
        delete_user_group,
        create_cache_parameter_group,
        describe_cache_parameter_groups,
        describe_cache_parameters,
        modify_cache_parameter_group,
        reset_cache_parameter_group,
        delete_cache_parameter_group,
        modify_cache_subnet_group,
        delete_cache_subnet_group,
    ):
        add(ElastiCacheResponse, operation.__name__, operation)


def know_parameter_groups_and_user_groups(original: Method, backend: Any, *arguments: Any, **named: Any) -> None:
    """AWS has parameter groups and user groups, with tags; moto has neither."""
    original(backend, *arguments, **named)
    backend.parameter_groups = {}
    backend.user_groups = {}
    backend.arn_regex = _TAGGED


def make_as_many_nodes_as_asked_for(original: Method, backend: Any, **settings: Any) -> Any:
    """AWS makes as many nodes as asked for, over the zones of the subnet group, with an endpoint for readers, of the
    newest version unless told; moto makes one."""
    if settings["cluster_mode"] != "enabled" and not settings["replicas_per_node_group"]:
        settings["replicas_per_node_group"] = (settings["num_cache_clusters"] or 1) - 1
    if not settings["preferred_cache_cluster_azs"]:
        nodes = (settings["replicas_per_node_group"] or 0) + 1
        settings["preferred_cache_cluster_azs"] = _zones(backend, settings["cache_subnet_group_name"], nodes)
    group = original(backend, **settings)
    if group.cluster_mode == "disabled":
        (shard,) = group.node_groups
        shard["reader_endpoint"] = {"address": shard["reader_endpoint_address"], "port": group.port}
    group.engine_version = settings["engine_version"] or _NEWEST_VERSIONS[group.engine]
    group.auto_minor_version_upgrade = settings["auto_minor_version_upgrade"] not in ("false", False)
    if group.transit_encryption_enabled:
        group.transit_encryption_mode = group.transit_encryption_mode or "required"
    return group


def show_the_nodes_of_replication_groups(original: Method, backend: Any, cache_cluster_id: str | None = None) -> Any:
    """AWS shows each node of a replication group as a cache cluster, which is where Terraform's provider reads the
    version, subnets, security groups and parameters; moto knows clusters without a group only."""
    nodes = {
        node["cache_cluster_id"]: _node(group, node)
        for group in backend.replication_groups.values()
        for shard in group.node_groups
        for node in shard["node_group_members"]
    }
    if cache_cluster_id in nodes:
        return [nodes[cache_cluster_id]]
    clusters = original(backend, cache_cluster_id=cache_cluster_id)
    return clusters if cache_cluster_id else [*clusters, *nodes.values()]


def forget_a_deleted_replication_group(original: Method, backend: Any, *arguments: Any, **named: Any) -> Any:
    """AWS forgets a deleted replication group once it is gone; moto shows it as being deleted forever."""
    group = original(backend, *arguments, **named)
    del backend.replication_groups[group.replication_group_id]
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return group


def take_the_final_snapshot(original: Method, response: Any) -> Any:
    """AWS takes the final snapshot that a deletion asks for; moto does not."""
    name = response._get_param("FinalSnapshotIdentifier")
    if name:
        group_id = response._get_param("ReplicationGroupId")
        response.elasticache_backend.create_snapshot(name, group_id, None, None, None)
    return original(response)


def keep_all_that_is_modified(original: Method, response: Any) -> Any:
    """AWS keeps every modification; moto keeps some and answers as if it had kept all."""
    answer = original(response)
    group = answer.result["ReplicationGroup"]
    for parameter, attribute in _KEPT.items():
        value = response._get_param(parameter)
        if value is not None:
            setattr(group, attribute, value)
    removed = response._get_param("UserGroupIdsToRemove", [])
    kept = [] if response._get_param("RemoveUserGroups") else group.user_group_ids
    group.user_group_ids = [one for one in kept if one not in removed] + response._get_param("UserGroupIdsToAdd", [])
    return answer


def change_replica_count(self: Any) -> Any:
    """AWS adds and removes replicas of a running group; moto lacks both operations."""
    backend = self.elasticache_backend
    (group,) = backend.describe_replication_groups(self._get_param("ReplicationGroupId"))
    (shard,) = group.node_groups
    domain = shard["primary_endpoint_address"].partition(".")[2]
    replicas = self._get_int_param("NewReplicaCount")
    shard["node_group_members"].clear()
    group.member_clusters.clear()
    group._set_node_members_clusters_disabled(
        member_clusters=group.member_clusters,
        replication_group_id=group.replication_group_id,
        replication_group_domain=domain,
        node_group=shard,
        preferred_cache_cluster_azs=_zones(backend, group.cache_subnet_group_name, replicas + 1),
        num_cache_clusters=0,
        replicas_per_node_group=replicas,
    )
    return ActionResult({"ReplicationGroup": group})


def refuse_a_role_under_another_name(original: Method, response: Any) -> Any:
    """AWS lets a role log in only under its user's id; moto takes any name."""
    params = response._get_params()
    mode = params.get("AuthenticationMode") or {}
    if mode.get("Type") == "iam" and params["UserId"] != params["UserName"]:
        raise InvalidParameterValueException("A user with Authentication Mode: iam must have equal id and name.")
    return original(response)


def name_logins_as_aws_answers_them(original: Method, user: Any) -> Any:
    """AWS is told `no-password-required` and answers `no-password`; moto repeats what it was told."""
    login = original(user)
    return login | {"Type": "no-password"} if login["Type"] == "no-password-required" else login


def modify_user(self: Any) -> Any:
    """AWS changes a user's access string and how it logs in; moto lacks the operation."""
    user = _user(self, self._get_param("UserId"))
    user.access_string = self._get_param("AccessString") or user.access_string
    user.engine = (self._get_param("Engine") or user.engine).lower()
    mode = self._get_param("AuthenticationMode") or {}
    user.authentication_type = mode.get("Type") or user.authentication_type
    user.passwords = mode.get("Passwords") or user.passwords
    return ActionResult(user)


def create_user_group(self: Any) -> Any:
    """AWS groups users, whom a replication group then lets in; moto lacks the operation."""
    name = self._get_param("UserGroupId")
    backend = self.elasticache_backend
    group = {
        "UserGroupId": name,
        "Status": "active",
        "Engine": self._get_param("Engine").lower(),
        "UserIds": [],
        "MinimumEngineVersion": "6.0",
        "ARN": _arn(backend, "usergroup", name),
    }
    _let_in(self, group, self._get_param("UserIds", []))
    backend.user_groups[name] = group
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return ActionResult(group)


def describe_user_groups(self: Any) -> Any:
    """AWS shows user groups and which replication groups use them; moto lacks the operation."""
    name = self._get_param("UserGroupId")
    backend = self.elasticache_backend
    groups = [_user_group(self, name)] if name else list(backend.user_groups.values())
    for group in groups:
        group["ReplicationGroups"] = [
            user.replication_group_id
            for user in backend.replication_groups.values()
            if group["UserGroupId"] in user.user_group_ids
        ]
    return ActionResult({"UserGroups": groups})


def modify_user_group(self: Any) -> Any:
    """AWS adds users to a group and removes them; moto lacks the operation."""
    group = _user_group(self, self._get_param("UserGroupId"))
    removed = self._get_param("UserIdsToRemove", [])
    group["Engine"] = (self._get_param("Engine") or group["Engine"]).lower()
    _let_in(self, group, [one for one in group["UserIds"] if one not in removed] + self._get_param("UserIdsToAdd", []))
    return ActionResult(group)


def delete_user_group(self: Any) -> Any:
    """AWS deletes a user group; moto lacks the operation."""
    group = _user_group(self, self._get_param("UserGroupId"))
    _let_in(self, group | {"Engine": None}, [])
    del self.elasticache_backend.user_groups[group["UserGroupId"]]
    self.elasticache_backend.tagging_service.delete_all_tags_for_resource(group["ARN"])
    return ActionResult(group | {"Status": "deleting"})


def create_cache_parameter_group(self: Any) -> Any:
    """AWS keeps parameters in groups; moto lacks the operation."""
    name = self._get_param("CacheParameterGroupName")
    backend = self.elasticache_backend
    group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": _arn(backend, "parametergroup", name),
        "parameters": {},
    }
    backend.parameter_groups[name] = group
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return ActionResult({"CacheParameterGroup": group})


def describe_cache_parameter_groups(self: Any) -> Any:
    """AWS shows parameter groups; moto lacks the operation."""
    name = self._get_param("CacheParameterGroupName")
    groups = [_parameter_group(self)] if name else list(self.elasticache_backend.parameter_groups.values())
    return ActionResult({"CacheParameterGroups": groups})


def describe_cache_parameters(self: Any) -> Any:
    """AWS shows a group's parameters; moto lacks the operation. Only those that a user set are known here."""
    parameters = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user"}
        for name, value in _parameter_group(self)["parameters"].items()
        if self._get_param("Source") in (None, "user")
    ]
    return ActionResult({"Parameters": parameters})


def modify_cache_parameter_group(self: Any) -> Any:
    """AWS sets parameters; moto lacks the operation."""
    group = _parameter_group(self)
    for parameter in self._get_param("ParameterNameValues", []):
        group["parameters"][parameter["ParameterName"]] = parameter["ParameterValue"]
    return ActionResult(group)


def reset_cache_parameter_group(self: Any) -> Any:
    """AWS resets parameters to the engine's defaults; moto lacks the operation."""
    group = _parameter_group(self)
    if self._get_bool_param("ResetAllParameters"):
        group["parameters"].clear()
    for parameter in self._get_param("ParameterNameValues", []):
        group["parameters"].pop(parameter["ParameterName"], None)
    return ActionResult(group)


def delete_cache_parameter_group(self: Any) -> Any:
    """AWS deletes a parameter group; moto lacks the operation."""
    group = _parameter_group(self)
    del self.elasticache_backend.parameter_groups[group["CacheParameterGroupName"]]
    self.elasticache_backend.tagging_service.delete_all_tags_for_resource(group["ARN"])
    return EmptyResult()


def modify_cache_subnet_group(self: Any) -> Any:
    """AWS changes a subnet group's description and subnets; moto lacks the operation."""
    group = _subnet_group(self)
    changed = CacheSubnetGroup(
        account_id=self.current_account,
        region_name=self.region,
        cache_subnet_group_name=group.cache_subnet_group_name,
        cache_subnet_group_description=self._get_param("CacheSubnetGroupDescription")
        or group.cache_subnet_group_description,
        subnet_ids=self._get_param("SubnetIds") or group.subnet_ids,
        tags=group.tags,
    )
    self.elasticache_backend.cache_subnet_groups[group.cache_subnet_group_name] = changed
    return ActionResult({"CacheSubnetGroup": changed})


def delete_cache_subnet_group(self: Any) -> Any:
    """AWS deletes a subnet group; moto lacks the operation."""
    group = _subnet_group(self)
    del self.elasticache_backend.cache_subnet_groups[group.cache_subnet_group_name]
    self.elasticache_backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return EmptyResult()


def _node(group: Any, node: dict[str, Any]) -> dict[str, Any]:
    family = f"{group.engine}{group.engine_version.partition('.')[0]}"
    parameters = group.cache_parameter_group_name or f"default.{family}"
    patched = group.engine_version.count(".") > 1
    return {
        "CacheClusterId": node["cache_cluster_id"],
        "ReplicationGroupId": group.replication_group_id,
        "CacheClusterStatus": "available",
        "ARN": group.arn.replace(
            f":replicationgroup:{group.replication_group_id}", f":cluster:{node['cache_cluster_id']}"
        ),
        "Engine": group.engine,
        "EngineVersion": group.engine_version if patched else f"{group.engine_version}.0",
        "CacheNodeType": group.cache_node_type,
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": node["preferred_availability_zone"],
        "PreferredMaintenanceWindow": group.preferred_maintenance_window or "sun:05:00-sun:06:00",
        "CacheClusterCreateTime": group.replication_group_create_time,
        "CacheParameterGroup": {"CacheParameterGroupName": parameters, "ParameterApplyStatus": "in-sync"},
        "CacheSubnetGroupName": group.cache_subnet_group_name or "default",
        "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in group.security_group_ids or []],
        "NotificationConfiguration": {"TopicArn": group.notification_topic_arn, "TopicStatus": "active"}
        if group.notification_topic_arn
        else None,
        "CacheNodes": [
            {
                "CacheNodeId": node["cache_node_id"],
                "CacheNodeStatus": "available",
                "Endpoint": node.get("read_endpoint"),
                "ParameterGroupStatus": "in-sync",
                "CustomerAvailabilityZone": node["preferred_availability_zone"],
            }
        ],
        "AutoMinorVersionUpgrade": group.auto_minor_version_upgrade,
        "SnapshotRetentionLimit": group.snapshot_retention_limit,
        "SnapshotWindow": group.snapshot_window,
        "AuthTokenEnabled": group.auth_token_enabled,
        "TransitEncryptionEnabled": group.transit_encryption_enabled,
        "TransitEncryptionMode": group.transit_encryption_mode,
        "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
        "NetworkType": group.network_type,
        "IpDiscovery": group.ip_discovery,
    }


def _zones(backend: Any, subnet_group: str | None, nodes: int) -> list[str]:
    """A zone for each node, in turn over those of the subnet group."""
    group = backend.cache_subnet_groups.get(subnet_group)
    subnets = group.subnets if group else []
    zones = {subnet["subnet_availability_zone"] for subnet in subnets if "subnet_availability_zone" in subnet}
    return list(islice(cycle(sorted(zones) or [f"{backend.region_name}a"]), nodes))


def _let_in(response: Any, group: dict[str, Any], user_ids: list[str]) -> None:
    """Makes these the group's users, on both sides."""
    users = [_user(response, user_id) for user_id in user_ids]
    if group["Engine"] == "redis" and not any(user.name == "default" for user in users):
        raise DefaultUserRequiredError("You must add default user to a user group.")
    if len({user.name for user in users}) < len(users):
        raise InvalidParameterCombinationException("Two users of a group must not have the same name.")
    name = group["UserGroupId"]
    for user in response.elasticache_backend.users.values():
        user.user_group_ids = [one for one in user.user_group_ids if one != name]
    for user in users:
        user.user_group_ids.append(name)
    group["UserIds"] = user_ids


def _user(response: Any, user_id: str) -> Any:
    users = response.elasticache_backend.users
    if user_id not in users:
        raise UserNotFound(user_id)
    return users[user_id]


def _user_group(response: Any, name: str) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = response.elasticache_backend.user_groups
    if name not in groups:
        raise UserGroupNotFoundError(f"User Group {name} not found.")
    return groups[name]


def _parameter_group(response: Any) -> dict[str, Any]:
    name = response._get_param("CacheParameterGroupName")
    groups: dict[str, dict[str, Any]] = response.elasticache_backend.parameter_groups
    if name not in groups:
        raise CacheParameterGroupNotFoundError(f"CacheParameterGroup {name} not found.")
    return groups[name]


def _subnet_group(response: Any) -> Any:
    name = response._get_param("CacheSubnetGroupName")
    groups = response.elasticache_backend.cache_subnet_groups
    if name not in groups:
        raise CacheSubnetGroupNotFound(name)
    return groups[name]


def _arn(backend: Any, kind: str, name: str) -> str:
    return f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:{kind}:{name}"
