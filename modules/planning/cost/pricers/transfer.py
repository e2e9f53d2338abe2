"""Bytes that leave the region or cross zones, beside what the devices on the way charge."""

from modules.planning.cost.lines import Component
from modules.planning.cost.month import KB_PER_GB, Charged, Month
from modules.planning.cost.pricers.network import nat_flows
from modules.planning.cost.terraform_json import Resource
from modules.planning.cost.traffic import across_zones_share, flows, serves_requests, zones


def internet(service: Resource, month: Month) -> Charged:
    """Answers to clients and prompts to providers; what comes in costs nothing (Amazon EC2 pricing, "Data Transfer").
    The first 100 GB of an account are not taken off: other things share them."""
    if not serves_requests(month.plan, service):
        return
    balancers = month.plan.of("aws_lb")
    public = any(not balancer.get("internal", False) for balancer in balancers)
    moving = flows(month)
    answers = moving.answers if public else 0.0
    yield from month.charge(
        service,
        Component.TRANSFER,
        "to the internet",
        "transfer.internet_gb",
        answers + moving.to_providers,
        f"{answers:,.1f} GB of answers and {moving.to_providers:,.1f} GB of prompts: {month.requests_because}",
        by_traffic=True,
    )


def across_zones(service: Resource, month: Month) -> Charged:
    """Between the load balancer and tasks it costs nothing; with a NAT gateway in another zone both ends are charged,
    with the database and the cache EC2's end alone (Amazon EC2, RDS and ElastiCache pricing)."""
    if not serves_requests(month.plan, service):
        return
    share = across_zones_share(month)
    gateways = len(month.plan.of("aws_nat_gateway"))
    if gateways and gateways < zones(month):
        through = nat_flows(month).gb
        yield from month.charge(
            service,
            Component.TRANSFER,
            "across zones: NAT gateway",
            "transfer.zone_gb",
            2 * through * (1 - gateways / zones(month)),
            f"{through:,.1f} GB, {1 - gateways / zones(month):.0%} from zones without a gateway, charged at both ends",
            by_traffic=True,
        )
    for what, kind, kb in (
        ("database", "aws_db_instance", month.at(month.usage.database.kb_per_request)),
        ("cache", "aws_elasticache_replication_group", month.at(month.usage.cache.kb_per_request)),
    ):
        if month.plan.of(kind):
            gb = month.requests * kb / KB_PER_GB
            yield from month.charge(
                service,
                Component.TRANSFER,
                f"across zones: {what}",
                "transfer.zone_gb",
                gb * share,
                f"{kb:g} kB a request, {share:.0%} of the tasks in another zone than the {what}",
                by_traffic=True,
            )
