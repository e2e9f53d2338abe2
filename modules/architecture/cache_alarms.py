"""Alarms on the cache's nodes."""

from constructs import Construct

from modules.architecture.alarms import Alarms
from modules.architecture.metrics import cache_metric
from modules.settings import Alarms as AlarmsSettings, Cache as CacheSettings

ENGINE_CPU_PERCENT = 90
"""Amazon ElastiCache User Guide, "Which metrics should I monitor?": the engine has one thread for its commands."""
REPLICATION_LAG_SECONDS = 10
"""What a failover would lose: limits and spend of this long."""


class CacheAlarms(Construct):
    """Each node's memory, engine and evictions; with replicas their lag, whichever node is the primary."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alarms: Alarms,
        member_ids: list[str],
        settings: CacheSettings,
        thresholds: AlarmsSettings,
    ) -> None:
        super().__init__(scope, id_)
        for number, member in enumerate(member_ids, start=1):
            node = f"{number:03}"
            alarms.add(
                self,
                "cache_memory",
                of=node,
                meaning="filling up",
                description=f"Node {node} of the cache uses more than {thresholds.memory_percent} % of its memory",
                watched=cache_metric(member, "DatabaseMemoryUsagePercentage", "Maximum"),
                comparison="GreaterThanThreshold",
                threshold=thresholds.memory_percent,
                minutes=5,
                missing="missing",
            )
            alarms.add(
                self,
                "cache_evictions",
                of=node,
                meaning="cause",
                description=f"Node {node} of the cache drops limits and spend for want of memory",
                watched=cache_metric(member, "Evictions", "Sum"),
                comparison="GreaterThanThreshold",
                threshold=0,
                minutes=1,
                missing="notBreaching",
            )
            alarms.add(
                self,
                "cache_cpu",
                of=node,
                meaning="filling up",
                description=f"Node {node} of the cache uses more than {ENGINE_CPU_PERCENT} % of its engine's CPU",
                watched=cache_metric(member, "EngineCPUUtilization", "Average"),
                comparison="GreaterThanThreshold",
                threshold=ENGINE_CPU_PERCENT,
                minutes=5,
                missing="missing",
            )
            if settings.nodes > 1:
                alarms.add(
                    self,
                    "cache_lag",
                    of=node,
                    meaning="redundancy lost",
                    description=f"Node {node} of the cache is more than {REPLICATION_LAG_SECONDS} s behind the primary",
                    watched=cache_metric(member, "ReplicationLag", "Maximum"),
                    comparison="GreaterThanThreshold",
                    threshold=REPLICATION_LAG_SECONDS,
                    minutes=5,
                    # The primary has no lag to report.
                    missing="notBreaching",
                )
