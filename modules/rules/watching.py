"""Alarms that sit on the steady state or can never fire."""

from modules.rules.finding import Rule

RULES: tuple[Rule, ...] = ()
