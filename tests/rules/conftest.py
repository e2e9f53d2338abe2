"""What the rules find in an environment."""

from modules.rules import Finding, check
from modules.settings import Environment


def findings(environment: Environment, rule: str) -> list[Finding]:
    return [finding for finding in check(environment) if finding.rule == rule]


def the_only_finding(environment: Environment, rule: str, severity: str) -> str:
    """The message of the one finding of a rule."""
    (finding,) = findings(environment, rule)
    assert finding.severity == severity
    return finding.message
