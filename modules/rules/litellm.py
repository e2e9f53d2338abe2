"""What LiteLLM is told."""

from modules.rules.finding import Rule

RULES: tuple[Rule, ...] = ()
