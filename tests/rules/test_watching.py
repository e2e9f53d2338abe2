"""Rule 11 of the design: alarms that sit on the steady state, that can never fire, or that nobody hears."""

from typing import Any

import pytest

from modules.environment_file import load
from modules.rules import Finding, check
from modules.settings import Environment
from modules.settings.change import changed

PRODUCTION = load("production")
BENCHMARK = load("benchmark")


def findings(environment: Environment, rule: str = "alarms") -> list[Finding]:
    return [finding for finding in check(environment) if finding.rule == rule]


def the_only_finding(environment: Environment, severity: str) -> str:
    (finding,) = findings(environment)
    assert finding.severity == severity
    return finding.message


def test_an_alarm_at_80_percent_sits_exactly_on_the_sources_steady_state() -> None:
    """operations.md, section 6: 10 x 4 x 4 = 160 of 200; without room for more, so that only this is wrong."""
    as_in_the_diagram = {
        "litellm.database_connection_pool": 10,
        "service.autoscaling": None,
        "service.deployment.maximum_percent": 101,
        "load.requests_per_second": 800,
        "alarms.healthy_targets": 1,
        "alarms.latency_p95_milliseconds": 30_000,
    }
    at_80 = as_in_the_diagram | {"alarms.database_connections_percent": 80}
    message = the_only_finding(changed(BENCHMARK, at_80), "error")
    assert "80 of 200 max_connections = 160, but 10 connections x 4 workers x 4 tasks = 160 are the steady" in message
    # One above it is at 162, and the fleet with its reserve comes to 175.
    assert findings(changed(BENCHMARK, as_in_the_diagram | {"alarms.database_connections_percent": 81})) == []


def test_a_connections_alarm_above_all_that_the_fleet_can_open_never_fires() -> None:
    """2 x 4 workers x 18 tasks (12, half as many more in a deployment) + 15 reserved = 159 of 800."""
    small = changed(PRODUCTION, {"litellm.database_connection_pool": 2})
    message = the_only_finding(small, "warning")
    assert "90 of 800 max_connections = 720" in message
    assert f"2 connections x 4 workers x 18 tasks + 15 reserved = {2 * 4 * 18 + 15} at the worst" in message
    assert "can never fire" in message
    advised = (2 * 4 * 18 + 15 - 1) * 100 // 800
    assert f"lower the percentage to {advised} or max_connections" in message
    followed = {"litellm.database_connection_pool": 2, "alarms.database_connections_percent": advised}
    assert findings(changed(PRODUCTION, followed)) == []


def test_more_healthy_tasks_than_there_are_at_the_least_keep_the_alarm_on() -> None:
    message = the_only_finding(changed(PRODUCTION, {"alarms.healthy_targets": 7}), "error")
    assert "alarms.healthy_targets 7 > 6 tasks at the least" in message
    assert "set it to 6 or lower" in message


def test_an_alarm_at_the_least_number_of_tasks_rings_for_each_of_them() -> None:
    message = the_only_finding(changed(PRODUCTION, {"alarms.healthy_targets": 6}), "warning")
    assert "sits on the steady state" in message
    assert findings(changed(PRODUCTION, {"alarms.healthy_targets": 5})) == []


def test_the_sources_500_milliseconds_suit_a_fake_llm_alone() -> None:
    message = the_only_finding(changed(PRODUCTION, {"alarms.latency_p95_milliseconds": 500}), "warning")
    assert "latency_p95_milliseconds 500 includes the LLM's own time" in message
    assert findings(changed(PRODUCTION, {"alarms.latency_p95_milliseconds": 1000})) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, "load_balancer.idle_timeout_seconds 600"),
        ({"litellm.request_timeout_seconds": 300}, "litellm.request_timeout_seconds 300"),
    ],
)
def test_a_latency_that_no_request_lives_to_see_never_fires(changes: dict[str, Any], named: str) -> None:
    seconds = int(named.rpartition(" ")[2])
    late = changed(PRODUCTION, changes | {"alarms.latency_p95_milliseconds": seconds * 1000})
    message = the_only_finding(late, "error")
    assert f"{seconds * 1000} >= {named} s x 1000" in message
    assert findings(changed(PRODUCTION, changes | {"alarms.latency_p95_milliseconds": seconds * 1000 - 1})) == []


@pytest.mark.parametrize(
    "setting",
    [
        "alarms.error_percent",
        "alarms.database_cpu_percent",
        "alarms.memory_percent",
        "service.autoscaling.scale_out_above_percent",
    ],
)
def test_nothing_is_ever_above_100_percent(setting: str) -> None:
    message = the_only_finding(changed(PRODUCTION, {setting: 100}), "error")
    assert message.startswith(f"{setting} 100: nothing is above 100 %, it can never fire")


@pytest.mark.parametrize("setting", ["alarms.storage_free_percent", "service.autoscaling.scale_in_below_percent"])
def test_nothing_is_ever_below_0_percent(setting: str) -> None:
    message = the_only_finding(changed(PRODUCTION, {setting: 0}), "error")
    assert message.startswith(f"{setting} 0: nothing is below 0 %, it can never fire")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("alarms.database_cpu_percent", 0), ("alarms.memory_percent", 0), ("alarms.storage_free_percent", 100)],
)
def test_a_share_that_is_always_crossed_is_refused(setting: str, value: int) -> None:
    message = the_only_finding(changed(PRODUCTION, {setting: value}), "error")
    assert message.startswith(f"{setting} {value}")
    assert "always on" in message


def test_a_fleet_that_starts_at_its_maximum_is_at_its_maximum() -> None:
    message = the_only_finding(changed(PRODUCTION, {"service.desired_tasks": 12}), "warning")
    assert "service.desired_tasks 12 is autoscaling's maximum" in message


def test_alarms_that_nobody_hears_are_told_of() -> None:
    (finding,) = findings(PRODUCTION, "listeners")
    assert finding.severity == "warning"
    assert "notifications.emails is empty" in finding.message
    assert findings(changed(PRODUCTION, {"notifications.emails": ["oncall@example.com"]}), "listeners") == []
