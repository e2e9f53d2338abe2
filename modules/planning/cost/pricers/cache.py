"""ElastiCache."""

from modules.planning.cost.lines import Component
from modules.planning.cost.month import Charged, Month
from modules.planning.cost.terraform_json import Resource


def group(group: Resource, month: Month) -> Charged:
    nodes = float(group.get("num_cache_clusters") or 0)
    if not nodes:
        nodes = float(group.get("num_node_groups", 1)) * (1 + float(group.get("replicas_per_node_group", 0)))
    engine, node = group.get("engine", "redis"), group.get("node_type")
    yield from month.charge(
        group,
        Component.CACHE,
        "node hours",
        f"elasticache.{engine}.{node}",
        nodes * month.hours,
        f"{nodes:g} nodes of {node} with {engine}, {month.hours:g} h",
    )
    snapshots = month.at(month.usage.cache.snapshot_gb)
    yield from month.charge(
        group,
        Component.CACHE,
        "snapshots",
        "elasticache.backup_gb",
        snapshots * month.months,
        f"{snapshots:g} GB beyond the free one",
    )
