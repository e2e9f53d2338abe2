"""What the synthesized environments cost: nothing is left out, the source's numbers, and one setting's lines."""

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modules.planning.cost import variants
from modules.planning.cost.estimate import estimate, scenarios
from modules.planning.cost.lines import Component, Estimate, Line
from modules.planning.cost.terraform_json import PROVIDER_VERSION, Plan, read_stack
from modules.price_file import load_prices
from modules.settings.usage import Usage
from modules.usage_file import load_usage

from .conftest import Environments, Stacks, Variant

PROJECT = Path(__file__).parents[2]
BOOK = load_prices()
NAMES = ("dev", "benchmark", "production")


def plans(stacks: Stacks) -> list[Plan]:
    return [read_stack(stacks.environment), read_stack(stacks.state, "state: ")]


@pytest.mark.parametrize("name", NAMES)
def test_every_resource_is_priced_or_free_for_a_reason(environments: Environments, name: str) -> None:
    stacks = plans(environments[name])
    found = estimate(stacks, load_usage(name), BOOK, "high")
    assert found.not_priced == ()
    told = {line.address for line in found.lines} | set(found.free)
    assert told == {plan.prefix + resource.address for plan in stacks for resource in plan.resources}
    assert all(found.free.values())


@pytest.mark.parametrize("name", NAMES)
def test_each_line_is_a_row_of_the_book_times_a_quantity_that_is_explained(
    environments: Environments, name: str
) -> None:
    rows = set(BOOK.rows)
    for found in scenarios(plans(environments[name]), load_usage(name), BOOK).values():
        for line in found.lines:
            assert line.price in rows
            assert line.usd == pytest.approx(line.price.usd * line.quantity, rel=0.01)
            assert line.quantity > 0
            assert line.because
        assert found.usd == pytest.approx(sum(found.by_component().values()))
        assert len({line.key for line in found.lines}) == len(found.lines)


@pytest.mark.parametrize("name", NAMES)
def test_a_quiet_month_costs_least_and_a_busy_one_most(environments: Environments, name: str) -> None:
    found = scenarios(plans(environments[name]), load_usage(name), BOOK)
    assert found["low"].usd < found["typical"].usd < found["high"].usd


def test_production_is_estimated_in_less_than_two_seconds(environments: Environments) -> None:
    stacks = plans(environments["production"])
    began = time.perf_counter()
    scenarios(stacks, load_usage("production"), BOOK)
    assert time.perf_counter() - began < 2


def test_the_pricers_read_the_attributes_of_the_provider_that_is_deployed(environments: Environments) -> None:
    for stacks in environments.values():
        assert read_stack(stacks.environment).provider_version == PROVIDER_VERSION


def usd(found: Estimate, component: Component, *whats: str) -> float:
    """The sum of a component's lines; of those that begin so, where any is named."""

    def wanted(line: Line) -> bool:
        return line.component is component and (not whats or line.what.startswith(whats))

    return sum(line.usd for line in found.lines if wanted(line))


def loaded(usage: Usage, capacity_units: float) -> Usage:
    """A month whose bytes ask for that many LCUs, and nothing but the running tasks."""
    per_second_kb = capacity_units * 1e6 / 3600
    return Usage.model_validate(
        {
            "traffic": {"requests_per_second": per_second_kb / 10, "request_kb": 5, "response_kb": 5},
            "tasks": {"deployments": 0, "starts": 0},
            "drills_of_each_kind": 0,
        }
    )


# operations.md, section 7, "Totals": each part of the three setups.
TABLE = {
    "dev": {"fargate": 144.16, "database": 15.44, "balancer": 17.60, "addresses": 7.30, "nat": 36.50},
    "benchmark": {
        "fargate": 576.64,
        "database": 52.56 + 11.50,
        "balancer": 16.43 + 5.84,
        "addresses": 7.30,
        "nat": 36.50,
    },
    "production": {
        "fargate": 1153.28,
        "database": 328.50 + 23.00,
        "cache": 46.72,
        "balancer": 45.63,
        "addresses": 7.30,
        "nat": 73.00,
    },
}
CAPACITY_UNITS = {"dev": 0.2, "benchmark": 1, "production": 5}
OTHERS_AT_MOST_USD = {"dev": 21, "benchmark": 22, "production": 90}
"""Secrets, keys, alarms, Container Insights, logs, firewall, endpoints, copies: docs/cost.md names each."""


