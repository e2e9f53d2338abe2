"""What the new instance is asked to be: like the old one, wherever AWS would take a default of its own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

LATEST = "latest"


class MomentError(Exception):
    """The text is no moment that can be restored; the message says what is."""


def moment_of(text: str, *, latest: datetime) -> datetime:
    """
    Args:
        text: `latest`, or a time in ISO 8601 with its zone.
        latest: AWS's LatestRestorableTime.

    Raises:
        MomentError: it is neither, or it is later than what the backups reach.
    """
    if text == LATEST:
        return latest
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise MomentError(f"AT is {text!r}; it should be '{LATEST}' or a time with its zone, as 2027-01-15T08:00:00Z")
    if moment > latest:
        raise MomentError(
            f"AT is {text}, and the backups reach until {latest.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}: take '{LATEST}', "
            "or wait; AWS adds what was written every five minutes"
        )
    return moment


def restore_request(source: "DBInstanceTypeDef", *, name: str, moment: datetime) -> dict[str, Any]:
    """Of RestoreDBInstanceToPointInTime.

    Without these arguments the instance would have one zone, the default groups, no protection and no tags.
    """
    most = source.get("MaxAllocatedStorage")
    return {
        "SourceDBInstanceIdentifier": source["DBInstanceIdentifier"],
        "TargetDBInstanceIdentifier": name,
        "RestoreTime": moment,
        "DBInstanceClass": source["DBInstanceClass"],
        "DBSubnetGroupName": source["DBSubnetGroup"]["DBSubnetGroupName"],
        "VpcSecurityGroupIds": [one["VpcSecurityGroupId"] for one in source["VpcSecurityGroups"]],
        "DBParameterGroupName": source["DBParameterGroups"][0]["DBParameterGroupName"],
        "MultiAZ": source["MultiAZ"],
        "StorageType": source["StorageType"],
        **({"MaxAllocatedStorage": most} if most else {}),
        "PubliclyAccessible": source["PubliclyAccessible"],
        "AutoMinorVersionUpgrade": source["AutoMinorVersionUpgrade"],
        "CopyTagsToSnapshot": source["CopyTagsToSnapshot"],
        "EnableIAMDatabaseAuthentication": source["IAMDatabaseAuthenticationEnabled"],
        "EnableCloudwatchLogsExports": source.get("EnabledCloudwatchLogsExports", []),
        "DeletionProtection": source["DeletionProtection"],
        "BackupRetentionPeriod": source["BackupRetentionPeriod"],
        "PreferredBackupWindow": source["PreferredBackupWindow"],
        "CACertificateIdentifier": source["CACertificateIdentifier"],
        "Tags": [tag for tag in source.get("TagList", []) if not tag["Key"].startswith("aws:")],
    }


def later_changes(source: "DBInstanceTypeDef") -> dict[str, Any]:
    """Of ModifyDBInstance: what a restore has no argument for."""
    changes: dict[str, Any] = {"PreferredMaintenanceWindow": source["PreferredMaintenanceWindow"]}
    if source.get("MonitoringInterval"):
        changes |= _given(source, "MonitoringInterval", "MonitoringRoleArn")
    if source.get("PerformanceInsightsEnabled"):
        changes |= {"EnablePerformanceInsights": True}
        changes |= _given(source, "PerformanceInsightsRetentionPeriod", "PerformanceInsightsKMSKeyId")
    return changes


def _given(source: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: source[name] for name in names if source.get(name)}
