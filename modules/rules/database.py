"""The database: versions, storage, windows, logins."""

from modules.rules.finding import Rule

RULES: tuple[Rule, ...] = ()
