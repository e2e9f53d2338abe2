"""The same assumptions as a usage file of Infracost, for those who compare with it.

Its keys: infracost/infracost, infracost-usage-example.yml. It has none for the tasks' number, ARM, Spot or public
addresses, and prices none of them.
"""

from collections import defaultdict
from typing import Any

from modules.planning.cost.lines import Estimate, Line
from modules.planning.cost.month import Month
from modules.planning.cost.pricers.load_balancer import rules_processed
from modules.planning.cost.terraform_json import Plan
from modules.planning.cost.traffic import flows

VERSION = "0.1"

_BY_PRICE = {
    "elasticache.backup_gb": "snapshot_storage_size_gb",
    "endpoint.gb": "monthly_data_processed_gb",
    "firehose.ingested_gb": "monthly_data_ingested_gb",
    "logs.scanned_gb": "monthly_data_scanned_gb",
    "logs.stored_gb": "storage_gb",
    "nat.gb": "monthly_data_processed_gb",
    "rds.backup_gb": "additional_backup_storage_gb",
    "rds.cpu_credit_vcpu_hour": "monthly_cpu_credit_hrs",
    "secrets.request": "monthly_requests",
    "waf.request": "monthly_requests",
    "cloudtrail.data_event": "monthly_data_events",
}
_OF_LOG_GROUPS = {"logs.ingested_gb", "logs.vended_gb"}
_OF_BUCKETS = {
    "s3.standard_gb": "storage_gb",
    "s3.write": "monthly_tier_1_requests",
    "s3.read": "monthly_tier_2_requests",
}


def usage_file(estimate: Estimate, month: Month) -> dict[str, Any]:
    """The content of `infracost-usage.yml`.

    Args:
        month: that the estimate was made for.
    """
    usage: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for line in estimate.lines:
        if line.address.startswith("aws_"):
            _add(usage[line.address], line)
    for balancer in month.plan.of("aws_lb"):
        usage[balancer.address] = _balancer(month)
    usage[f"aws_data_transfer.{month.plan.region}"] = _transfer(estimate, month.plan)
    return {
        "version": VERSION,
        "resource_usage": {address: _rounded(keys) for address, keys in sorted(usage.items()) if keys},
    }


def _add(keys: dict[str, Any], line: Line) -> None:
    if line.address.startswith("aws_s3_bucket."):
        if key := _OF_BUCKETS.get(line.price.key):
            standard = keys.setdefault("standard", {})
            standard[key] = standard.get(key, 0) + line.quantity
        return
    key = _BY_PRICE.get(line.price.key)
    if line.price.key in _OF_LOG_GROUPS and line.address.startswith("aws_cloudwatch_log_group."):
        key = "monthly_data_ingested_gb"
    if key:
        keys[key] = keys.get(key, 0) + line.quantity


def _balancer(month: Month) -> dict[str, float]:
    """Infracost takes mean numbers of connections and evaluations per second, and the month's GB."""
    traffic = month.usage.traffic
    per_second = month.at(traffic.requests_per_second)
    connections = per_second / max(1, month.at(traffic.requests_per_connection))
    return {
        "new_connections": connections,
        "active_connections": connections * month.at(traffic.connection_seconds),
        "processed_bytes_gb": flows(month).prompts + flows(month).answers,
        "rule_evaluations": per_second * rules_processed(month),
    }


def _transfer(estimate: Estimate, plan: Plan) -> dict[str, Any]:
    def gb(key: str) -> float:
        return sum(line.quantity for line in estimate.lines if line.price.key == key)

    return {
        "region": plan.region,
        "monthly_outbound_internet_gb": gb("transfer.internet_gb"),
        "monthly_intra_region_gb": gb("transfer.zone_gb"),
        "monthly_outbound_other_regions_gb": gb("transfer.region_gb"),
    }


def _rounded(keys: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _rounded(value) if isinstance(value, dict) else round(value, 3) if isinstance(value, float) else value
        for key, value in keys.items()
    }
