"""Checks across the settings, each with its arithmetic in the message.

An error stops the synthesis: what was asked for cannot work or is unsafe. A warning is a choice that costs something at
the wrong moment; it is shown with every plan. Each rule is a function from an environment to its findings.
"""

from collections.abc import Iterable

from modules.rules import (
    cache,
    compute,
    connections,
    copies,
    database,
    drills,
    health,
    litellm,
    load_balancer,
    load_test,
    network,
    objectives,
    scaling,
    timeouts,
    watching,
)
from modules.rules.cache import transaction_buffer
from modules.rules.finding import Finding, Rule, Severity
from modules.settings import Environment

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "Severity",
    "check",
    "errors",
    "transaction_buffer",
]

RULES: tuple[Rule, ...] = (
    *connections.RULES,
    *timeouts.RULES,
    *health.RULES,
    *network.RULES,
    *compute.RULES,
    *load_balancer.RULES,
    *litellm.RULES,
    *database.RULES,
    *cache.RULES,
    *copies.RULES,
    *drills.RULES,
    *load_test.RULES,
    *scaling.RULES,
    *watching.RULES,
    *objectives.RULES,
)


def check(environment: Environment) -> list[Finding]:
    """The findings of every rule, errors first."""
    findings = [finding for rule in RULES for finding in rule(environment)]
    return sorted(findings, key=lambda finding: finding.severity)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]
