"""A load test's machines: nothing until somebody runs one."""

from modules.planning.cost.month import Month
from modules.planning.cost.terraform_json import Resource

GENERATORS = "-load-generators"
"""How the family of their task definition ends: no service has them, and no deployment runs them."""


def of_generators(definition: Resource) -> bool:
    return str(definition.get("family", "")).endswith(GENERATORS)


def load_test_runs(month: Month) -> float:
    """Load tests on AWS; none without the machines."""
    declared = any(of_generators(definition) for definition in month.plan.of("aws_ecs_task_definition"))
    return month.at(month.usage.load_tests.runs) if declared else 0.0


def gb_through_nat(month: Month) -> float:
    """Questions and answers: whoever calls an endpoint on the internet leaves the VPC for it."""
    public = any(not balancer.get("internal", False) for balancer in month.plan.of("aws_lb"))
    return load_test_runs(month) * month.at(month.usage.load_tests.gb) if public else 0.0
