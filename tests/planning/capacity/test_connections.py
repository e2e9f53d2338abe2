"""The connection budget in all its cases, and remedies that do what they say."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.environment_file import load
from modules.planning.capacity.connection_cases import connection_cases
from modules.planning.capacity.connection_remedies import connection_remedies
from modules.settings import Environment
from modules.settings.change import changed
from tests.rules.conftest import findings

BENCHMARK, PRODUCTION = load("benchmark"), load("production")
SOURCES_POOL = 10


def with_pool(pool: int, changes: dict[str, Any] | None = None) -> Environment:
    return changed(BENCHMARK, {"litellm.database_connection_pool": pool} | (changes or {}))


def test_the_sources_fleet_in_its_four_cases() -> None:
    """operations.md, section 6, at maximumPercent 200: 160, 320, 400, 800 connections."""
    doubled = changed(BENCHMARK, {"service.deployment.maximum_percent": 200})
    cases = connection_cases(doubled, SOURCES_POOL)
    assert [(one.tasks, one.connections) for one in cases] == [(4, 160), (8, 320), (10, 400), (20, 800)]
    assert [one.name for one in cases] == [
        "steady",
        "rolling deployment",
        "autoscaling's maximum",
        "deployment at the maximum",
    ]
    assert [one.holds for one in cases] == [True, False, False, False]
    assert [one.left for one in cases] == [185 - 160, 185 - 320, 185 - 400, 185 - 800]


def test_the_remedies_come_cheapest_first_with_their_numbers() -> None:
    """operations.md, section 6."""
    found = connection_remedies(BENCHMARK, SOURCES_POOL)
    assert [one.name for one in found] == [
        "a smaller pool",
        "a deployment in smaller steps",
        "more connections of the same database",
        "a lower maximum of autoscaling",
        "a larger database",
        "PgBouncer in each task",
        "RDS Proxy",
    ]
    pool, deployment, same, _, larger, bouncer, proxy = found
    assert pool.changes == {"litellm.database_connection_pool": 185 // (4 * 15)}
    assert not deployment.enough
    # 10 x 4 x 15 + 15 reserved, of a class that RDS gives 450.
    assert "= 615" in same.why
    assert not same.enough
    assert larger.changes["database.parameters.max_connections"] == 615
    assert "20 connections x 15 tasks = 300" in bouncer.why
    assert not proxy.enough
    assert "does not help" in proxy.why


@settings(max_examples=80)
@given(
    pool=st.integers(1, 40),
    changes=st.fixed_dictionaries(
        {
            "service.autoscaling.minimum_tasks": st.integers(2, 4),
            "service.autoscaling.maximum_tasks": st.integers(4, 40),
            "service.deployment.maximum_percent": st.integers(101, 200),
            "service.deployment.minimum_healthy_percent": st.sampled_from([50, 100]),
            "database.parameters.max_connections": st.integers(60, 1500),
            "database.instance_class": st.sampled_from(["db.t3.medium", "db.t4g.large", "db.r6g.large"]),
        }
    ),
)
def test_every_remedy_that_is_said_to_be_enough_satisfies_the_rules(pool: int, changes: dict[str, Any]) -> None:
    environment = with_pool(pool, changes)
    broken = findings(environment, "connection_budget") != []
    remedies = connection_remedies(environment, pool)
    assert bool(remedies) == broken
    before = findings(environment, "rollout")
    for remedy in remedies:
        if remedy.changes:
            assert remedy.enough
            after = changed(environment, remedy.changes)
            assert findings(after, "connection_budget") == [], remedy
            assert findings(after, "autoscaling") == []
            assert before or findings(after, "rollout") == [], remedy


def test_numbers_of_a_remedy_are_the_least_that_help() -> None:
    environment = with_pool(12, {"database.instance_class": "db.r6g.large", "database.parameters.max_connections": 600})
    for remedy in connection_remedies(environment, 12):
        for path, value in remedy.changes.items():
            if isinstance(value, int) and path != "database.parameters.max_connections":
                assert findings(changed(environment, {path: value + 1}), "connection_budget") != [], remedy
    more = connection_remedies(environment, 12)[2].changes["database.parameters.max_connections"]
    assert isinstance(more, int)
    assert findings(changed(environment, {"database.parameters.max_connections": more - 1}), "connection_budget")


def test_what_fits_needs_no_remedy() -> None:
    assert connection_remedies(PRODUCTION, SOURCES_POOL) == []


@pytest.mark.parametrize("pool", [0, -1])
def test_a_pool_without_a_connection_is_refused(pool: int) -> None:
    for answer in (connection_cases, connection_remedies):
        with pytest.raises(ValueError, match="pool is"):
            answer(BENCHMARK, pool)
