"""Copies in a second region."""

from collections.abc import Iterator

from modules.rules.finding import Finding, Rule
from modules.settings import Environment


def what_is_protected_is_copied(environment: Environment) -> Iterator[Finding]:
    if environment.database.deletion_protection and environment.second_region is None:
        yield Finding(
            rule="copies",
            severity="warning",
            message="database.deletion_protection says that the data matters, but its backups, the secrets and "
            f"Terraform's state are in {environment.region} alone; state second_region.region",
        )


RULES: tuple[Rule, ...] = (what_is_protected_is_copied,)
