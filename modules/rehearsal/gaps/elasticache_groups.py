"""ElastiCache: parameter groups and subnet groups.

moto has no parameter groups at all: they are kept as AWS would answer them, a dictionary by the names of the API.
"""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import (
    CacheSubnetGroupNotFound,
)
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from modules.rehearsal.gaps.elasticache_tags import TAGGED, arn
from modules.rehearsal.gaps.patching import Method, add, wrap


class CacheParameterGroupNotFoundError(ServiceException):
    code = "CacheParameterGroupNotFound"


def install() -> None:
    wrap(ElastiCacheBackend, "__init__", know_parameter_groups)
    for operation in (
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


def know_parameter_groups(original: Method, backend: Any, *arguments: Any, **named: Any) -> None:
    """AWS has parameter groups, with tags; moto has none."""
    original(backend, *arguments, **named)
    backend.parameter_groups = {}
    backend.arn_regex = TAGGED


def create_cache_parameter_group(self: Any) -> Any:
    """AWS keeps parameters in groups; moto lacks the operation."""
    name = self._get_param("CacheParameterGroupName")
    backend = self.elasticache_backend
    group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": arn(backend, "parametergroup", name),
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
