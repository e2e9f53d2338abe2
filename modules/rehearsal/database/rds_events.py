"""RDS events of an instance: for DescribeEvents, and for EventBridge."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from modules.rehearsal import events
from modules.rehearsal.control_plane import LOCK

SHUTDOWN = "RDS-EVENT-0004"
RESTARTED = "RDS-EVENT-0006"
CREATED = "RDS-EVENT-0005"
DELETED = "RDS-EVENT-0003"
STOPPED = "RDS-EVENT-0087"
STARTED = "RDS-EVENT-0088"
PASSWORD_RESET = "RDS-EVENT-0016"
FAILOVER_STARTED = "RDS-EVENT-0013"
FAILOVER_TO_STANDBY_COMPLETE = "RDS-EVENT-0015"
FAILOVER_COMPLETED = "RDS-EVENT-0049"
FAILOVER_ABANDONED = "RDS-EVENT-0034"
RECOVERY_STARTED = "RDS-EVENT-0020"
RECOVERY_COMPLETE = "RDS-EVENT-0021"
MULTI_AZ_STARTED = "RDS-EVENT-0024"
MULTI_AZ_FINISHED = "RDS-EVENT-0025"
SINGLE_AZ_FINISHED = "RDS-EVENT-0029"

_CATEGORIES_AND_MESSAGES = {
    SHUTDOWN: ("availability", "DB instance shutdown"),
    RESTARTED: ("availability", "DB instance restarted"),
    CREATED: ("creation", "DB instance created"),
    DELETED: ("deletion", "DB instance deleted"),
    STOPPED: ("notification", "DB instance stopped"),
    STARTED: ("notification", "DB instance started"),
    PASSWORD_RESET: ("configuration change", "Reset master credentials"),
    FAILOVER_STARTED: ("failover", "Multi-AZ instance failover started"),
    FAILOVER_TO_STANDBY_COMPLETE: (
        "failover",
        "Multi-AZ failover to standby complete - DNS propagation may take a few minutes",
    ),
    FAILOVER_COMPLETED: ("failover", "Multi-AZ instance failover completed"),
    FAILOVER_ABANDONED: (
        "failover",
        "Abandoning user requested failover since a failover recently occurred on the database instance",
    ),
    RECOVERY_STARTED: (
        "recovery",
        "Recovery of the DB instance has started. Recovery time will vary with the amount of data to be recovered.",
    ),
    RECOVERY_COMPLETE: ("recovery", "Recovery of the DB instance is complete"),
    MULTI_AZ_STARTED: ("configuration change", "Applying modification to convert to a Multi-AZ DB instance"),
    MULTI_AZ_FINISHED: ("configuration change", "Finished applying modification to convert to a Multi-AZ DB instance"),
    SINGLE_AZ_FINISHED: (
        "configuration change",
        "Finished applying modification to convert to a standard (Single-AZ) DB instance",
    ),
}
"""RDS User Guide, "Amazon RDS event categories and event messages", table for DB instances."""


@dataclass(frozen=True)
class RecordedEvent:
    """As moto's response to DescribeEvents reads one."""

    source_identifier: str
    source_arn: str
    message: str
    event_categories: list[str]
    date: datetime
    source_type: str = "db-instance"


def record(instance: Any, event_id: str, *, listed: bool = True) -> None:
    """Records the event of moto's instance, and sends it to EventBridge (RDS User Guide, "Creating a rule that triggers
    on an Amazon RDS event").

    Args:
        listed: in DescribeEvents.
    """
    category, message = _CATEGORIES_AND_MESSAGES[event_id]
    event = RecordedEvent(
        source_identifier=instance.db_instance_identifier,
        source_arn=instance.arn,
        message=message,
        event_categories=[category],
        date=utcnow(),
    )
    if listed:
        with LOCK:
            instance.backend.events.append(event)
    events.put(
        instance.region,
        "aws.rds",
        "RDS DB Instance Event",
        [event.source_arn],
        {
            "EventCategories": event.event_categories,
            "SourceType": "DB_INSTANCE",
            "SourceArn": event.source_arn,
            "Date": event.date.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "Message": message,
            "SourceIdentifier": event.source_identifier,
            "EventID": event_id,
        },
    )
