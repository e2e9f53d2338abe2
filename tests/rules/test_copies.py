"""Copies in a second region."""

from modules.environment_file import load
from modules.rules import Finding, check
from modules.settings import Environment


def findings(environment: Environment, second_region: dict[str, str] | None) -> list[Finding]:
    content = environment.model_dump() | {"second_region": second_region}
    return [finding for finding in check(Environment.model_validate(content)) if finding.rule == "copies"]


def test_a_protected_database_without_copies_elsewhere_is_shown() -> None:
    (finding,) = findings(load("production"), None)
    assert finding.severity == "warning"
    assert "are in us-east-1 alone; state second_region.region" in finding.message


def test_with_copies_elsewhere_there_is_nothing_to_show() -> None:
    assert findings(load("production"), {"region": "us-west-2"}) == []


def test_what_may_be_destroyed_needs_no_copy() -> None:
    assert findings(load("benchmark"), None) == []
