"""What the rules find in the cache, and in what LiteLLM keeps there."""

from typing import Any

import pytest

from modules.environment_file import load
from modules.rules import Finding, check
from modules.settings import Environment

PRODUCTION = load("production")


def findings(rule: str, *, cache: dict[str, Any] | None, **sections: dict[str, Any]) -> list[Finding]:
    """What a rule finds in production with another cache, and other values in other sections."""
    content = PRODUCTION.model_dump() | {"cache": cache}
    for name, changes in sections.items():
        content[name] |= changes
    return [finding for finding in check(Environment.model_validate(content)) if finding.rule == rule]


def test_a_buffer_without_a_cache_is_refused() -> None:
    (finding,) = findings("transaction_buffer", cache=None, litellm={"transaction_buffer": True})
    assert finding.severity == "error"
    assert "there is no cache to collect spend in" in finding.message


@pytest.mark.parametrize(
    ("cache", "buffer", "remedy"),
    [
        (None, "auto", "state a cache"),
        (None, False, "state a cache"),
        ({}, False, "set litellm.transaction_buffer to auto"),
    ],
)
def test_a_load_that_locks_rows_is_shown_where_spend_is_not_collected(
    cache: dict[str, Any] | None, buffer: bool | str, remedy: str
) -> None:
    """LiteLLM, docs/proxy/prod.md: from 1,000 requests a second on."""
    at_the_limit = {"load": {"requests_per_second": 1000}, "litellm": {"transaction_buffer": buffer}}
    below = at_the_limit | {"load": {"requests_per_second": 999}}
    (finding,) = findings("transaction_buffer", cache=cache, **at_the_limit)
    assert finding.severity == "warning"
    assert "load.requests_per_second is 1000" in finding.message
    assert finding.message.endswith(remedy)
    assert findings("transaction_buffer", cache=cache, **below) == []


@pytest.mark.parametrize("buffer", ["auto", True])
def test_with_a_cache_any_load_is_welcome(buffer: bool | str) -> None:
    sections = {"load": {"requests_per_second": 5000}, "litellm": {"transaction_buffer": buffer}}
    assert findings("transaction_buffer", cache={}, **sections) == []


def test_one_node_is_shown_against_the_zone_objective() -> None:
    (finding,) = findings("objectives", cache={"nodes": 1})
    assert finding.severity == "warning"
    assert "cache.nodes is 1" in finding.message
    assert "objectives.zone_failure_seconds (60)" in finding.message
    assert findings("objectives", cache={"nodes": 2}) == []


@pytest.mark.parametrize(
    ("engine", "version", "offered"), [("redis", "7.2", "7.0 or 7.1"), ("valkey", "7.0", "set 7.2")]
)
def test_a_version_that_elasticache_does_not_offer_is_refused(engine: str, version: str, offered: str) -> None:
    (finding,) = findings("versions", cache={"engine": engine, "engine_version": version})
    assert finding.severity == "error"
    assert f"ElastiCache has no {engine} {version}" in finding.message
    assert offered in finding.message


@pytest.mark.parametrize(("engine", "version"), [("redis", "7.1"), ("valkey", "7.2"), ("valkey", "8.1")])
def test_a_version_that_elasticache_offers_is_taken(engine: str, version: str) -> None:
    assert findings("versions", cache={"engine": engine, "engine_version": version}) == []


def test_a_major_version_without_roles_is_no_setting() -> None:
    with pytest.raises(ValueError, match=r"engine_version 6.2 is not one of redis.*roles log in from 7.0 on"):
        findings("versions", cache={"engine": "redis", "engine_version": "6.2"})


def test_its_windows_are_an_hour_and_apart() -> None:
    (short,) = findings("windows", cache={"snapshot_window": "03:00-03:59"})
    assert "cache.snapshot_window 03:00-03:59 is 59 minutes long; AWS wants at least 60" in short.message
    (overlapping,) = findings("windows", cache={"maintenance_window": "sun:03:30-sun:04:30"})
    assert "cache.snapshot_window 03:00-04:00 and cache.maintenance_window" in overlapping.message
    assert {short.severity, overlapping.severity} == {"error"}
    assert findings("windows", cache={}) == []
