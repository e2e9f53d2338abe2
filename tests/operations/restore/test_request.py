"""A restored instance is like the old one, at a moment that the backups reach."""

from datetime import UTC, datetime
from typing import Any

import pytest

from modules.operations.restore.request import MomentError, later_changes, moment_of, restore_request

LATEST = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
SOURCE: dict[str, Any] = {
    "DBInstanceIdentifier": "production-litellm",
    "DBInstanceClass": "db.r6g.large",
    "DBSubnetGroup": {"DBSubnetGroupName": "production-litellm"},
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
    "DBParameterGroups": [{"DBParameterGroupName": "production-litellm-postgres16"}],
    "MultiAZ": True,
    "StorageType": "gp3",
    "MaxAllocatedStorage": 500,
    "PubliclyAccessible": False,
    "AutoMinorVersionUpgrade": True,
    "CopyTagsToSnapshot": True,
    "IAMDatabaseAuthenticationEnabled": True,
    "EnabledCloudwatchLogsExports": ["postgresql"],
    "DeletionProtection": True,
    "BackupRetentionPeriod": 14,
    "PreferredBackupWindow": "03:00-04:00",
    "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
    "CACertificateIdentifier": "rds-ca-rsa2048-g1",
    "TagList": [{"Key": "environment", "Value": "production"}, {"Key": "aws:cloudformation:stack-id", "Value": "x"}],
}


def test_latest_is_what_the_backups_reach() -> None:
    assert moment_of("latest", latest=LATEST) == LATEST


def test_a_time_is_taken_with_its_zone() -> None:
    assert moment_of("2027-01-15T08:30:00+01:00", latest=LATEST) == datetime(2027, 1, 15, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday", "it should be 'latest' or a time with its zone, as 2027-01-15T08:00:00Z"),
        ("2027-01-15T07:00:00", "a time with its zone"),
        ("2027-01-15T08:00:01Z", "the backups reach until 2027-01-15T08:00:00Z"),
    ],
)
def test_another_moment_is_refused_with_what_is_allowed(text: str, reason: str) -> None:
    with pytest.raises(MomentError) as refused:
        moment_of(text, latest=LATEST)
    assert reason in str(refused.value)


def test_nothing_is_left_to_the_defaults_that_would_let_nobody_in_or_lose_a_zone() -> None:
    request = restore_request(SOURCE, name="production-litellm-restored", moment=LATEST)  # type: ignore[arg-type]
    assert request["RestoreTime"] == LATEST
    assert request["MultiAZ"] is True
    assert request["DeletionProtection"] is True
    assert request["VpcSecurityGroupIds"] == ["sg-1"]
    assert request["DBParameterGroupName"] == "production-litellm-postgres16"
    assert request["DBSubnetGroupName"] == "production-litellm"
    assert request["EnableIAMDatabaseAuthentication"] is True
    assert request["Tags"] == [{"Key": "environment", "Value": "production"}], "AWS's own tags cannot be given"


def test_what_a_restore_has_no_argument_for_is_set_afterwards_and_only_where_the_old_one_has_it() -> None:
    window = {"PreferredMaintenanceWindow": "sun:05:00-sun:06:00"}
    assert later_changes(SOURCE) == window  # type: ignore[arg-type]
    watched = SOURCE | {
        "MonitoringInterval": 60,
        "MonitoringRoleArn": "arn:aws:iam::123456789012:role/monitoring",
        "PerformanceInsightsEnabled": True,
        "PerformanceInsightsRetentionPeriod": 7,
        "PerformanceInsightsKMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/1",
    }
    assert later_changes(watched) == window | {  # type: ignore[arg-type]
        "MonitoringInterval": 60,
        "MonitoringRoleArn": "arn:aws:iam::123456789012:role/monitoring",
        "EnablePerformanceInsights": True,
        "PerformanceInsightsRetentionPeriod": 7,
        "PerformanceInsightsKMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/1",
    }
