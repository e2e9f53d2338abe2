"""Filter patterns of log lines."""

import pytest

from modules.rehearsal.alarms.filter_patterns import UnsupportedPatternError, matcher

JSON_LINE = '{"level": "ERROR", "code": 503, "request": {"stream": true}}'


@pytest.mark.parametrize(
    ("pattern", "line", "matches"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR", True),
        ("ERROR", "an error", False),
        ("ERROR pool", "pool: ERROR", True),
        ("ERROR pool", "ERROR", False),
        ('?"P1001" ?"Can\'t reach database server"', "Can't reach database server at", True),
        ('?"P1001" ?"out of memory"', "memory", False),
        ('?"] died"', "worker [7] died", True),
        ("ERROR -expected", "ERROR expected", False),
        ('"say \\"no\\""', 'they say "no"', True),
        ('{ $.level = "ERROR" }', JSON_LINE, True),
        ('{ $.level = "INFO" }', JSON_LINE, False),
        ('{ $.level = "ERROR" }', 'level = "ERROR"', False),
        ('{ $.level != "INFO" && $.code >= 500 }', JSON_LINE, True),
        ("{ $.code < 500 || $.code = 503 }", JSON_LINE, True),
        ("{ $.request.stream = true }", JSON_LINE, True),
        ("{ $.absent != 1 }", JSON_LINE, False),
    ],
)
def test_patterns(pattern: str, line: str, matches: bool) -> None:
    assert matcher(pattern)(line) is matches


@pytest.mark.parametrize(
    "pattern", ["%ERR.*%", "[ip, user, request]", '{ $.level = "E*" }', "{ $.level IS NULL }", "{"]
)
def test_what_is_not_known_is_said(pattern: str) -> None:
    with pytest.raises(UnsupportedPatternError):
        matcher(pattern)
