"""S3: what is kept in each bucket, by who writes it and how long it stays."""

from collections.abc import Iterator
from dataclasses import dataclass

from modules.planning.cost.lines import Component
from modules.planning.cost.month import BYTES_PER_GB, DAYS_PER_MONTH, KB_PER_GB, Charged, Month
from modules.planning.cost.pricers.network import task_log_gb
from modules.planning.cost.terraform_json import Json, Plan, Resource

COMPRESSED = 0.1
"""Share that gzip leaves of lines of text or JSON that repeat each other."""
FOREVER_DAYS = 365
"""Where nothing expires, a year of it stands for what has gathered."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    what: str
    prefix: str
    gb: float
    because: str
    by_traffic: bool = False


def bucket(bucket: Resource, month: Month) -> Charged:
    for stored in _writers(bucket, month):
        days, cold_after = kept_days(month.plan, bucket, stored.prefix)
        warm_days = min(days, cold_after)
        for temperature, key, span in (
            ("", "s3.standard_gb", warm_days),
            (", cold", "s3.glacier_ir_gb", days - warm_days),
        ):
            yield from month.charge(
                bucket,
                Component.STORAGE,
                f"{stored.what}{temperature}",
                key,
                stored.gb * span / DAYS_PER_MONTH * month.months,
                f"{stored.because}: {stored.gb:,.2f} GB a month, {span:g} days of it; less until they have passed",
                by_traffic=stored.by_traffic,
            )
    usage = month.usage.storage
    for what, key, quantity in (
        ("other objects", "s3.standard_gb", month.at(usage.other_objects_gb)),
        ("writes", "s3.write", month.at(usage.writes)),
        ("reads", "s3.read", month.at(usage.reads)),
    ):
        yield from month.charge(
            bucket, Component.STORAGE, what, key, quantity * month.months, f"{quantity:,g}, as the usage states"
        )


def _writers(bucket: Resource, month: Month) -> Iterator[Stored]:
    plan, usage = month.plan, month.usage
    for balancer in plan.of("aws_lb"):
        logs = balancer.block("access_logs")
        if logs.get("enabled") and _is_in(plan, balancer, "access_logs", bucket):
            each = month.at(usage.logs.access_log_bytes)
            yield Stored(
                what="load balancer's log",
                prefix=str(logs.get("prefix") or ""),
                gb=month.requests * each * COMPRESSED / BYTES_PER_GB,
                because=f"{each:g} bytes for each of {month.requests_because}, compressed to {COMPRESSED:.0%}",
                by_traffic=True,
            )
    for trail in plan.of("aws_cloudtrail"):
        if _is_in(plan, trail, "s3_bucket_name", bucket):
            events = month.at(usage.audit.management_events) + month.at(usage.audit.data_events)
            yield Stored(
                what="audit trail",
                prefix=str(trail.get("s3_key_prefix", "")),
                gb=events * month.months * month.at(usage.audit.event_kb) * COMPRESSED / KB_PER_GB,
                because=f"{events:,.0f} events, compressed to {COMPRESSED:.0%}",
            )
    for stream in plan.of("aws_kinesis_firehose_delivery_stream"):
        if _is_in(plan, stream, "extended_s3_configuration", bucket):
            prefix = str(stream.block("extended_s3_configuration").get("prefix") or "")
            yield Stored(
                what="LiteLLM's log",
                prefix=prefix.partition("/")[0],
                gb=task_log_gb(month) * COMPRESSED,
                because=f"LiteLLM's lines, compressed to {COMPRESSED:.0%}",
                by_traffic=True,
            )


def _is_in(plan: Plan, writer: Resource, attribute: str, bucket: Resource) -> bool:
    """Whether a writer's bucket is this one; it may name the bucket's policy, which has to be there first."""
    named = writer.references.get(attribute, ())
    policies = [one for one in plan.of("aws_s3_bucket_policy") if one.configured in named]
    through = [address for policy in policies for address in policy.references.get("bucket", ())]
    return bucket.configured in (*named, *through)


def kept_days(plan: Plan, bucket: Resource, prefix: str) -> tuple[float, float]:
    """Days until an object with the prefix expires, and days until it moves to cold storage."""
    days, cold_after = float(FOREVER_DAYS), float("inf")
    for lifecycle in plan.referring("aws_s3_bucket_lifecycle_configuration", "bucket", bucket):
        for rule in lifecycle.blocks("rule"):
            filtered = str(_first(rule.get("filter")).get("prefix") or "")
            if not filtered or not f"{prefix}/".startswith(filtered):
                continue
            days = float(_first(rule.get("expiration")).get("days") or days)
            for transition in _list(rule.get("transition")):
                if transition.get("storage_class") == "GLACIER_IR":
                    cold_after = float(transition.get("days") or 0)
    return days, cold_after


def _list(block: Json | list[Json] | None) -> list[Json]:
    return block if isinstance(block, list) else [block] if block else []


def _first(block: Json | list[Json] | None) -> Json:
    return (_list(block) or [{}])[0]
