"""What the API says that an instance shall be: read out of moto, while its lock is held."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.rds.models import rds_backends

from modules.rehearsal.control_plane import backends
from modules.rehearsal.database.parameters import GroupParameter
from modules.rehearsal.gaps.rds_restore import RestorePoint

ENGINE = "postgres"
_STOPPED = ("stopped", "stopping")


@dataclass(frozen=True)
class Wanted:
    """
    Attributes:
        resource: the instance's DbiResourceId, for life.
        endpoint: the name of its address: the resource's, until instances exchange their identifiers.
        zones: of its subnet group.
        source: the resource of the instance that this one is a read replica of.
        restored_from: of an instance that was made from another one's backups.
        vcpus, memory_mib: of the instance class; None when moto does not know it.
    """

    resource: str
    identifier: str
    endpoint: str
    region: str
    running: bool
    port: int
    database: str | None
    master_user: str
    master_password: str = field(repr=False)
    parameters: dict[str, GroupParameter]
    iam_authentication: bool
    multi_az: bool
    zone: str
    zones: tuple[str, ...]
    source: str | None
    restored_from: RestorePoint | None
    backs_up: bool
    storage_gib: int
    vcpus: int | None
    memory_mib: int | None


def instances() -> Iterator[tuple[Any, Wanted]]:
    """Every PostgreSQL instance of every region, moto's object and what is wanted of it."""
    for backend in backends(rds_backends):
        for instance in list(backend.databases.values()):
            if is_ours(instance):
                yield instance, _wanted(instance)


def is_ours(instance: Any) -> bool:
    return bool(instance.engine == ENGINE and not instance.db_cluster_identifier)


def _wanted(instance: Any) -> Wanted:
    shape = INSTANCE_TYPES.get(instance.db_instance_class.removeprefix("db."))
    return Wanted(
        resource=instance.dbi_resource_id,
        identifier=instance.db_instance_identifier,
        endpoint=instance.endpoint_name,
        region=instance.region,
        running=instance.status not in _STOPPED,
        port=int(instance.port),
        database=instance.db_name,
        master_user=instance.master_username or "postgres",
        master_password=_password(instance),
        parameters=_parameters(instance),
        iam_authentication=bool(instance.iam_database_authentication_enabled),
        # A replica's own standby would be a cascade, which nothing here deploys.
        multi_az=bool(instance.multi_az) and not instance.is_replica,
        zone=instance.availability_zone,
        zones=_zones(instance),
        source=_source(instance),
        restored_from=instance.restored_from,
        backs_up=bool(instance.backup_retention_period),
        storage_gib=int(instance.allocated_storage),
        vcpus=shape["VCpuInfo"]["DefaultVCpus"] if shape else None,
        memory_mib=shape["MemoryInfo"]["SizeInMiB"] if shape else None,
    )


def _zones(instance: Any) -> tuple[str, ...]:
    group = getattr(instance, "db_subnet_group", None)
    zones = {str(subnet.availability_zone) for subnet in group._subnets} if group else set()
    return tuple(sorted(zones | {f"{instance.region}a", f"{instance.region}b"} if len(zones) < 2 else zones))


def _password(instance: Any) -> str:
    if instance.manage_master_user_password:
        secret = instance.master_user_secret.secret
        current = secret.versions[secret.default_version_id]["secret_string"]
        return str(json.loads(current)["password"])
    return str(getattr(instance, "_master_user_password", None) or "")


def _parameters(instance: Any) -> dict[str, GroupParameter]:
    (group,) = instance.db_parameter_groups()
    return {
        name: GroupParameter(str(one["ParameterValue"]), immediate=one.get("ApplyMethod") == "immediate")
        for name, one in group.parameters.items()
        if one.get("ParameterValue") is not None
    }


def _source(instance: Any) -> str | None:
    if not instance.is_replica:
        return None
    try:
        source = instance.backend.find_db_from_id(instance.source_db_instance_identifier)
    except Exception:
        return None
    return str(source.dbi_resource_id)
