"""ElastiCache: replication groups with their nodes, endpoints and AUTH tokens."""

from itertools import cycle, islice
from typing import Any, Protocol

from moto.core.responses import ActionResult
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from modules.rehearsal.gaps.patching import Method, add, wrap

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


class Caches(Protocol):
    """The part of the data plane that runs the groups; its methods are called while the control plane is locked."""

    def runs(self, group: Any) -> bool:
        """Whether it runs a group like this one."""

    def addresses(self, group: Any) -> tuple[str, str]:
        """Where the group's primary endpoint and its reader endpoint are."""


caches: Caches | None = None
"""Set by the data plane as long as it runs; without one, a group is what moto makes of it."""


def install() -> None:
    wrap(ElastiCacheBackend, "create_replication_group", make_as_many_nodes_as_asked_for)
    wrap(ElastiCacheBackend, "describe_cache_clusters", show_the_nodes_of_replication_groups)
    wrap(ElastiCacheBackend, "delete_replication_group", forget_a_deleted_replication_group)
    wrap(ElastiCacheResponse, "modify_replication_group", keep_all_that_is_modified)
    wrap(ElastiCacheResponse, "delete_replication_group", take_the_final_snapshot)
    add(ElastiCacheResponse, "increase_replica_count", change_replica_count)
    add(ElastiCacheResponse, "decrease_replica_count", change_replica_count)


def make_as_many_nodes_as_asked_for(original: Method, backend: Any, **settings: Any) -> Any:
    """AWS makes as many nodes as asked for, over the zones of the subnet group, of the newest version unless told, with
    endpoints for the primary and for readers, and shows `creating` until they answer; moto makes one, at a name that
    leads nowhere, and forgets the AUTH token."""
    if settings["cluster_mode"] != "enabled" and not settings["replicas_per_node_group"]:
        settings["replicas_per_node_group"] = (settings["num_cache_clusters"] or 1) - 1
    if not settings["preferred_cache_cluster_azs"]:
        nodes = (settings["replicas_per_node_group"] or 0) + 1
        settings["preferred_cache_cluster_azs"] = _zones(backend, settings["cache_subnet_group_name"], nodes)
    group = original(backend, **settings)
    group.auth_tokens = [settings["auth_token"]] if settings["auth_token"] else []
    if group.cluster_mode == "disabled":
        (shard,) = group.node_groups
        if caches and caches.runs(group):
            group.status = "creating"
            shard["primary_endpoint_address"], shard["reader_endpoint_address"] = caches.addresses(group)
        for kind in ("primary", "reader"):
            shard[f"{kind}_endpoint"] = {"address": shard[f"{kind}_endpoint_address"], "port": group.port}
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
    _keep_auth_token(response, group)
    return answer


def _keep_auth_token(response: Any, group: Any) -> None:
    """ROTATE lets clients in with the new token and the last one, SET with the new one alone (ElastiCache User Guide,
    "Modifying the AUTH token on an existing cluster")."""
    token, strategy = response._get_param("AuthToken"), response._get_param("AuthTokenUpdateStrategy") or "ROTATE"
    if strategy == "DELETE":
        group.auth_tokens = []
    elif token:
        group.auth_tokens = [*(group.auth_tokens[-1:] if strategy == "ROTATE" else []), token]
    group.auth_token_enabled = bool(group.auth_tokens)


def change_replica_count(self: Any) -> Any:
    """AWS adds and removes replicas of a running group; moto lacks both operations."""
    backend = self.elasticache_backend
    (group,) = backend.describe_replication_groups(self._get_param("ReplicationGroupId"))
    (shard,) = group.node_groups
    domain = shard["node_group_members"][0]["read_endpoint"]["address"].partition(".")[2]
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
