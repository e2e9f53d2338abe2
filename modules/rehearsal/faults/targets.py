"""Which resources an experiment is for (AWS FIS User Guide, "Targets for AWS FIS")."""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.rds.models import rds_backends

from modules.rehearsal.lifecycle import ACCOUNT_ID

Parameters = Mapping[str, str]


class TargetError(Exception):
    """The rehearsal does not know what the target means."""


@dataclass(frozen=True)
class Resource:
    """
    Attributes:
        attributes: what a filter's path leads to, named as the service's own API describes them.
    """

    arn: str
    tags: Mapping[str, str]
    attributes: Mapping[str, str]


def resolve(target: Mapping[str, Any], region: str, choose: random.Random) -> list[str]:
    """ARNs of the resources that are there now, as many as the selection mode says; to be called under the control
    plane's lock.

    Raises:
        TargetError: a resource type, path or mode that is not known here.
    """
    kind = target["resourceType"]
    if kind not in _CANDIDATES:
        raise TargetError(f"the rehearsal has no targets of type {kind}: {', '.join(_CANDIDATES)}")
    candidates = _CANDIDATES[kind](region, target.get("parameters") or {})
    return select([one.arn for one in candidates if _is_meant(one, target)], target["selectionMode"], choose)


def select(arns: Sequence[str], mode: str, choose: random.Random) -> list[str]:
    """All, so many, or a share rounded down (AWS FIS User Guide, "Selection mode").

    Raises:
        TargetError: another mode.
    """
    found = re.fullmatch(r"ALL|(COUNT|PERCENT)\((\d+)\)", mode)
    if not found:
        raise TargetError(f"selection mode {mode} is neither ALL nor COUNT(n) nor PERCENT(n)")
    if mode == "ALL":
        return list(arns)
    number = int(found[2]) if found[1] == "COUNT" else len(arns) * int(found[2]) // 100
    return choose.sample(list(arns), min(number, len(arns)))


def _is_meant(resource: Resource, target: Mapping[str, Any]) -> bool:
    arns, tags = target.get("resourceArns") or [], target.get("resourceTags") or {}
    if arns and resource.arn not in arns:
        return False
    if any(resource.tags.get(key) != value for key, value in tags.items()):
        return False
    for one in target.get("filters") or []:
        if one["path"] not in resource.attributes:
            raise TargetError(f"the rehearsal does not know the path {one['path']}: {', '.join(resource.attributes)}")
        if resource.attributes[one["path"]] not in one["values"]:
            return False
    return True


def _tasks(region: str, parameters: Parameters) -> Iterator[Resource]:
    cluster, service = parameters.get("cluster"), parameters.get("service", "").rpartition("/")[2]
    for tasks in ecs_backends[ACCOUNT_ID][region].tasks.values():
        for task in tasks.values():
            if (task.last_status, task.desired_status) != ("RUNNING", "RUNNING"):
                continue
            if cluster and cluster not in (task.cluster_name, task.cluster_arn):
                continue
            if service and task.group != f"service:{service}":
                continue
            attributes = {
                "AvailabilityZone": str(getattr(task, "availability_zone", "")),
                "ClusterArn": task.cluster_arn,
                "Group": task.group or "",
                "LastStatus": task.last_status,
                "TaskDefinitionArn": task.task_definition_arn,
            }
            yield Resource(task.task_arn, _by_key(task.tags), attributes)


def _subnets(region: str, parameters: Parameters) -> Iterator[Resource]:
    ec2 = ec2_backends[ACCOUNT_ID][region]
    ids = {zone.name: zone.zone_id for zone in ec2.describe_availability_zones()}
    wanted_zone, wanted_vpc = parameters.get("availabilityZoneIdentifier"), parameters.get("vpc")
    for subnet in ec2.describe_subnets():
        zone = subnet.availability_zone
        if wanted_zone and wanted_zone not in (zone, ids.get(zone)):
            continue
        if wanted_vpc and wanted_vpc.rpartition("/")[2] != subnet.vpc_id:
            continue
        attributes = {"AvailabilityZone": zone, "SubnetId": subnet.id, "VpcId": subnet.vpc_id}
        yield Resource(subnet_arn(region, subnet.id), _by_key(subnet.get_tags()), attributes)


def _databases(region: str, parameters: Parameters) -> Iterator[Resource]:
    wanted_zones = [zone.strip() for zone in parameters.get("availabilityZoneIdentifiers", "").split(",") if zone]
    for instance in rds_backends[ACCOUNT_ID][region].databases.values():
        if wanted_zones and instance.availability_zone not in wanted_zones:
            continue
        attributes = {
            "AvailabilityZone": instance.availability_zone,
            "DBInstanceIdentifier": instance.db_instance_identifier,
            "DBInstanceStatus": instance.status,
        }
        yield Resource(instance.arn, _by_key(instance.tags), attributes)


_CANDIDATES: Mapping[str, Callable[[str, Parameters], Iterator[Resource]]] = {
    "aws:ecs:task": _tasks,
    "aws:ec2:subnet": _subnets,
    "aws:rds:db": _databases,
}


def subnet_arn(region: str, subnet_id: str) -> str:
    return f"arn:aws:ec2:{region}:{ACCOUNT_ID}:subnet/{subnet_id}"


def _by_key(tags: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Services write a tag's key and value with and without capitals."""
    plain = [{name.lower(): value for name, value in tag.items()} for tag in tags]
    return {tag["key"]: str(tag["value"]) for tag in plain}
