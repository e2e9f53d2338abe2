"""CloudWatch's log groups by who writes to them, and the stream into the archive."""

from collections.abc import Iterator
from dataclasses import dataclass

from modules.planning.cost.lines import Component
from modules.planning.cost.month import BYTES_PER_GB, DAYS_PER_MONTH, KB_PER_GB, MB_PER_GB, Charged, Month
from modules.planning.cost.pricers.load_test import load_test_runs, of_generators
from modules.planning.cost.pricers.network import task_log_gb
from modules.planning.cost.terraform_json import Resource

RECORD_STEP_KB = 5
"""Amazon Data Firehose pricing: a record of a direct put is rounded up to the next 5 kB."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What somebody writes to a log group in a month.

    Attributes:
        vended: by one of the services whose logs have a price of their own (Amazon CloudWatch pricing, "Vended Logs").
    """

    what: str
    gb: float
    because: str
    vended: bool = False
    by_traffic: bool = False


def log_group(group: Resource, month: Month) -> Charged:
    writers = list(_writers(group, month))
    if not writers:
        yield month.not_priced(group, "who writes to it, and how much, is not known")
        return
    for written in writers:
        yield from month.charge(
            group,
            Component.LOGS,
            f"ingestion: {written.what}",
            "logs.vended_gb" if written.vended else "logs.ingested_gb",
            written.gb,
            written.because,
            by_traffic=written.by_traffic,
        )
    days = float(group.get("retention_in_days", 0))
    gb = sum(written.gb for written in writers)
    share = month.at(month.usage.logs.kept_percent) / 100
    # Without a retention nothing is ever deleted: a year of it stands for what has gathered.
    kept = gb * (days or 365) / DAYS_PER_MONTH * share
    yield from month.charge(
        group,
        Component.LOGS,
        "storage",
        "logs.stored_gb",
        kept * month.months,
        f"{gb:,.2f} GB a month for {days:g} days, compressed to {share:.0%}; less until the first of them have passed",
        by_traffic=any(written.by_traffic for written in writers),
    )
    if any(written.what == "LiteLLM" for written in writers):
        scanned = month.at(month.usage.logs.scanned_gb)
        yield from month.charge(
            group, Component.LOGS, "queries", "logs.scanned_gb", scanned, f"{scanned:g} GB scanned, as the usage states"
        )


def _writers(group: Resource, month: Month) -> Iterator[Written]:
    plan, usage = month.plan, month.usage
    definitions = plan.referring("aws_ecs_task_definition", "container_definitions", group)
    if any(of_generators(definition) for definition in definitions):
        each = month.at(usage.load_tests.log_gb)
        yield Written(
            what="load tests", gb=load_test_runs(month) * each, because=f"{load_test_runs(month):g} runs of {each:g} GB"
        )
    elif definitions:
        yield Written(
            what="LiteLLM",
            gb=task_log_gb(month),
            because=f"{month.at(usage.logs.bytes_per_request):g} bytes for each of {month.requests_because}, and "
            f"{month.at(usage.logs.mb_per_task_per_day):g} MB a day for each task",
            by_traffic=True,
        )
    if plan.referring("aws_flow_log", "log_destination", group):
        flows = month.at(usage.logs.flows_per_request)
        yield Written(
            what="flow logs",
            gb=month.requests * flows * month.at(usage.logs.flow_record_bytes) / BYTES_PER_GB,
            because=f"{flows:g} records of {month.at(usage.logs.flow_record_bytes):g} bytes for each of "
            f"{month.requests_because}",
            vended=True,
            by_traffic=True,
        )
    if plan.referring("aws_wafv2_web_acl_logging_configuration", "log_destination_configs", group):
        each = month.at(usage.logs.firewall_bytes_per_request)
        yield Written(
            what="firewall",
            gb=month.requests * each / BYTES_PER_GB,
            because=f"{each:g} bytes for each of {month.requests_because}: blocked ones alone are logged",
            vended=True,
            by_traffic=True,
        )
    if plan.referring("aws_cloudtrail", "cloud_watch_logs_group_arn", group):
        events = month.at(usage.audit.management_events) + month.at(usage.audit.data_events)
        yield Written(
            what="audit trail",
            gb=events * month.months * month.at(usage.audit.event_kb) / KB_PER_GB,
            because=f"{events:,.0f} events of {month.at(usage.audit.event_kb):g} kB",
        )
    if str(group.get("name", "")).startswith("/aws/rds/"):
        # PostgreSQL writes one log; what an upgrade writes is rare and short.
        daily = month.at(usage.database.log_mb_per_day) if group.get("name", "").endswith("/postgresql") else 0
        yield Written(what="PostgreSQL", gb=daily * month.days / MB_PER_GB, because=f"{daily:g} MB a day", vended=False)
    if plan.referring("aws_kinesis_firehose_delivery_stream", "extended_s3_configuration", group):
        yield Written(what="the stream's errors", gb=0, because="none")
    if plan.referring("aws_fis_experiment_template", "log_configuration", group):
        runs = month.at(usage.drills_of_each_kind) * len(plan.of("aws_fis_experiment_template"))
        yield Written(what="drills", gb=runs * 0.0001, because=f"{runs:g} runs of 100 kB", vended=True)


def archive(stream: Resource, month: Month) -> Charged:
    """CloudWatch sends compressed batches, which count as they arrive, and are unpacked for a price of its own."""
    gb = task_log_gb(month)
    packed = gb * month.at(month.usage.logs.kept_percent) / 100
    yield from month.charge(
        stream,
        Component.LOGS,
        "ingestion",
        "firehose.ingested_gb",
        packed,
        f"{gb:,.2f} GB of LiteLLM's log, compressed, in batches well above {RECORD_STEP_KB} kB",
        by_traffic=True,
    )
    steps = [one.get("type") for block in stream.blocks("extended_s3_configuration") for one in _processors(block)]
    if "Decompression" in steps:
        yield from month.charge(
            stream, Component.LOGS, "unpacking", "firehose.unpacked_gb", gb, f"{gb:,.2f} GB", by_traffic=True
        )


def _processors(block: dict) -> list[dict]:  # type: ignore[type-arg]
    configuration = block.get("processing_configuration") or {}
    configuration = configuration[0] if isinstance(configuration, list) else configuration
    return list(configuration.get("processors") or [])
