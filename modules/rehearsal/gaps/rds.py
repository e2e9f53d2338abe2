"""RDS: parameters of parameter groups, Performance Insights, resource identifiers, replicas, backups elsewhere."""

from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.rds.exceptions import DBParameterGroupNotFoundError, RDSClientError
from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend, rds_backends
from moto.rds.responses import RDSResponse

from modules.rehearsal.gaps.patching import Method, add, wrap

_PERFORMANCE_INSIGHTS = {
    "enable_performance_insights": False,
    "performance_insights_retention_period": 7,
    "performance_insights_kms_key_id": None,
}
_NOT_INHERITED_BY_REPLICAS = {
    "backup_retention_period": 0,
    "deletion_protection": False,
    "enable_iam_database_authentication": False,
    "monitoring_interval": 0,
    "monitoring_role_arn": None,
    "multi_az": False,
}


def install() -> None:
    wrap(DBParameterGroup, "update_parameters", mark_changed_parameters_as_the_users)
    wrap(RDSResponse, "describe_db_parameters", filter_parameters_by_source)
    add(RDSResponse, "reset_db_parameter_group", reset_db_parameter_group)
    wrap(DBInstance, "__init__", keep_performance_insights)
    wrap(DBInstance, "__init__", give_each_instance_a_resource_id)
    add(DBInstance, "performance_insights_enabled", property(lambda instance: instance.enable_performance_insights))
    wrap(RDSBackend, "create_db_instance_read_replica", make_a_replica_an_instance_of_its_own)
    wrap(RDSBackend, "__init__", know_backups_of_other_regions)
    wrap(RDSResponse, "describe_db_instance_automated_backups", show_backups_of_other_regions)
    add(RDSResponse, "start_db_instance_automated_backups_replication", start_replication_of_backups)
    add(RDSResponse, "stop_db_instance_automated_backups_replication", stop_replication_of_backups)
    add(DBInstance, "db_instance_automated_backups_replications", property(_where_backups_are_copied_to))


def mark_changed_parameters_as_the_users(original: Method, group: Any, new_parameters: Any) -> None:
    """AWS gives every parameter its source, `user` for one that was changed; moto gives none.

    Terraform's provider reads only the user's parameters back, so that without it each plan sets all of them again.
    """
    original(group, [{**parameter, "Source": "user"} for parameter in new_parameters])


def filter_parameters_by_source(original: Method, response: Any) -> Any:
    """AWS lists only the parameters of the source that is asked for; moto ignores the question."""
    parameters = original(response).result["Parameters"]
    source = response.params.get("Source")
    return ActionResult({"Parameters": [one for one in parameters if source in (None, one["Source"])]})


def reset_db_parameter_group(self: Any) -> Any:
    """AWS resets parameters to the engine's defaults, which is how Terraform removes one; moto lacks the operation."""
    name = self.params.get("DBParameterGroupName")
    groups = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})
    if not groups:
        raise DBParameterGroupNotFoundError(name)
    if self.params.get("ResetAllParameters"):
        groups[0].parameters.clear()
    for parameter in self.params.get("Parameters", []):
        groups[0].parameters.pop(parameter["ParameterName"], None)
    return ActionResult({"DBParameterGroupName": name})


def keep_performance_insights(original: Method, instance: Any, *arguments: Any, **settings: Any) -> None:
    """AWS keeps and shows an instance's Performance Insights; moto drops them at its creation."""
    original(instance, *arguments, **settings)
    _set_performance_insights(instance, settings)


def give_each_instance_a_resource_id(original: Method, instance: Any, *arguments: Any, **settings: Any) -> None:
    """AWS gives every instance an identifier of its own for life, by which Terraform's provider finds it again.

    moto gives all of them the same one: of two instances the provider would read, change and delete the other.
    """
    original(instance, *arguments, **settings)
    instance.dbi_resource_id = _new_resource_id()


def make_a_replica_an_instance_of_its_own(original: Method, backend: Any, settings: dict[str, Any]) -> Any:
    """AWS gives a replica an identifier of its own, and takes protection, backups, monitoring, logins by role and tags
    from the request alone; moto copies its source in everything that the request leaves out."""
    replica = original(backend, settings)
    replica.dbi_resource_id = replica.endpoint_name = _new_resource_id()
    replica.restored_from = None
    replica.instance_create_time = utcnow()
    replica.tags = settings.get("tags") or []
    replica.enabled_cloudwatch_logs_exports = list(settings.get("enable_cloudwatch_logs_exports") or [])
    for name, default in _NOT_INHERITED_BY_REPLICAS.items():
        setattr(replica, name, settings.get(name, default))
    _set_performance_insights(replica, settings)
    return replica


