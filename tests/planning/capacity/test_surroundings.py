"""Memory, database, cache, log of spend, quotas and addresses."""

import math

import pytest
from hypothesis import given, strategies as st

from modules.environment_file import load
from modules.planning.addresses import most_tasks
from modules.planning.capacity.cache_size import cache_advice
from modules.planning.capacity.database_size import database_advice, smaller_than_advised
from modules.planning.capacity.memory import idle_memory_mib, task_size, task_sizes
from modules.planning.capacity.quotas import quotas
from modules.planning.capacity.spend_logs import spend_log_growth
from modules.settings.change import changed
from tests.rules.conftest import findings

BENCHMARK, PRODUCTION = load("benchmark"), load("production")


def test_every_task_size_is_one_that_the_rules_let_pass() -> None:
    for size in task_sizes():
        environment = changed(
            PRODUCTION,
            {
                "service.cpu_units": size.cpu_units,
                "service.memory_mib": size.memory_mib,
                "service.workers": size.workers,
            },
        )
        assert findings(environment, "task_size") == [], size
        assert size.workers == size.vcpus


def test_the_sources_task_has_just_what_litellm_recommends() -> None:
    assert task_size(4096, 4).memory_mib == 8192
    assert task_size(4096, 4, 4096).memory_mib == 16384
    # 4 x 312 + 305, of which 1,247 + 305 MB were measured.
    assert idle_memory_mib(4) == 1553


@pytest.mark.parametrize(
    ("cpu_units", "workers", "each", "said"),
    [
        (1000, 1, 2048, "Fargate has no 1000 CPU units; it has 256, 512"),
        (256, 2, 2048, "2 workers x 2048 MiB = 4096 MiB, but a task of 256 CPU units has 2048 at the most"),
        (256, 0, 2048, "workers is 0"),
    ],
)
def test_a_task_that_fargate_does_not_run_is_refused(cpu_units: int, workers: int, each: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        task_size(cpu_units, workers, each)


@pytest.mark.parametrize(
    ("rate", "connections", "name", "replica"),
    [
        (100, 100, "db.m7g.large", False),
        (1000, 901, "db.m7g.large", False),
        (1170, 200, "db.m7g.xlarge", False),
        (1000, 902, "db.m7g.xlarge", False),
        (5001, 200, "db.m7g.2xlarge", True),
        (10, 5000, "db.m7g.4xlarge", False),
    ],
)
def test_the_database_is_litellms_for_the_rate_or_the_next_with_the_connections(
    rate: float, connections: int, name: str, replica: bool
) -> None:
    advice = database_advice(rate, connections)
    assert (advice.name, advice.read_replica) == (name, replica)


def test_the_sources_database_is_smaller_than_litellm_recommends() -> None:
    assert smaller_than_advised("db.t3.medium", database_advice(1170, 200)) == "2 of 4 vCPUs, 4 of 16 GiB"
    assert smaller_than_advised("db.r6g.large", database_advice(1000, 200)) == ""
    assert smaller_than_advised("db.x9.huge", database_advice(1000, 200)) == ""


def test_more_connections_than_any_class_takes_want_a_pooler() -> None:
    with pytest.raises(ValueError, match=r"5001 connections: .*PgBouncer"):
        database_advice(10, 5001)


@pytest.mark.parametrize(
    ("rate", "tasks", "node", "reasons"),
    [
        (10, 1, "cache.m7g.large", 0),
        (10, 2, "cache.m7g.large", 1),
        (10, 10, "cache.m7g.large", 2),
        (1170, 4, "cache.m7g.xlarge", 2),
        (6000, 30, "cache.m7g.2xlarge", 2),
    ],
)
def test_the_cache_is_litellms_for_the_rate(rate: float, tasks: int, node: str, reasons: int) -> None:
    advice = cache_advice(rate, tasks, 1)
    assert (advice.node_type, len(advice.why)) == (node, reasons)


def test_the_log_of_spend_fills_the_sources_storage_in_a_day_of_its_load() -> None:
    """1,170 x 86,400 rows of 1 to 2 kB: 101 to 202 GB."""
    growth = spend_log_growth(1170)
    assert growth.least_gib_per_day == pytest.approx(1170 * 86_400 * 1000 / 2**30)
    earliest, latest = growth.days_until_full(100)
    assert 0.5 < earliest < latest < 1.1
    assert growth.storage_gib(7) == (7 * growth.least_gib_per_day, 7 * growth.most_gib_per_day)
    assert spend_log_growth(1170, prompts_stored=True).most_gib_per_day == pytest.approx(10 * growth.most_gib_per_day)


def test_without_requests_nothing_fills() -> None:
    assert spend_log_growth(0).days_until_full(100) == (math.inf, math.inf)
    with pytest.raises(ValueError, match="mean requests per second is -1"):
        spend_log_growth(-1)


def test_a_new_account_does_not_run_the_source_architecture() -> None:
    """16 vCPUs, and 60 in a deployment at the maximum; a new account has 6 (AWS General Reference)."""
    steady, worst, *rest = quotas(BENCHMARK, 1170, 0.1)
    assert (steady.needed, worst.needed, steady.allowed) == (16, 15 * 4, 6)
    assert not steady.holds
    assert all(one.holds for one in rest)


def test_long_answers_of_one_llm_exhaust_a_nat_gateways_ports() -> None:
    """2,000 requests/s x 30 s = 60,000 connections to one destination, of 55,000."""
    by_name = {one.name: one for one in quotas(PRODUCTION, 2000, 30)}
    assert not by_name["connections of a NAT gateway to one LLM"].holds
    without = changed(PRODUCTION, {"network.nat_gateways": "none"})
    assert "connections of a NAT gateway to one LLM" not in {one.name for one in quotas(without, 2000, 30)}


@given(prefix=st.integers(20, 28), maximum=st.integers(6, 300))
def test_quotas_and_the_rule_of_the_network_agree_about_addresses(prefix: int, maximum: int) -> None:
    environment = changed(
        BENCHMARK,
        {
            "network.private_subnet_cidrs": [f"10.0.16.0/{prefix}", f"10.0.32.0/{prefix}"],
            "service.autoscaling.maximum_tasks": maximum,
        },
    )
    (addresses,) = (one for one in quotas(environment, 1, 1) if one.name.startswith("addresses"))
    assert addresses.holds == (findings(environment, "network") == [])
    most = most_tasks(environment)
    assert most is not None
    assert addresses.holds == (maximum <= most)


def test_somebody_elses_network_has_addresses_that_nobody_here_knows() -> None:
    existing = {
        "network": {
            "existing": {
                "vpc_id": "vpc-0123456789abcdef0",
                "public_subnet_ids": ["subnet-01234567", "subnet-01234568"],
                "private_subnet_ids": ["subnet-01234569", "subnet-0123456a"],
            }
        }
    }
    elsewhere = changed(BENCHMARK, existing)
    assert most_tasks(elsewhere) is None
    assert not [one for one in quotas(elsewhere, 1, 1) if "address" in one.name or "NAT" in one.name]
