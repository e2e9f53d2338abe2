"""The cheapest fleet: it meets the need, it is the cheapest, and no rule objects to it."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from modules.environment_file import load
from modules.planning.capacity.changes import yaml_lines
from modules.planning.capacity.cheapest import (
    Architecture,
    Configuration,
    offers,
)
from modules.planning.capacity.recommendation import recommend
from modules.planning.capacity.sizing import LatencyObjective, Need, tasks_needed
from modules.planning.capacity.worker import PUBLISHED
from modules.planning.cost.fleet import fleet_price
from modules.price_file import load_prices
from modules.rules import check
from modules.settings import Environment
from modules.settings.change import changed

PRICE = fleet_price(load_prices(), "us-east-1")
ENVIRONMENTS = {name: load(name) for name in ("dev", "benchmark", "production")}
THREE_ZONES = {
    "availability_zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
    "network.public_subnet_cidrs": ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"],
    "network.private_subnet_cidrs": ["10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24"],
    "network.isolated_subnet_cidrs": [],
}


def errors(environment: Environment) -> set[str]:
    return {finding.rule for finding in check(environment) if finding.severity == "error"}


@st.composite
def environments(draw: st.DrawFn) -> Environment:
    environment = ENVIRONMENTS[draw(st.sampled_from(sorted(ENVIRONMENTS)))]
    changes: dict[str, Any] = {
        "service.deployment.maximum_percent": draw(st.integers(101, 200)),
        "service.deployment.minimum_healthy_percent": draw(st.sampled_from([50, 100])),
        "alarms.database_connections_percent": draw(st.integers(40, 99)),
        "alarms.healthy_targets": draw(st.integers(1, 10)),
        "database.parameters.max_connections": draw(st.integers(20, 1000)),
        "litellm.database_connection_pool": draw(st.sampled_from(["auto", 5, 20])),
    }
    if draw(st.booleans()):
        changes |= THREE_ZONES
    return changed(environment, changes)


@settings(max_examples=60)
@given(environment=environments(), rate=st.floats(1, 8000), limit=st.integers(30, 100), seconds=st.floats(0.2, 3))
def test_no_answer_violates_a_rule(environment: Environment, rate: float, limit: int, seconds: float) -> None:
    need = Need(
        requests_per_second=rate,
        zones=len(environment.availability_zones),
        utilisation_limit_percent=limit,
        latency=LatencyObjective(percent=95, seconds=seconds),
    )
    answer = recommend(environment, need, PRICE)
    assert errors(answer.environment) == set()
    assert not [finding for finding in check(answer.environment) if finding.rule == "zone_loss"]


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS))
@pytest.mark.parametrize("rate", [1, 50, 1170, 5000, 20_000])
def test_an_answer_for_a_real_environment_has_no_error_and_survives_a_zone(name: str, rate: float) -> None:
    answer = recommend(ENVIRONMENTS[name], Need(requests_per_second=rate), PRICE)
    assert errors(answer.environment) == set()
    assert not [finding for finding in check(answer.environment) if finding.rule == "zone_loss"]
    assert answer.environment.load.requests_per_second == rate


@given(
    rate=st.floats(1, 20_000),
    prices=st.tuples(st.floats(0.01, 10), st.floats(0.01, 10), st.floats(0, 10)),
)
def test_the_first_offer_is_the_cheapest_and_all_of_them_meet_the_need(
    rate: float, prices: tuple[float, float, float]
) -> None:
    vcpu, gibibyte, task = prices

    def price(one: Configuration) -> float:
        return one.tasks * (one.vcpus * vcpu + one.memory_mib / 1024 * gibibyte + task)

    need = Need(requests_per_second=rate)
    found = offers(need, price)
    assert {one.configuration.cpu_architecture for one in found} == {"x86_64", "arm64"}
    assert [one.price for one in found] == sorted(one.price for one in found)
    for one in found:
        assert one.price == price(one.configuration)
        assert one.configuration.tasks == tasks_needed(need, one.configuration.workers)


def test_the_benchmarks_load_in_numbers() -> None:
    need = Need(requests_per_second=1170, latency=LatencyObjective(percent=95, seconds=0.5))
    answer = recommend(ENVIRONMENTS["benchmark"], need, PRICE, workers_by_architecture=X86)
    assert yaml.safe_load(answer.yaml) == {"service": {"desired_tasks": 6, "autoscaling": {"minimum_tasks": 6}}}
    sentence = answer.sentence()
    for part in (
        "Run 6 tasks of 4 vCPU, 8 GiB and 4 workers on x86_64",
        "3 tasks x 4 workers x 129 requests/s = 1,548 are left",
        "76 % (at most 80 %)",
        "865 USD a month",
    ):
        assert part in sentence


X86: dict[Architecture, Any] = {"x86_64": PUBLISHED}


def test_fargates_price_is_that_of_operations_section_7() -> None:
    """Four tasks of 4 vCPU and 8 GB: 576.64 on x86, 461.36 on ARM."""

    def four(architecture: Architecture) -> float:
        return PRICE(Configuration(tasks=4, cpu_units=4096, memory_mib=8192, workers=4, cpu_architecture=architecture))

    assert four("x86_64") == pytest.approx(576.64, abs=0.01)
    assert four("arm64") == pytest.approx(461.36, abs=0.01)


def test_a_slower_arm_is_taken_only_when_it_is_cheaper_all_the_same() -> None:
    slower = PUBLISHED.sharing(1, 2)
    need = Need(requests_per_second=1170)
    found = offers(need, PRICE, workers_by_architecture={"x86_64": PUBLISHED, "arm64": slower})
    assert found[0].configuration.cpu_architecture == "x86_64"


def test_the_lines_put_into_the_file_make_the_recommended_environment() -> None:
    environment = ENVIRONMENTS["production"]
    answer = recommend(environment, Need(requests_per_second=4321.5), PRICE)
    content = environment.model_dump()

    def merge(into: dict[str, Any], lines: dict[str, Any]) -> None:
        for key, value in lines.items():
            if isinstance(value, dict):
                merge(into[key], value)
            else:
                into[key] = value

    merge(content, yaml.safe_load(answer.yaml))
    assert Environment.model_validate(content) == answer.environment


def test_lines_of_one_section_stand_together() -> None:
    lines = yaml_lines(
        {"service.workers": 2, "load.requests_per_second": 1e7, "service.autoscaling.minimum_tasks": 3, "service.a": 1}
    )
    assert lines.splitlines() == [
        "load:",
        "  requests_per_second: 10000000",
        "service:",
        "  workers: 2",
        "  a: 1",
        "  autoscaling:",
        "    minimum_tasks: 3",
    ]


def test_an_environment_that_is_right_already_has_nothing_to_change() -> None:
    need = Need(requests_per_second=1170)
    answer = recommend(ENVIRONMENTS["benchmark"], need, PRICE)
    assert recommend(answer.environment, need, PRICE).yaml == ""


def test_more_tasks_than_addresses_are_refused_in_words() -> None:
    narrow = changed(ENVIRONMENTS["benchmark"], {"network.private_subnet_cidrs": ["10.0.11.0/28", "10.0.12.0/28"]})
    with pytest.raises(ValueError, match=r"no fleet carries 20000 requests/s and fits: .*private_subnet_cidrs"):
        recommend(narrow, Need(requests_per_second=20_000), PRICE)


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(ValueError, match="price of a configuration is -1"):
        offers(Need(requests_per_second=1), lambda configuration: -1)
