"""What it takes when a database, what only one zone has, or a region is gone, and which data goes with it."""

import math

from modules.planning.recovery.facts import (
    BACKUP_AGE,
    CONNECTIONS_STAY,
    COPY_AGE,
    DATABASE_FAILOVER,
    DATABASE_NAME_CACHED,
    DATABASE_RESTORE,
    DECISION,
    LOAD_BALANCER_NAME_CACHED,
    POOL_RECOVERY,
    READINESS_PATH,
    REBUILD,
)
from modules.planning.recovery.prediction import Fault, Measure, Parts, Term, Two, perhaps, upper
from modules.planning.recovery.replacement import replaced
from modules.settings import Environment

PROMOTION: Parts = (
    Term.of(DATABASE_FAILOVER, "RDS promotes the standby"),
    Term.of(DATABASE_NAME_CACHED, "the database's old address is cached", clock="real"),
)
FAILOVER: Parts = (*PROMOTION, Term.of(POOL_RECOVERY, "LiteLLM's connections come back", clock="real"))


def time(environment: Environment, fault: Fault, measure: Measure) -> Parts:
    """
    Raises:
        ValueError: the fault is none of a database, a region, or a zone that is shifted away.
    """
    if fault is Fault.DATABASE_FAILOVER:
        return _failover(environment, measure)
    if fault is Fault.DATABASE_LOST:
        return (*_restored(), *_rolled(environment))
    if fault is Fault.REGION_LOST:
        return _rebuilt(environment)
    if fault is Fault.ZONE_SHIFTED:
        return _shifted(environment)
    raise ValueError(f"{fault} is not among them")


def data(environment: Environment, fault: Fault) -> Parts:
    """Age of the oldest acknowledged write that is gone."""
    if fault is Fault.TASK_STOPPED:
        return (Term(name="a task that stops writes what it has collected", lower=0, upper=0),)
    if fault in (Fault.TASK_KILLED, Fault.TASK_HUNG, Fault.ZONE_LOST):
        return (_spend(environment),)
    if fault is Fault.DATABASE_FAILOVER or (fault is Fault.HOME_ZONE_LOST and environment.database.multi_az):
        standby = Term(
            name="the standby has every acknowledged write",
            lower=0,
            upper=0,
            setting="database.multi_az",
            source='Amazon RDS User Guide, "Multi-AZ DB instance deployments": synchronous',
        )
        return (standby, _spend(environment)) if fault is Fault.HOME_ZONE_LOST else (standby,)
    if fault is Fault.REGION_LOST:
        if environment.second_region is None:
            return (_no_copies(),)
        age = Term.of(COPY_AGE, "backups on their way to the second region", setting="second_region", clock="real")
        return (Term.of(BACKUP_AGE, "writes since the last backup", clock="real"), age)
    return (Term.of(BACKUP_AGE, "writes since the last backup", clock="real"),)


def remarks(environment: Environment, fault: Fault) -> tuple[str, ...]:
    if fault is Fault.HOME_ZONE_LOST and (only := _only_there(environment)):
        return (f"{' and '.join(only)}: service ends until the zone is back or it is rebuilt elsewhere",)
    if fault is Fault.DATABASE_FAILOVER and _readiness_kills(environment):
        return (f"{READINESS_PATH} fails while the database is away: ECS may replace every task",)
    if fault is Fault.DATABASE_LOST:
        return ("from the start of the restore; the time until a person starts it comes on top",)
    if fault is Fault.ZONE_SHIFTED:
        return ("from the start of the shift; the time until a person starts it comes on top",)
    return ()


def with_what_lives_there(environment: Environment, measure: Measure, parts: Parts, outage_seconds: float) -> Parts:
    """A lost zone's recovery when it is the database's zone."""
    if environment.database.multi_az:
        parts = (Two(counts="later", first=parts, second=_failover(environment, measure)),)
    if only := _only_there(environment):
        back = Term(
            name="until the zone is back",
            lower=0,
            upper=outage_seconds,
            setting=only[0].partition(":")[0],
            clock="real",
        )
        parts = (*parts, back)
    return parts


def _only_there(environment: Environment) -> tuple[str, ...]:
    single_nat = environment.network.existing is None and environment.network.nat_gateways == "single"
    return (
        *(("database.multi_az: false",) if not environment.database.multi_az else ()),
        *(("network.nat_gateways: single",) if single_nat else ()),
    )


def _failover(environment: Environment, measure: Measure) -> Parts:
    if measure == "writes":
        return PROMOTION
    if not _readiness_kills(environment):
        return FAILOVER
    replacement = replaced(environment, unhealthy=environment.service.desired_tasks)
    check = environment.load_balancer.health_check
    recovered = Term(
        name=f"or {check.healthy_threshold} passed checks of those that stay",
        lower=0,
        upper=check.healthy_threshold * check.interval_seconds,
        setting="load_balancer.health_check.healthy_threshold",
    )
    return (*FAILOVER, *perhaps(replacement), *((recovered,) if measure == "full" else ()))


def _readiness_kills(environment: Environment) -> bool:
    """Whether the database can be away for long enough that checks of readiness have ECS replace the tasks."""
    targets, container = environment.load_balancer.health_check, environment.service.health_check
    patience = [
        (check.path, check.interval_seconds * (failures - 1))
        for check, failures in ((targets, targets.unhealthy_threshold), (container, container.retries))
    ]
    return any(path == READINESS_PATH and seconds < upper(FAILOVER) for path, seconds in patience)


def _restored() -> Parts:
    return (Term.of(DATABASE_RESTORE, "restore of the backup", clock="real"),)


def _rolled(environment: Environment) -> Parts:
    """New tasks with the new database's address."""
    return replaced(environment, unhealthy=environment.service.desired_tasks)


def _rebuilt(environment: Environment) -> Parts:
    if environment.second_region is None:
        return (_no_copies(),)
    return (
        Term.of(DECISION, "a person decides to leave the region", clock="real"),
        Term.of(REBUILD, "the stack is deployed in the second region", setting="second_region", clock="real"),
        *_restored(),
        *_rolled(environment),
        Term.of(LOAD_BALANCER_NAME_CACHED, "the old address is cached", clock="real"),
    )


def _no_copies() -> Term:
    return Term(name="no copies outside the region", lower=math.inf, upper=math.inf, setting="second_region")


def _shifted(environment: Environment) -> Parts:
    setting = "load_balancer.zonal_shift"
    if not environment.load_balancer.zonal_shift:
        return (Term(name="the zone cannot be shifted away", lower=math.inf, upper=math.inf, setting=setting),)
    return (
        Term.of(LOAD_BALANCER_NAME_CACHED, "clients remember the zone's address", setting=setting, clock="real"),
        Term.of(CONNECTIONS_STAY, "open connections end", setting=setting, clock="real"),
    )


def _spend(environment: Environment) -> Term:
    return Term(
        name="spend that was not written yet",
        lower=0,
        upper=environment.litellm.batch_write_seconds,
        setting="litellm.batch_write_seconds",
        clock="real",
    )
