"""RDS: restores to a point in time, and the new identifiers by which a restored instance takes another one's place."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from moto.core.utils import utcnow
from moto.rds.exceptions import DBInstanceAlreadyExists, InvalidParameterCombination, RDSClientError
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from modules.rehearsal.gaps import rds_instances
from modules.rehearsal.gaps.patching import Method, wrap

_RESTORED = (
    "allocated_storage",
    "auto_minor_version_upgrade",
    "backup_retention_period",
    "ca_certificate_identifier",
    "db_instance_class",
    "db_name",
    "engine",
    "engine_version",
    "iops",
    "kms_key_id",
    "license_model",
    "master_username",
    "port",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "publicly_accessible",
    "storage_encrypted",
    "storage_throughput",
    "storage_type",
)
"""What a restored instance has of its source. The rest is the request's or the default: one zone, the default groups of
parameters, subnets and security, no protection, logins with passwords alone (RDS API Reference,
RestoreDBInstanceToPointInTime); monitoring and Performance Insights are no arguments of the operation."""


class RestorePoint(NamedTuple):
    """Where the data of a new instance come from: another one's backups, by its resource, at a time."""

    source: str
    moment: datetime


def install() -> None:
    wrap(DBInstance, "__init__", have_an_endpoint_of_its_own)
    wrap(DBInstance, "latest_restorable_time", be_restorable_to_what_is_archived)
    wrap(RDSBackend, "restore_db_instance_to_point_in_time", restore)
    wrap(RDSResponse, "modify_db_instance", rename)


def have_an_endpoint_of_its_own(original: Method, instance: Any, *arguments: Any, **settings: Any) -> None:
    """The endpoint is found by this name; that of an instance which was there first follows its identifier."""
    original(instance, *arguments, **settings)
    instance.endpoint_name = instance.dbi_resource_id
    instance.restored_from = settings.get("restored_from")


def be_restorable_to_what_is_archived(original: Method, instance: Any) -> datetime | None:
    """AWS shows the last time that the uploaded logs reach, and none without backups; moto always shows now."""
    if not instance.backup_retention_period:
        return None
    if rds_instances.databases is None or not rds_instances.databases.runs(instance):
        moment: datetime = original(instance)
        return moment
    restorable = rds_instances.databases.restorable(instance)
    return restorable[1].replace(tzinfo=None) if restorable else None


def restore(original: Method, backend: Any, source_name: str, target_name: str, request: dict[str, Any]) -> Any:
    """AWS makes the data of a moment, with the users and passwords of that moment; moto makes a copy of the settings,
    those included that AWS does not restore."""
    source = backend.describe_db_instances(source_name)[0]
    moment = _moment(source, request)
    # The request as moto reads it: whatever is not false in it goes over the source's setting.
    changed = {
        name: value
        for name, value in request.items()
        if name not in ("source_db_instance_identifier", "restore_time", "use_latest_restorable_time")
    }
    return backend.create_db_instance(
        {
            **_settings(source),
            **changed,
            "db_instance_identifier": target_name,
            "restored_from": RestorePoint(source.dbi_resource_id, moment),
        }
    )


def rename(original: Method, response: Any) -> Any:
    """AWS lets the endpoint follow the identifier, with a restart, and refuses an identifier that is in use; moto lets
    the endpoint stay, and forgets the instance whose identifier is taken."""
    backend, new_name = response.backend, response.params.get("NewDBInstanceIdentifier")
    if not new_name:
        return original(response)
    instance = backend.describe_db_instances(response.params["DBInstanceIdentifier"])[0]
    endpoints = _endpoints_of_former_names(backend)
    left_by, endpoint = endpoints.get(new_name, (None, f"{instance.dbi_resource_id}/{new_name}"))
    if new_name in backend.databases or (left_by is not None and left_by.status in ("renaming", "rebooting")):
        raise DBInstanceAlreadyExists()
    if instance.status != "available":
        raise RDSClientError("InvalidDBInstanceState", "Database instance is not in available state.")
    endpoints.pop(new_name, None)
    endpoints[instance.db_instance_identifier] = (instance, instance.endpoint_name)
    answer = original(response)
    instance.endpoint_name = endpoint
    if rds_instances.databases and rds_instances.databases.runs(instance):
        instance.status = "renaming"
    return answer


def _endpoints_of_former_names(backend: Any) -> dict[str, tuple[Any, str]]:
    """Which instance had an identifier, and the name of the endpoint that goes with it."""
    if not hasattr(backend, "endpoints_of_former_names"):
        backend.endpoints_of_former_names = {}
    known: dict[str, tuple[Any, str]] = backend.endpoints_of_former_names
    return known


def _moment(source: Any, request: dict[str, Any]) -> datetime:
    """
    Raises:
        RDSClientError: there are no backups, or none of that time.
        InvalidParameterCombination: it does not say which time, or says it twice.
    """
    given, latest = request.get("restore_time"), request.get("use_latest_restorable_time")
    if bool(given) == bool(latest):
        raise InvalidParameterCombination("Specify either RestoreTime or UseLatestRestorableTime.")
    if not source.backup_retention_period:
        raise RDSClientError(
            "PointInTimeRestoreNotEnabled",
            "Cannot perform point-in-time restore on an instance without automated backups.",
        )
    restorable = rds_instances.databases.restorable(source) if rds_instances.databases else None
    if rds_instances.databases is None:
        restorable = source.instance_create_time.replace(tzinfo=UTC), utcnow().replace(tzinfo=UTC)
    if restorable is None:
        raise RDSClientError("InvalidRestoreFault", "The instance has no backup yet.")
    earliest, last = restorable
    moment: datetime = last if latest else _aware(given)
    if not earliest <= moment <= last:
        raise RDSClientError(
            "InvalidParameterValue",
            f"The specified instance cannot be restored to a time {'earlier' if moment < earliest else 'later'} than "
            f"{(earliest if moment < earliest else last).isoformat(timespec='seconds')}.",
        )
    return moment


def _aware(moment: Any) -> datetime:
    read = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _settings(source: Any) -> dict[str, Any]:
    """What goes over from the source, as the arguments of DBInstance."""
    password = getattr(source, "_master_user_password", None)
    return {name: getattr(source, name) for name in _RESTORED} | {"master_user_password": password}
