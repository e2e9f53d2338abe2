"""An environment with other values, and what the rules find in it."""

from typing import Any

from modules.rules import Finding, check
from modules.settings import Environment


def changed(environment: Environment, changes: dict[str, Any]) -> Environment:
    """The environment with other values at some dotted keys, checked again like a file."""
    content = environment.model_dump()
    for key, value in changes.items():
        *sections, last = key.split(".")
        section = content
        for name in sections:
            section = section[name]
        section[last] = value
    return Environment.model_validate(content)


def findings(environment: Environment, rule: str) -> list[Finding]:
    return [finding for finding in check(environment) if finding.rule == rule]


def the_only_finding(environment: Environment, rule: str, severity: str) -> str:
    """The message of the one finding of a rule."""
    (finding,) = findings(environment, rule)
    assert finding.severity == severity
    return finding.message
