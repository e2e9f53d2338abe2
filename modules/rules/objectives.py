"""Recovery objectives against the topology."""

from collections.abc import Iterator

from modules.planning.recovery.facts import DATABASE_FAILOVER, DATABASE_RESTORE
from modules.rules.finding import Finding, Rule
from modules.settings import Environment


def topology_meets_the_objectives(environment: Environment) -> Iterator[Finding]:
    objectives = environment.objectives
    if not environment.database.multi_az and objectives.database_failure_seconds < DATABASE_RESTORE.lower:
        yield Finding(
            rule="objectives",
            severity="error",
            message=f"objectives.database_failure_seconds is {objectives.database_failure_seconds}, but a database in "
            f"one zone is restored from its backup in {DATABASE_RESTORE.lower} s at best; set "
            "database.multi_az: true or a longer objective",
        )
    if environment.database.multi_az and objectives.database_failure_seconds < DATABASE_FAILOVER.upper:
        yield Finding(
            rule="objectives",
            severity="warning",
            message=f"objectives.database_failure_seconds is {objectives.database_failure_seconds}, but a failover of "
            f"RDS takes up to {DATABASE_FAILOVER.upper} s",
        )
    single = [
        name
        for name, is_single in (
            ("network.nat_gateways: single", environment.network.nat_gateways == "single"),
            ("database.multi_az: false", not environment.database.multi_az),
        )
        if is_single
    ]
    if single:
        yield Finding(
            rule="objectives",
            severity="warning",
            message=f"{' and '.join(single)}: losing the zone that holds it ends service until it is rebuilt, whatever "
            f"objectives.zone_failure_seconds ({objectives.zone_failure_seconds}) says",
        )


RULES: tuple[Rule, ...] = (topology_meets_the_objectives,)
