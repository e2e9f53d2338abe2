"""Scaling by hand, as an operator does it at night: from the terminal, with a page in the end."""

import pytest

from .checkout import Checkout, Result
from .conftest import Aws

pytestmark = pytest.mark.end_to_end


def bounds(aws: Aws) -> tuple[int, int]:
    found = aws("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=["service/benchmark-litellm/benchmark-litellm"]
    )["ScalableTargets"]
    return found[0]["MinCapacity"], found[0]["MaxCapacity"]


def test_more_tasks_serve_when_it_says_so_and_the_way_back_that_it_tells_is_one(
    checkout: Checkout, deployment: Result, aws: Aws
) -> None:
    scaled = checkout.make("scale", "TASKS=5")

    assert scaled.code == 0, scaled.output
    assert scaled.line("5 tasks serve ")
    assert bounds(aws) == (5, 10)
    page = (checkout.directory / scaled.line("The page: ").removeprefix("The page: ")).read_text()
    assert "desired_tasks: 5" in page
    assert "MINIMUM_TASKS=2 MAXIMUM_TASKS=10" in page

    back = checkout.make("scale", "TASKS=4", "MINIMUM_TASKS=2", "MAXIMUM_TASKS=10")

    assert back.code == 0, back.output
    assert bounds(aws) == (2, 10)


def test_more_connections_than_the_database_takes_are_refused_before_anything_changes(
    checkout: Checkout, deployment: Result, aws: Aws
) -> None:
    refused = checkout.make("scale", "TASKS=12")

    assert refused.code != 0
    assert "error: connection_budget: 3 connections x 4 workers x 18 tasks" in refused.output
    assert "Traceback" not in refused.output
    assert bounds(aws) == (2, 10)
