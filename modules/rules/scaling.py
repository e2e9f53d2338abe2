"""Autoscaling, and the load on the survivors of a lost zone."""

from modules.rules.finding import Rule

RULES: tuple[Rule, ...] = ()
