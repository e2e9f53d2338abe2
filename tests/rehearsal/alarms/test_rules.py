"""Rules of composite alarms."""

import pytest

from modules.rehearsal.alarms.rules import UnsupportedRuleError, rule_of

STATES = {"on": "ALARM", "off": "OK", "unknown": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("rule", "on"),
    [
        ('ALARM("on")', True),
        ("ALARM(on)", True),
        ('ALARM("off") OR ALARM("on")', True),
        ('ALARM("off") OR ALARM("gone")', False),
        ('ALARM("on") AND NOT ALARM("off")', True),
        ('NOT (ALARM("on") OR OK("on"))', False),
        ('OK("off") AND INSUFFICIENT_DATA("unknown")', True),
        ('ALARM("off") AND ALARM("off") OR ALARM("on")', True),
        ("TRUE AND NOT FALSE", True),
    ],
)
def test_rules(rule: str, on: bool) -> None:
    assert rule_of(rule)(STATES) is on


@pytest.mark.parametrize("rule", ["", "ALARM", "ALARM(", 'ALARM("on"', 'ALARM("on") ALARM("off")', 'LOUD("on")', "OR"])
def test_what_is_no_rule_is_said(rule: str) -> None:
    with pytest.raises(UnsupportedRuleError):
        rule_of(rule)
