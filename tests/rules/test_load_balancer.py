"""Who reaches the load balancer, how, and what of LiteLLM."""

from typing import Any

import pytest

from modules.environment_file import load
from modules.rules import Finding
from modules.settings.change import changed

from . import conftest

PRODUCTION = load("production")
PLAINTEXT = {"load_balancer.domain": None, "load_balancer.allow_plaintext": True}
INTERNAL = {"load_balancer.internal": True}
EVERYBODY = {"load_balancer.admin_cidrs": ["192.0.2.0/24", "0.0.0.0/0"]}


def findings(changes: dict[str, Any], rule: str) -> list[Finding]:
    return conftest.findings(changed(PRODUCTION, changes), rule)


def the_only(changes: dict[str, Any], rule: str, severity: str) -> str:
    return conftest.the_only_finding(changed(PRODUCTION, changes), rule, severity)


@pytest.mark.parametrize("chosen", [False, True])
def test_plaintext_inside_the_vpc_is_a_warning_whether_it_was_chosen_or_not(chosen: bool) -> None:
    changes = INTERNAL | {"load_balancer.domain": None, "load_balancer.allow_plaintext": chosen}
    assert the_only(changes, "plaintext", "warning").startswith("the internal load balancer serves HTTP only")


def test_admin_paths_open_to_everybody_are_a_warning_with_https() -> None:
    message = the_only(EVERYBODY, "admin_paths", "warning")
    assert "load_balancer.admin_cidrs has 0.0.0.0/0" in message
    assert "unencrypted" not in message


def test_admin_paths_open_to_the_internet_without_https_are_an_error() -> None:
    message = the_only(EVERYBODY | PLAINTEXT, "admin_paths", "error")
    assert "the master key crosses the internet unencrypted" in message


def test_admin_paths_open_inside_the_vpc_are_a_warning_even_without_https() -> None:
    the_only(EVERYBODY | PLAINTEXT | INTERNAL, "admin_paths", "warning")


@pytest.mark.parametrize("cidrs", [[], ["192.0.2.0/24"], ["10.0.0.0/8", "203.0.113.7/32"]])
def test_admin_paths_for_some_addresses_or_nobody_are_fine(cidrs: list[str]) -> None:
    assert findings({"load_balancer.admin_cidrs": cidrs}, "admin_paths") == []


def test_operators_that_the_security_group_keeps_out_are_told() -> None:
    limited = {"load_balancer.ingress_cidrs": ["198.51.100.0/24"]}
    message = the_only(limited, "admin_paths", "warning")
    assert message.startswith("load_balancer.admin_cidrs 192.0.2.0/24 does not reach the load balancer")
    assert message.endswith("198.51.100.0/24")


@pytest.mark.parametrize(
    ("pattern", "opened"),
    [
        ("/my-endpoint/*", []),
        ("/key*", ["/key/generate"]),
        ("/*", ["/ui/", "/key/generate", "/config/update", "/metrics"]),
        ("/u?/*", ["/ui/"]),
    ],
)
def test_a_path_of_ones_own_that_opens_admin_paths_is_a_warning(pattern: str, opened: list[str]) -> None:
    messages = [finding.message for finding in findings({"load_balancer.open_paths": [pattern]}, "admin_paths")]
    assert len(messages) == bool(opened)
    assert all(path in message for path in opened for message in messages)


def test_the_internet_without_a_firewall_is_a_warning() -> None:
    off = {"load_balancer.firewall": None}
    assert "has no load_balancer.firewall" in the_only(off, "firewall", "warning")
    assert findings(off | INTERNAL, "firewall") == []


@pytest.mark.parametrize(("limit", "warned"), [(300 * 100, False), (300 * 100 - 1, True)])
def test_a_limit_that_the_stated_load_of_one_client_exceeds_is_a_warning(limit: int, warned: bool) -> None:
    changes = {
        "load.requests_per_second": 100,
        "load_balancer.firewall": {"requests_per_client_in_5_minutes": limit},
    }
    assert bool(findings(changes, "firewall")) is warned
    if warned:
        message = the_only(changes, "firewall", "warning")
        assert message.startswith(f"load.requests_per_second 100 x 300 s = {100 * 300}, but ")
