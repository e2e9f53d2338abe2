"""Alarms on the database and its replica, and RDS's own events."""

from constructs import Construct

from modules.architecture import aws
from modules.architecture.alarms import Alarms
from modules.architecture.database import Database
from modules.architecture.metrics import database_metric
from modules.planning.thresholds import (
    BYTES_PER_GIB,
    BYTES_PER_MIB,
    connections_threshold,
    free_storage_threshold_bytes,
    freeable_memory_threshold_bytes,
)
from modules.settings import Alarms as AlarmsSettings, Database as DatabaseSettings

SLOW_DISK_SECONDS = 0.02
"""Amazon CloudWatch User Guide, "Best practice alarm recommendations": more than 20 ms calls for an investigation."""
REPLICA_LAG_SECONDS = 30
"""LiteLLM reads keys and budgets from the replica: a key that was blocked is good for as long as this."""
EVENTS = ("availability", "failover", "failure", "low storage", "maintenance", "read replica", "recovery")
"""Amazon RDS User Guide, "Amazon RDS event categories and event messages"."""
CREDITS_PERIOD_SECONDS = 300
"""RDS reports CPU credits every five minutes."""


class DatabaseAlarms(Construct):
    """CPU, connections, memory, storage and disks of each instance, the replica's lag, and events of RDS."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        alarms: Alarms,
        database: Database,
        settings: DatabaseSettings,
        thresholds: AlarmsSettings,
    ) -> None:
        super().__init__(scope, id_)
        self._alarms = alarms
        self._settings = settings
        self._thresholds = thresholds
        self._add(database.identifier, settings.instance_class)
        if settings.read_replica and database.read_replica_identifier:
            replica = database.read_replica_identifier
            self._add(replica, settings.read_replica.instance_class or settings.instance_class, of="replica")
            alarms.add(
                self,
                "replica_lag",
                meaning="redundancy lost",
                description=f"The replica is more than {REPLICA_LAG_SECONDS} s behind, or does not follow at all",
                watched=database_metric(replica, "ReplicaLag", "Maximum"),
                comparison="GreaterThanThreshold",
                threshold=REPLICA_LAG_SECONDS,
                minutes=5,
                missing="breaching",
            )
        aws.db_event_subscription.DbEventSubscription(
            self,
            "events",
            name=f"{name}-database",
            sns_topic=alarms.topic_arn,
            source_type="db-instance",
            source_ids=[
                identifier for identifier in (database.identifier, database.read_replica_identifier) if identifier
            ],
            event_categories=list(EVENTS),
        )

    def _add(self, identifier: str, instance_class: str, *, of: str = "") -> None:
        """The alarms that every instance has."""
        which, settings, thresholds = of or "database", self._settings, self._thresholds
        self._alarms.add(
            self,
            "database_cpu",
            of=of,
            meaning="filling up",
            description=f"The {which} uses more than {thresholds.database_cpu_percent} % of its CPU",
            watched=database_metric(identifier, "CPUUtilization", "Average"),
            comparison="GreaterThanThreshold",
            threshold=thresholds.database_cpu_percent,
            minutes=5,
            missing="missing",
        )
        most = settings.parameters.max_connections
        connections = connections_threshold(most, thresholds.database_connections_percent)
        self._alarms.add(
            self,
            "database_connections",
            of=of,
            meaning="filling up",
            description=f"The {which} has more than {connections} of {most} connections open",
            watched=database_metric(identifier, "DatabaseConnections", "Maximum"),
            comparison="GreaterThanThreshold",
            threshold=connections,
            minutes=3,
            missing="missing",
        )
        storage = free_storage_threshold_bytes(
            settings.storage_gib, thresholds.storage_free_percent, grows=settings.maximum_storage_gib is not None
        )
        self._alarms.add(
            self,
            "database_storage",
            of=of,
            meaning="filling up",
            description=f"The {which} has less than {storage / BYTES_PER_GIB:g} GiB of storage left",
            watched=database_metric(identifier, "FreeStorageSpace", "Minimum"),
            comparison="LessThanThreshold",
            threshold=storage,
            minutes=10,
            missing="missing",
        )
        memory = freeable_memory_threshold_bytes(settings.parameters.shared_buffers_mib)
        self._alarms.add(
            self,
            "database_memory",
            of=of,
            meaning="filling up",
            description=f"The {which} has less than {memory / BYTES_PER_MIB:g} MiB of memory left",
            watched=database_metric(identifier, "FreeableMemory", "Minimum"),
            comparison="LessThanThreshold",
            threshold=memory,
            minutes=10,
            missing="missing",
        )
        for direction in ("read", "write"):
            self._alarms.add(
                self,
                f"database_{direction}_latency",
                of=of,
                meaning="cause",
                description=f"A {direction} of the {which}'s storage takes longer than {SLOW_DISK_SECONDS * 1000:g} ms",
                watched=database_metric(identifier, f"{direction.capitalize()}Latency", "Average"),
                comparison="GreaterThanThreshold",
                threshold=SLOW_DISK_SECONDS,
                minutes=10,
                missing="missing",
            )
        if instance_class.startswith("db.t"):
            self._alarms.add(
                self,
                "database_cpu_credits",
                of=of,
                meaning="filling up",
                description=f"The {which} has used up its CPU credits: more CPU is billed",
                watched=database_metric(identifier, "CPUSurplusCreditsCharged", "Maximum"),
                comparison="GreaterThanThreshold",
                threshold=0,
                minutes=15,
                period_seconds=CREDITS_PERIOD_SECONDS,
                missing="notBreaching",
            )
