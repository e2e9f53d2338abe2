"""Copies in a second region."""

from modules.rules.finding import Rule

RULES: tuple[Rule, ...] = ()