def parts(found: Estimate) -> dict[str, float]:
    hours = [line for line in found.lines if line.what == "hours"]
    return {
        "fargate": usd(found, Component.COMPUTE, "vCPU, on demand", "memory, on demand"),
        "database": usd(found, Component.DATABASE, "instance", "storage"),
        "cache": usd(found, Component.CACHE),
        "balancer": usd(found, Component.LOAD_BALANCER),
        "addresses": usd(found, Component.NETWORK, "public IPv4 of the load balancer"),
        "nat": usd(found, Component.NETWORK, "public IPv4 of a NAT gateway")
        + sum(line.usd for line in hours if line.address.startswith("aws_nat_gateway")),
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_totals_of_the_three_setups_are_reproduced(environments: Environments, name: str) -> None:
    stacks = plans(environments[name])
    if name == "production":
        # The table has Redis; the environment takes Valkey, a fifth cheaper.
        stacks = [variants.with_values(plan, "aws_elasticache_replication_group", engine="redis") for plan in stacks]
    found = estimate(stacks, loaded(load_usage(name), CAPACITY_UNITS[name]), BOOK)
    reproduced = parts(found)
    for part, expected in TABLE[name].items():
        assert reproduced[part] == pytest.approx(expected, rel=0.01), part
    fixed = found.usd - found.usd_by_traffic
    assert fixed - sum(reproduced.values()) < OTHERS_AT_MOST_USD[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_on_costs_tells_these_numbers(environments: Environments, name: str) -> None:
    """docs/cost.md, "The three setups of the reference" and "The source's ranges"."""
    found = estimate(plans(environments[name]), loaded(load_usage(name), CAPACITY_UNITS[name]), BOOK)
    same, fixed = sum(parts(found).values()), found.usd - found.usd_by_traffic
    units = usd(found, Component.LOAD_BALANCER, "capacity units")
    page = (PROJECT / "docs/cost.md").read_text()
    (row,) = re.findall(rf"^\| {name} \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", page, re.M)
    reference, its_parts, same_here, beside, here = (int(number.replace(",", "")) for number in row)
    assert its_parts == pytest.approx(sum(TABLE[name].values()), abs=0.6)
    assert reference > its_parts
    assert same_here == pytest.approx(same, abs=0.6)
    assert beside == pytest.approx(fixed + units - same, abs=0.6)
    assert here == pytest.approx(fixed + units, abs=0.6)
    listed = [
        re.split(r" *\| *", line.strip("| ")) for line in page.splitlines() if re.search(r"\| (no|some) \|$", line)
    ]
    assert sum(float(cells[1 + NAMES.index(name)]) for cells in listed) == pytest.approx(beside, abs=1)


def test_the_sources_production_range_fails_on_demand_on_x86_and_holds_on_arm(environments: Environments) -> None:
    stacks = [variants.without_second_region(plan) for plan in plans(environments["production"])]
    usage = loaded(load_usage("production"), 5)
    on_x86 = estimate(stacks, usage, BOOK)
    on_arm = estimate([variants.on_architecture("ARM64")(plan) for plan in stacks], usage, BOOK)
    assert on_x86.usd - on_x86.usd_by_traffic > 1500 > on_arm.usd - on_arm.usd_by_traffic


Lines = set[tuple[str, str]]


def changed_lines(before: Stacks, after: Stacks, usage: Usage) -> Lines:
    """Types and names of the lines of the environment's stack that differ, used in the same way."""
    old, new = (estimate([read_stack(stacks.environment)], usage, BOOK).by_key() for stacks in (before, after))
    return {
        (address.partition(".")[0], what)
        for address, what in {*old, *new}
        if old.get((address, what), 0) != pytest.approx(new.get((address, what), 0), abs=1e-9)
    }


SERVICE, TASK, DATABASE, NAT = "aws_ecs_service", "aws_ecs_task_definition", "aws_db_instance", "aws_nat_gateway"
FARGATE = {(SERVICE, f"{what}, {when}") for what in ("vCPU", "memory") for when in ("on demand", "while deploying")}
GATED = {(TASK, f"{what}, before deployments") for what in ("vCPU", "memory")}
PROXIES = {(NAT, f"bytes: {what}") for what in ("images", "logs", "prompts and answers")}
DRILLS = {
    ("aws_fis_experiment_template", "action minutes"),
    ("aws_cloudwatch_log_group", "ingestion: drills"),
    ("aws_cloudwatch_log_group", "storage"),
}
ONE_SETTING: list[tuple[dict[str, Any], Lines]] = [
    # A standby can be failed over to, which is another drill.
    ({"database.multi_az": True}, {(DATABASE, "instance hours"), (DATABASE, "storage"), *DRILLS}),
    ({"database.instance_class": "db.t4g.medium"}, {(DATABASE, "instance hours")}),
    ({"database.storage_gib": 200}, {(DATABASE, "storage")}),
    ({"database.performance_insights_days": 31}, {(DATABASE, "Performance Insights")}),
    ({"service.cpu_architecture": "arm64"}, FARGATE | GATED),
    ({"service.memory_mib": 16384}, {line for line in FARGATE if "memory" in line[1]}),
    (
        {"network.nat_gateways": "per_zone"},
        {
            (NAT, "hours"),
            ("aws_eip", "public IPv4 of a NAT gateway"),
            (SERVICE, "across zones: NAT gateway"),
            ("aws_cloudwatch_metric_alarm", "alarm"),
            *PROXIES,
        },
    ),
    (
        {"load_balancer.internal": True},
        {("aws_lb", "public IPv4 of the load balancer"), (SERVICE, "to the internet")},
    ),
    (
        {"load_test": {}},
        {
            *((SERVICE, f"{what}, on demand") for what in ("vCPU", "memory")),
            *((TASK, f"{what}, in load tests") for what in ("vCPU", "memory")),
            ("aws_cloudwatch_log_group", "ingestion: load tests"),
            ("aws_cloudwatch_log_group", "storage"),
            ("aws_service_discovery_private_dns_namespace", "private DNS zone"),
            (NAT, "bytes: load tests"),
            (SERVICE, "across zones: NAT gateway"),
        },
    ),
    ({"logs.retention_days": 365}, {("aws_cloudwatch_log_group", "storage")}),
    ({"service.health_check.retries": 5, "tags": {"team": "a"}}, set()),
]


@pytest.mark.parametrize(("setting", "lines"), ONE_SETTING, ids=range(len(ONE_SETTING)))
def test_one_setting_changes_exactly_its_lines(
    environments: Environments, variant: Variant, setting: dict[str, Any], lines: Lines
) -> None:
    usage = load_usage("benchmark")
    assert changed_lines(environments["benchmark"], variant("benchmark", setting), usage) == lines


def test_an_environment_in_a_region_that_the_book_has_in_part_lists_what_is_missing(environments: Environments) -> None:
    (stack, _) = plans(environments["dev"])
    moved = replace(
        stack,
        region="eu-west-1",
        resources=tuple(replace(one, region="eu-west-1") for one in stack.resources),
    )
    found = estimate([moved], load_usage("dev"), BOOK)
    assert any(line.what == "vCPU, on demand" for line in found.lines)
    assert {one.why.split(": ")[1] for one in found.not_priced} >= {
        "the price book has no cloudwatch.dashboard in eu-west-1",
        "the price book has no rds.postgres.single_az.db.t3.micro in eu-west-1; "
        "it has rds.postgres.single_az.db.t4g.micro",
    }
