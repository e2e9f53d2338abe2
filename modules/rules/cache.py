"""The cache."""

from modules.rules.finding import Rule

RULES: tuple[Rule, ...] = ()
