"""From synthesized Terraform to what its picture shows."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Json = Mapping[str, Any]
Kind = Literal["network", "compute", "data", "storage", "security", "watching", "outside"]
REFERENCE = re.compile(r"\$\{(\w+)\.([\w-]+)\.\w+}")


class PictureError(Exception):
    """The architecture has a shape that the picture does not know; the message is for the person who asked."""


@dataclass(frozen=True)
class Block:
    """A box of the picture; the kind of what it stands for gives it its colour."""

    kind: Kind
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Zone:
    """An availability zone, its subnets' addresses by `public`, `private` and `isolated`, and what stands in it."""

    name: str
    subnets: Mapping[str, str]
    nat_gateway: bool
    tasks: Block
    database: Block | None
    cache: Block | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that the picture shows.

    Attributes:
        endpoints: ways to AWS's services that do not leave the VPC.
        services: what the region has outside of the VPC.
        copies: what the second region holds; nothing without one.
    """

    environment: str
    region: str
    vpc: str
    firewall: Block | None
    load_balancer: Block
    zones: tuple[Zone, ...]
    endpoints: Block | None
    services: tuple[Block, ...]
    second_region: str
    copies: tuple[Block, ...]


class Stack:
    """Questions to a stack's JSON."""

    def __init__(self, content: Json) -> None:
        self._resources: Json = content["resource"]
        self.regions: list[str] = [provider["region"] for provider in content["provider"]["aws"]]

    def all(self, type_: str, *, elsewhere: bool = False) -> dict[str, Json]:
        """Resources of a type by name, of the stack's own region or of the second one."""
        return {name: one for name, one in self._resources.get(type_, {}).items() if ("provider" in one) == elsewhere}

    def only(self, type_: str) -> Json:
        """The one resource of the type; empty when there is none."""
        return next(iter(self.all(type_).values()), {})

    def at(self, expression: str) -> Json:
        """The resource that an expression is an attribute of."""
        match = REFERENCE.fullmatch(expression)
        if match is None:
            raise PictureError(f"{expression} is not of this stack: a VPC of somebody else cannot be drawn")
        found: Json = self._resources[match[1]][match[2]]
        return found

    def count(self, one: str, *types: str) -> str:
        """How many resources of the types there are, in words; nothing for none."""
        return counted(sum(len(self.all(type_)) for type_ in types), one)

    def names(self, type_: str, *, elsewhere: bool = False) -> list[str]:
        """What the resources are for: their names without those of the constructs that hold them."""
        return sorted(
            re.sub(r"^(secrets|keys|second_region)_|_bucket$", "", name).replace("_", " ")
            for name in self.all(type_, elsewhere=elsewhere)
        )


def read_facts(environment: str, content: Json, state: Json) -> Facts:
    """What the picture of an environment shows; `state` is the stack that holds Terraform's states.

    Raises:
        PictureError: the load balancer is internal, or the VPC is somebody else's.
    """
    stack, states = Stack(content), Stack(state)
    if stack.only("aws_lb")["internal"]:
        raise PictureError("an internal load balancer cannot be drawn")
    return Facts(
        environment=environment,
        region=stack.regions[0],
        vpc=stack.at(stack.only("aws_lb_target_group")["vpc_id"])["cidr_block"],
        firewall=_firewall(stack.only("aws_wafv2_web_acl")),
        load_balancer=_load_balancer(stack),
        zones=_zones(stack),
        endpoints=_endpoints(stack),
        services=_services(stack, states),
        second_region=next(iter(stack.regions[1:]), ""),
        copies=_copies(stack, states),
    )


def counted(number: int, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}" if number else ""


def listed(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)


def _firewall(firewall: Json) -> Block | None:
    if not firewall:
        return None
    limits = [
        f"at most {limit['limit']:,} requests of one client in {limit['evaluation_window_sec']} s"
        for rule in firewall["rule"]
        if (limit := rule["statement"].get("rate_based_statement"))
    ]
    return Block("security", "WAF", (listed([counted(len(firewall["rule"]), "rule"), *limits]),))


def _load_balancer(stack: Stack) -> Block:
    ports = sorted(f"{one['protocol']} {one['port']}" for one in stack.all("aws_lb_listener").values())
    check = stack.only("aws_lb_target_group")["health_check"]
    rules = stack.count("listener rule", "aws_lb_listener_rule")
    health = f"checks {check['path']} every {check['interval']} s, unhealthy after {check['unhealthy_threshold']}"
    return Block("network", "Application Load Balancer", (listed([*ports, rules, health]),))


def _zones(stack: Stack) -> tuple[Zone, ...]:
    """Tasks are spread evenly, as ECS does; the first zone stands for those that AWS chooses for the primaries."""
    subnets = stack.all("aws_subnet")
    names = sorted({subnet["availability_zone"] for subnet in subnets.values()})
    nat_gateways = {stack.at(nat["subnet_id"])["availability_zone"] for nat in stack.all("aws_nat_gateway").values()}
    return tuple(
        Zone(
            name=name,
            subnets={
                address.split("_")[1]: subnet["cidr_block"]
                for address, subnet in subnets.items()
                if subnet["availability_zone"] == name
            },
            nat_gateway=name in nat_gateways,
            tasks=_tasks(stack, index, len(names)),
            database=_database(stack, index),
            cache=_cache(stack.only("aws_elasticache_replication_group"), index, len(names)),
        )
        for index, name in enumerate(names)
    )


