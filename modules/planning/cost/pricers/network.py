"""NAT gateways, public addresses, and endpoints of AWS's services."""

from modules.planning.cost.lines import Component
from modules.planning.cost.month import MB_PER_GB, Charged, Month
from modules.planning.cost.pricers.load_test import gb_through_nat
from modules.planning.cost.terraform_json import Resource
from modules.planning.cost.traffic import flows, service, tasks


def nat(gateway: Resource, month: Month) -> Charged:
    yield from month.charge(
        gateway, Component.NETWORK, "hours", "nat.hour", month.hours, f"{month.hours:g} h", region=gateway.region
    )
    gateways = len(month.plan.of("aws_nat_gateway"))
    through = nat_flows(month)
    for what, gb, because, by_traffic in (
        ("prompts and answers", through.requests, "to LLM providers and back: " + month.requests_because, True),
        ("images", through.images, "pulled by tasks that start", False),
        ("logs", through.logs, "written to CloudWatch, which has no endpoint in the VPC", True),
        ("load tests", through.load_tests, "from load tests' machines to the load balancer and back", False),
    ):
        share = "" if gateways == 1 else f"; an equal share of {gateways} gateways"
        yield from month.charge(
            gateway,
            Component.NETWORK,
            f"bytes: {what}",
            "nat.gb",
            gb / gateways,
            because + share,
            by_traffic=by_traffic,
        )


class NatFlows:
    """GB through all NAT gateways together; none where the tasks have public addresses of their own."""

    def __init__(self, month: Month) -> None:
        found = service(month.plan)
        public = found is not None and bool(found.block("network_configuration").get("assign_public_ip"))
        used = bool(month.plan.of("aws_nat_gateway")) and found is not None and not public
        moving = flows(month)
        self.requests = moving.to_providers + moving.from_providers if used else 0.0
        self.images = month.at(month.usage.tasks.starts) * month.at(month.usage.tasks.image_gb) if used else 0.0
        self.logs = task_log_gb(month) if used and not has_endpoint(month, "logs") else 0.0
        self.load_tests = gb_through_nat(month) if used else 0.0

    @property
    def gb(self) -> float:
        return self.requests + self.images + self.logs + self.load_tests


def nat_flows(month: Month) -> NatFlows:
    return NatFlows(month)


def task_log_gb(month: Month) -> float:
    """What LiteLLM's tasks write to their log group."""
    found = service(month.plan)
    if found is None:
        return 0
    logs = month.usage.logs
    by_requests = month.requests * month.at(logs.bytes_per_request) / 1e9
    return by_requests + tasks(month, found) * month.at(logs.mb_per_task_per_day) * month.days / MB_PER_GB


def has_endpoint(month: Month, name: str) -> bool:
    return any(one.get("service_name", "").endswith(f".{name}") for one in month.plan.of("aws_vpc_endpoint"))


def address(address: Resource, month: Month) -> Charged:
    """Charged whether in use or not (Amazon VPC pricing, "Public IPv4 address")."""
    yield from month.charge(
        address, Component.NETWORK, "public IPv4 of a NAT gateway", "ipv4.hour", month.hours, f"{month.hours:g} h"
    )


def endpoint(endpoint: Resource, month: Month) -> Charged:
    kind = endpoint.get("vpc_endpoint_type", "Gateway")
    if kind == "Gateway":
        return
    if kind != "Interface":
        yield month.not_priced(endpoint, f"an endpoint of the type {kind} has no pricer")
        return
    zones = max(1, len(endpoint.get("subnet_ids") or endpoint.references.get("subnet_ids", ())))
    yield from month.charge(
        endpoint,
        Component.NETWORK,
        "hours",
        "endpoint.hour",
        zones * month.hours,
        f"in {zones} zones, {month.hours:g} h",
    )
    name = endpoint.get("service_name", "").split(".")[-1]
    gb, because = (task_log_gb(month), "what the tasks log") if name == "logs" else (0.01, "some small requests")
    yield from month.charge(endpoint, Component.NETWORK, "bytes", "endpoint.gb", gb, because, by_traffic=name == "logs")


def private_names(namespace: Resource, month: Month) -> Charged:
    """Cloud Map keeps a private zone of Route 53's for it. Queries are left out: a name that is asked for again every
    ten seconds by some processes costs cents a month (Amazon Route 53 pricing)."""
    yield from month.charge(
        namespace, Component.NETWORK, "private DNS zone", "route53.zone", month.months, "a zone, by the month"
    )
