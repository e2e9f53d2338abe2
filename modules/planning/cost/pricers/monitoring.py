"""Alarms, dashboards, metrics, and who is told."""

from modules.planning.cost.lines import Component
from modules.planning.cost.month import KB_PER_GB, Charged, Month
from modules.planning.cost.terraform_json import Resource
from modules.planning.cost.traffic import service, tasks

HIGH_RESOLUTION_SECONDS = 60
"""Amazon CloudWatch pricing: an alarm with a shorter period is one of high resolution."""
OVERHEAD_METRICS = 2
"""Series that the callback writes: the overhead and the number of requests."""


def alarm(alarm: Resource, month: Month) -> Charged:
    """Charged for each metric that it looks at, not for the alarm (Amazon CloudWatch pricing)."""
    queries = [query["metric"] for query in alarm.blocks("metric_query") if query.get("metric")]
    metrics = [one[0] if isinstance(one, list) else one for one in queries] or [alarm.values]
    fast = any(float(metric.get("period") or HIGH_RESOLUTION_SECONDS) < HIGH_RESOLUTION_SECONDS for metric in metrics)
    yield from month.charge(
        alarm,
        Component.MONITORING,
        "alarm",
        "cloudwatch.alarm_high_resolution" if fast else "cloudwatch.alarm",
        len(metrics) * month.months,
        f"{len(metrics)} metrics looked at" if len(metrics) > 1 else "one metric looked at",
    )


def composite_alarm(alarm: Resource, month: Month) -> Charged:
    yield from month.charge(
        alarm, Component.MONITORING, "composite alarm", "cloudwatch.alarm_composite", month.months, "one"
    )


def dashboard(dashboard: Resource, month: Month) -> Charged:
    yield from month.charge(
        dashboard,
        Component.MONITORING,
        "dashboard",
        "cloudwatch.dashboard",
        month.months,
        "one; an account's first three cost nothing, which other teams may use",
    )


def log_metric(filter_: Resource, month: Month) -> Charged:
    count = len(filter_.blocks("metric_transformation"))
    yield from month.charge(
        filter_, Component.MONITORING, "metric from logs", "cloudwatch.metric", count * month.months, "one series"
    )


def overhead_metric(object_: Resource, month: Month) -> Charged:
    """LiteLLM's callback is a file in S3; where it is, it writes metrics through the log."""
    key = str(object_.get("key", ""))
    if key.startswith("overhead_metric") and key.endswith(".py"):
        yield from month.charge(
            object_,
            Component.MONITORING,
            "metrics of LiteLLM",
            "cloudwatch.metric",
            OVERHEAD_METRICS * month.months,
            f"{OVERHEAD_METRICS} series of the environment",
        )


def container_insights(cluster: Resource, month: Month) -> Charged:
    value = next((one["value"] for one in cluster.blocks("setting") if one["name"] == "containerInsights"), "disabled")
    if value == "disabled":
        return
    if value != "enabled":
        yield month.not_priced(cluster, f"Container Insights of the kind {value} has no pricer")
        return
    series = month.at(month.usage.monitoring.container_insights_metrics)
    yield from month.charge(
        cluster,
        Component.MONITORING,
        "Container Insights, metrics",
        "cloudwatch.metric",
        series * month.months,
        f"{series:g} series of cluster, service and task family",
    )
    found = service(month.plan)
    writers = 2 + 2 * tasks(month, found) if found else 2
    kb = month.at(month.usage.monitoring.container_insights_event_kb)
    yield from month.charge(
        cluster,
        Component.MONITORING,
        "Container Insights, events",
        "logs.ingested_gb",
        writers * month.hours * 60 * kb / KB_PER_GB,
        f"{writers:g} events of {kb:g} kB a minute: cluster, service, each task and its container",
    )


def topic(topic: Resource, month: Month) -> Charged:
    sent = month.at(month.usage.monitoring.notifications)
    yield from month.charge(
        topic, Component.MONITORING, "notifications", "sns.email", sent * month.months, f"{sent:g} mails"
    )