def _tasks(stack: Stack, index: int, zones: int) -> Block:
    # A load test's fake LLM provider is a service as well, and no part of the architecture.
    (service,) = (one for one in stack.all("aws_ecs_service").values() if one.get("load_balancer"))
    task = stack.at(service["task_definition"])
    (container,) = json.loads(task["container_definitions"])
    command, (port,) = container["command"], container["portMappings"]
    workers = int(command[command.index("--num_workers") + 1])
    wanted = service["desired_count"]
    scaling = stack.only("aws_appautoscaling_target")
    return Block(
        "compute",
        "LiteLLM on ECS Fargate",
        (
            f"{wanted // zones + (index < wanted % zones)} of {counted(wanted, 'task')}"
            + (f", scaled from {scaling['min_capacity']} to {scaling['max_capacity']}" if scaling else ""),
            f"{int(task['cpu']) / 1024:g} vCPU {task['runtime_platform']['cpu_architecture'].lower()}, "
            f"{int(task['memory']) / 1024:g} GiB, {counted(workers, 'worker')} each",
            f"port {port['containerPort']}",
        ),
    )


def _database(stack: Stack, index: int) -> Block | None:
    instances = stack.all("aws_db_instance").values()
    (primary,) = (one for one in instances if "replicate_source_db" not in one)
    replicas = [one for one in instances if "replicate_source_db" in one]
    if index == 0:
        standing = {"primary": primary}
    elif index == 1:
        standing = {"standby": primary} if primary["multi_az"] else {}
        standing |= {"replica": replicas[0]} if replicas else {}
    else:
        standing = {}
    if not standing:
        return None
    classes = listed(dict.fromkeys(one["instance_class"] for one in standing.values()))
    growth = f" to {primary['max_allocated_storage']}" if "max_allocated_storage" in primary else ""
    return Block(
        "data",
        f"RDS PostgreSQL {primary['engine_version']} {listed(standing)}",
        (
            classes,
            f"{primary['allocated_storage']}{growth} GiB {primary['storage_type']}, port {primary['port']}",
        ),
    )


def _cache(group: Json, index: int, zones: int) -> Block | None:
    nodes = len(range(index, group.get("num_cache_clusters", 0), zones))
    if not nodes:
        return None
    role = "primary" if index == 0 else "replica"
    title = f"ElastiCache {group['engine'].capitalize()} {group['engine_version']} {role}"
    # The zone's first node gives the box its title.
    others = counted(nodes - 1, "further replica")
    return Block("data", title, (f"{group['node_type']}, port {group['port']}", others))


def _endpoints(stack: Stack) -> Block | None:
    endpoints = stack.all("aws_vpc_endpoint").values()
    names = (f"{one['service_name'].split('.', 3)[3]} ({one['vpc_endpoint_type'].lower()})" for one in endpoints)
    return Block("network", "VPC endpoints", (listed(sorted(names)),)) if endpoints else None


def _services(stack: Stack, states: Stack) -> tuple[Block, ...]:
    trail, budget = stack.only("aws_cloudtrail"), stack.only("aws_budgets_budget")
    buckets = stack.names("aws_s3_bucket") + ["Terraform's state"] * len(states.all("aws_s3_bucket"))
    watching = [
        stack.count("alarm", "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"),
        stack.count("dashboard", "aws_cloudwatch_dashboard"),
    ]
    notices = [stack.count("rule", "aws_cloudwatch_event_rule"), stack.count("topic", "aws_sns_topic")]
    return _those_with_a_line(
        Block("network", "Route 53 and ACM", (stack.only("aws_acm_certificate").get("domain_name", ""),)),
        Block("security", "Secrets Manager", (listed(stack.names("aws_secretsmanager_secret")),)),
        Block("security", "KMS", (_keys(stack.names("aws_kms_key")),)),
        Block("security", "IAM", (stack.count("role", "aws_iam_role"),)),
        Block("storage", "S3", (listed(buckets),)),
        Block("storage", "Data Firehose", (stack.count("stream", "aws_kinesis_firehose_delivery_stream"),)),
        Block("watching", "CloudWatch", (listed(watching), stack.count("log group", "aws_cloudwatch_log_group"))),
        Block("watching", "EventBridge and SNS", (listed(notices),)),
        Block("watching", "CloudTrail", (_scope(trail),)),
        Block("watching", "VPC flow logs", (_traffic(stack.only("aws_flow_log")),)),
        Block("watching", "Budgets", (f"${int(budget['limit_amount']):,} a month" if budget else "",)),
    )


def _copies(stack: Stack, states: Stack) -> tuple[Block, ...]:
    backups = stack.all("aws_db_instance_automated_backups_replication", elsewhere=True).values()
    secrets = [one for one in stack.all("aws_secretsmanager_secret").values() if "replica" in one]
    states_copies = states.all("aws_s3_bucket", elsewhere=True)
    return _those_with_a_line(
        Block("data", "RDS backups", (listed(f"kept for {one['retention_period']} days" for one in backups),)),
        Block("security", "Secrets Manager", (counted(len(secrets), "secret"),)),
        Block("security", "KMS", (_keys(stack.names("aws_kms_key", elsewhere=True)),)),
        Block("storage", "S3", ("Terraform's state" if states_copies else "",)),
    )


def _those_with_a_line(*blocks: Block) -> tuple[Block, ...]:
    return tuple(block for block in blocks if any(block.lines))


def _keys(names: list[str]) -> str:
    return f"{counted(len(names), 'key')}: {listed(names)}" if names else ""


def _scope(trail: Json) -> str:
    if not trail:
        return ""
    return "every region" if trail["is_multi_region_trail"] else "one region"


def _traffic(flow_log: Json) -> str:
    return f"{flow_log['traffic_type'].lower()} traffic" if flow_log else ""
