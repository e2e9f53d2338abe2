"""A small stack as CDKTF would write it, and a book of round prices."""

from typing import Any

from modules.planning.cost.month import Month
from modules.planning.cost.prices import Price, PriceBook
from modules.planning.cost.terraform_json import Json, Plan, read_stack
from modules.settings.usage import Scenario, Usage

REGION = "us-east-1"


def price(key: str, usd: float, from_quantity: float = 0, region: str = REGION, **changed: Any) -> Price:
    row = {
        "unit": "thing",
        "service_code": "AWSThings",
        "usage_type": "Things",
        "source": "a test",
        "date": "2026-10-01",
        "confidence": "published",
    }
    return Price(key=key, usd=usd, from_quantity=from_quantity, region=region, **{**row, **changed})


BOOK = PriceBook(
    [
        price("fargate.x86_64.vcpu", 0.04),
        price("fargate.x86_64.gb", 0.004),
        price("fargate.arm64.vcpu", 0.03),
        price("fargate.arm64.gb", 0.003),
        price("fargate.spot.x86_64.vcpu", 0.01),
        price("fargate.spot.x86_64.gb", 0.001),
        price("fargate.savings_plan_1y.x86_64.vcpu", 0.03),
        price("fargate.savings_plan_1y.x86_64.gb", 0.003),
        price("alb.hour", 0.02),
        price("alb.lcu", 0.01),
        price("nat.hour", 0.05),
        price("nat.gb", 0.05),
        price("ipv4.hour", 0.005),
        price("endpoint.hour", 0.01),
        price("endpoint.gb", 0.01),
        price("rds.postgres.single_az.db.t3.medium", 0.07),
        price("rds.postgres.multi_az.db.t3.medium", 0.14),
        price("rds.gp3_gb.single_az", 0.1),
        price("rds.gp3_gb.multi_az", 0.2),
        price("rds.backup_gb", 0.1),
        price("rds.reserved_1y", 0.3, unit="share"),
        price("rds.reserved_3y", 0.6, unit="share"),
        price("elasticache.valkey.cache.t4g.small", 0.03),
        price("secrets.secret", 0.4),
        price("secrets.request", 0.00001),
        price("logs.ingested_gb", 0.5),
        price("logs.vended_gb", 0.5),
        price("logs.vended_gb", 0.25, 10_240),
        price("logs.stored_gb", 0.03),
        price("logs.scanned_gb", 0.005),
        price("cloudwatch.alarm", 0.1),
        price("cloudwatch.alarm_high_resolution", 0.3),
        price("fis.action_minute", 0.1),
        price("transfer.internet_gb", 0.09),
        price("transfer.internet_gb", 0.05, 1_000),
        price("transfer.zone_gb", 0.01),
        price("waf.acl", 5),
        price("waf.rule", 1),
        price("waf.request", 0.0000006),
    ]
)


def stack(**changed: Any) -> Json:
    """Four tasks behind a load balancer, a NAT gateway, a database; `type={"name": {...}}` adds or replaces."""
    resources: dict[str, Any] = {
        "aws_lb": {
            "lb": {"load_balancer_type": "application", "subnets": ["${aws_subnet.a.id}", "${aws_subnet.b.id}"]}
        },
        "aws_lb_listener_rule": {
            f"rule_{number}": {"priority": number, "condition": [{"path_pattern": {"values": [f"/{number}/*"]}}]}
            for number in range(1, 31)
        },
        "aws_subnet": {"a": {}, "b": {}},
        "aws_nat_gateway": {"nat": {}},
        "aws_eip": {"nat": {"domain": "vpc"}},
        "aws_ecs_task_definition": {
            "task": {"cpu": "4096", "memory": "8192", "runtime_platform": {"cpu_architecture": "X86_64"}},
            "migration": {"cpu": "1024", "memory": "2048"},
        },
        "aws_ecs_service": {
            "service": {
                "task_definition": "${aws_ecs_task_definition.task.arn}",
                "desired_count": 4,
                "deployment_maximum_percent": 150,
                "network_configuration": {
                    "assign_public_ip": False,
                    "subnets": ["${aws_subnet.a.id}", "${aws_subnet.b.id}"],
                    "security_groups": ["${aws_security_group.service.id}"],
                },
            }
        },
        "aws_db_instance": {
            "database": {
                "engine": "postgres",
                "instance_class": "db.t3.medium",
                "allocated_storage": 100,
                "multi_az": False,
                "storage_type": "gp3",
                "backup_retention_period": 7,
            }
        },
    }
    return {
        "provider": {"aws": [{"region": REGION}, {"alias": "us-west-2", "region": "us-west-2"}]},
        "terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}}},
        "resource": {**resources, **changed},
    }


def plan(**changed: Any) -> Plan:
    return read_stack(stack(**changed))


def month(used: Usage | None = None, scenario: Scenario = "typical", **changed: Any) -> Month:
    return Month(plan=plan(**changed), usage=used or Usage(), scenario=scenario, book=BOOK)


def usage(**traffic: Any) -> Usage:
    """A month with this traffic, and as little as possible beside it."""
    return Usage.model_validate({"traffic": traffic, "tasks": {"deployments": 0, "starts": 0}})
