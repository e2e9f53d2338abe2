"""Backups: how far back from now the newest is, here and in the second region."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from modules.operations.examination.finding import Finding, bad, fine, warning
from modules.operations.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import DBSnapshotTypeDef

RESTORABLE_WITHIN = timedelta(minutes=15)
"""RDS User Guide, "Restoring a DB instance to a specified time": the latest is typically within the last five."""
DAILY = timedelta(hours=26)
"""A snapshot each day, in a window whose place in the hour it may choose."""
COPIED_WITHIN = timedelta(hours=1)
SUPPORT = "look at the instance's events: aws rds describe-events --source-type db-instance --source-identifier"


def restorable(rds: "RDSClient", outputs: Outputs, now: datetime) -> Iterator[Finding]:
    """Until when it can be restored to any moment, and the newest daily snapshot."""
    name = outputs.database
    instance = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    if instance["BackupRetentionPeriod"] == 0:
        yield bad(f"{name} has no automated backups", "'make deploy' turns them on again")
        return
    latest = instance.get("LatestRestorableTime")
    if latest is None:
        yield bad(f"{name} cannot be restored to any moment yet", f"{SUPPORT} {name}")
    elif now - latest > RESTORABLE_WITHIN:
        yield bad(f"{name} can be restored to {latest:%Y-%m-%d %H:%M} UTC at the latest, {_ago(latest, now)}", SUPPORT)
    else:
        yield fine(f"{name} can be restored to any moment until {_ago(latest, now)}")
    snapshots = [
        snapshot
        for page in rds.get_paginator("describe_db_snapshots").paginate(
            DBInstanceIdentifier=name, SnapshotType="automated"
        )
        for snapshot in page["DBSnapshots"]
    ]
    yield _newest(name, snapshots, instance["InstanceCreateTime"], now)


def copied(rds: "RDSClient", database: str, region: str, now: datetime) -> Finding:
    """
    Args:
        rds: a client of the second region.
    """
    found = rds.describe_db_instance_automated_backups(DBInstanceIdentifier=database)["DBInstanceAutomatedBackups"]
    copies = [one for one in found if one["Status"] == "replicating"]
    if not copies:
        return bad(f"no backups of {database} are copied to {region}", "'make deploy' starts the copying again")
    latest = copies[0].get("RestoreWindow", {}).get("LatestTime")
    if latest is None or now - latest > COPIED_WITHIN:
        when = _ago(latest, now) if latest else "of no moment yet"
        return warning(f"the newest copy of {database}'s backups in {region} is {when}", f"{SUPPORT} {database}")
    return fine(f"{region} has a copy of {database}'s backups until {_ago(latest, now)}")


def _newest(name: str, snapshots: list["DBSnapshotTypeDef"], created: datetime, now: datetime) -> Finding:
    taken = [one["SnapshotCreateTime"] for one in snapshots if "SnapshotCreateTime" in one]
    if taken and now - max(taken) <= DAILY:
        return fine(f"the newest daily snapshot of {name} was taken {_ago(max(taken), now)}")
    if not taken and now - created <= DAILY:
        return fine(f"{name} is younger than a day: its first daily snapshot is still to come")
    when = _ago(max(taken), now) if taken else "never"
    return bad(f"the newest daily snapshot of {name} was taken {when}", f"{SUPPORT} {name}")


def _ago(moment: datetime, now: datetime) -> str:
    minutes = max(0.0, (now - moment).total_seconds() / 60)
    if minutes < 120:
        return f"{minutes:.0f} min ago"
    return f"{minutes / 60:.0f} h ago" if minutes < 72 * 60 else f"{minutes / 1440:.0f} days ago"
