"""Rules of composite alarms: ALARM("name") and its like, with AND, OR, NOT and parentheses."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

States = Mapping[str, str]
"""States of alarms by their names and by their ARNs."""
Rule = Callable[[States], bool]

_TOKEN = re.compile(r'\s*(?:"([^"]*)"|([()])|([^\s()"]+))')
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")


class UnsupportedRuleError(Exception):
    """The rule is not one that CloudWatch's documentation describes."""


@lru_cache(maxsize=1000)
def rule_of(text: str) -> Rule:
    """What tells whether the composite alarm is on.

    Raises:
        UnsupportedRuleError
    """
    parser = _Parser(text)
    rule = parser.alternatives()
    parser.expect(None)
    return rule


class _Parser:
    """NOT binds tightest, then AND, then OR."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str | None] = [
            quoted or other for quoted, parenthesis, word in _TOKEN.findall(text) for other in [parenthesis or word]
        ] + [None]

    def expect(self, token: str | None) -> None:
        if self._tokens.pop(0) != token:
            raise self._unsupported()

    def _unsupported(self) -> UnsupportedRuleError:
        return UnsupportedRuleError(f"alarm rule {self._text!r}")

    def alternatives(self) -> Rule:
        rules = [self._conjunction()]
        while self._tokens[0] == "OR":
            self.expect("OR")
            rules.append(self._conjunction())
        return lambda states: any(rule(states) for rule in rules)

    def _conjunction(self) -> Rule:
        rules = [self._condition()]
        while self._tokens[0] == "AND":
            self.expect("AND")
            rules.append(self._condition())
        return lambda states: all(rule(states) for rule in rules)

    def _condition(self) -> Rule:
        token = self._tokens.pop(0)
        if token == "NOT":
            negated = self._condition()
            return lambda states: not negated(states)
        if token == "(":
            inner = self.alternatives()
            self.expect(")")
            return inner
        if token in ("TRUE", "FALSE"):
            return lambda states: token == "TRUE"
        if token not in _STATES:
            raise self._unsupported()
        self.expect("(")
        alarm = self._tokens.pop(0)
        if alarm is None:
            raise self._unsupported()
        self.expect(")")
        return lambda states: states.get(alarm) == token
