"""ElastiCache's metrics of a node, once in every minute, out of what Redis says of itself.

What each one is made of: ElastiCache User Guide, "Metrics for Valkey and Redis OSS".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from modules.rehearsal import metrics


def values(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[float, str]]:
    """Values and units by the metrics' names.

    Args:
        before: Redis' INFO at the end of the minute before; of another process, it counts from its start.
        after: and at this one's.
    """
    started_microseconds = after["server_time_usec"] - after["uptime_in_seconds"] * 1_000_000
    if before.get("run_id") != after["run_id"]:
        before = {"server_time_usec": started_microseconds}

    def more(name: str) -> float:
        return float(after[name]) - float(before.get(name, 0))

    cpu_seconds = more("used_cpu_user_main_thread") + more("used_cpu_sys_main_thread")
    elapsed_seconds = max(more("server_time_usec") / 1_000_000, 0.1)
    found = {
        "BytesUsedForCache": (float(after["used_memory"]), "Bytes"),
        "CacheHits": (more("keyspace_hits"), "Count"),
        "CacheMisses": (more("keyspace_misses"), "Count"),
        "CurrConnections": (float(after["connected_clients"]), "Count"),
        "EngineCPUUtilization": (min(100 * cpu_seconds / elapsed_seconds, 100), "Percent"),
        "Evictions": (more("evicted_keys"), "Count"),
    }
    if after["maxmemory"]:
        found["DatabaseMemoryUsagePercentage"] = (100 * after["used_memory"] / after["maxmemory"], "Percent")
    if after["role"] == "slave":
        up = after["master_link_status"] == "up"
        lag = after["master_last_io_seconds_ago" if up else "master_link_down_since_seconds"]
        found["ReplicationLag"] = (max(float(lag), 0), "Seconds")
    return found


def report(region: str, node: str, measured: Mapping[str, tuple[float, str]], minute: datetime) -> None:
    for name, (value, unit) in measured.items():
        metrics.put(region, "AWS/ElastiCache", name, {"CacheClusterId": node}, [value], unit, minute)