def know_backups_of_other_regions(original: Method, backend: Any, *arguments: Any, **named: Any) -> None:
    """AWS copies the automated backups of an instance to another region; moto does not."""
    original(backend, *arguments, **named)
    backend.replicated_backups = {}


def start_replication_of_backups(self: Any) -> Any:
    """AWS starts to copy an instance's backups to the region that is asked; moto lacks the operation."""
    source = self.backend.find_db_from_id(self.params["SourceDBInstanceArn"])
    arn = f"arn:aws:rds:{self.region}:{self.current_account}:auto-backup:ab-{uuid4().hex[:26]}"
    backup = {
        "DBInstanceAutomatedBackupsArn": arn,
        "DBInstanceArn": source.db_instance_arn,
        "DBInstanceIdentifier": source.db_instance_identifier,
        "DbiResourceId": source.dbi_resource_id,
        "Region": source.region,
        "Status": "replicating",
        "AllocatedStorage": source.allocated_storage,
        "BackupRetentionPeriod": self.params.get("BackupRetentionPeriod", 7),
        "Encrypted": source.storage_encrypted,
        "Engine": source.engine,
        "EngineVersion": source.engine_version,
        "IAMDatabaseAuthenticationEnabled": source.iam_database_authentication_enabled,
        "InstanceCreateTime": source.instance_create_time,
        "KmsKeyId": self.params.get("KmsKeyId"),
        "LicenseModel": source.license_model,
        "MasterUsername": source.master_username,
        "OptionGroupName": source.option_group_name,
        "Port": source.port,
        "RestoreWindow": {"EarliestTime": utcnow(), "LatestTime": utcnow()},
        "StorageType": source.storage_type,
        "TagList": self.params.get("Tags", []),
    }
    self.backend.replicated_backups[arn] = backup
    return ActionResult({"DBInstanceAutomatedBackup": backup})


def stop_replication_of_backups(self: Any) -> Any:
    """AWS stops to copy, and retains what it has copied for the retention period; moto lacks the operation."""
    for backup in self.backend.replicated_backups.values():
        if backup["DBInstanceArn"] == self.params["SourceDBInstanceArn"] and backup["Status"] == "replicating":
            backup["Status"] = "retained"
            return ActionResult({"DBInstanceAutomatedBackup": backup})
    raise RDSClientError("InvalidDBInstanceState", "The DB instance is not replicating to the current region.")


def show_backups_of_other_regions(original: Method, response: Any) -> Any:
    """AWS shows the copies beside a region's own backups; moto has none, and ignores for which backup it is asked."""
    copies = response.backend.replicated_backups
    arn = response.params.get("DBInstanceAutomatedBackupsArn")
    if arn:
        if arn not in copies:
            raise RDSClientError("DBInstanceAutomatedBackupNotFound", f"DBInstanceAutomatedBackup {arn} not found.")
        return ActionResult({"DBInstanceAutomatedBackups": [copies[arn]]})
    own = original(response).result["DBInstanceAutomatedBackups"]
    wanted = [
        copy
        for copy in copies.values()
        if response.params.get("DBInstanceIdentifier") in (None, copy["DBInstanceIdentifier"])
        and response.params.get("DbiResourceId") in (None, copy["DbiResourceId"])
    ]
    return ActionResult({"DBInstanceAutomatedBackups": [*own, *wanted]})


def _where_backups_are_copied_to(instance: Any) -> list[dict[str, str]]:
    backends: list[Any] = list(rds_backends[instance.account_id].values())
    return [
        {"DBInstanceAutomatedBackupsArn": arn}
        for backend in backends
        for arn, backup in backend.replicated_backups.items()
        if backup["DbiResourceId"] == instance.dbi_resource_id and backup["Status"] == "replicating"
    ]


def _set_performance_insights(instance: Any, settings: dict[str, Any]) -> None:
    for name, default in _PERFORMANCE_INSIGHTS.items():
        setattr(instance, name, settings.get(name, default))
    if not instance.enable_performance_insights:
        instance.performance_insights_retention_period = None


def _new_resource_id() -> str:
    return f"db-{uuid4().hex[:26].upper()}"
