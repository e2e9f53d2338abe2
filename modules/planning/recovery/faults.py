"""Which recovery time each fault leaves an environment with."""

import math
from dataclasses import dataclass, replace

from modules.planning.capacity import survivors, utilisation_percent
from modules.planning.recovery import lost
from modules.planning.recovery.facts import STOP_BEFORE_DEREGISTRATION
from modules.planning.recovery.prediction import Fault, Measure, Parts, Prediction, Term, Two, changed, perhaps
from modules.planning.recovery.replacement import grace, hang_noticed, reaction, refused, replaced
from modules.settings import Environment


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is not among the settings.

    Attributes:
        requests_per_second: None for the load that the environment is meant for. A drill's probe is less.
        outage_seconds: until a lost zone is back, as by the end of an experiment.
        task_age_seconds: of the youngest running task.
    """

    requests_per_second: float | None = None
    outage_seconds: float = math.inf
    task_age_seconds: float = math.inf


USUAL = Circumstances()


def faults(environment: Environment) -> tuple[Fault, ...]:
    """Those that the environment can have."""
    return tuple(fault for fault in Fault if fault is not Fault.DATABASE_FAILOVER or environment.database.multi_az)


def measures(fault: Fault) -> tuple[Measure, ...]:
    if fault is Fault.ZONE_SHIFTED:
        return ("degraded",)
    writes: tuple[Measure, ...] = ("writes",) if fault is Fault.DATABASE_FAILOVER else ()
    return ("degraded", "full", *writes, "data_loss")


def predict(
    environment: Environment, fault: Fault, measure: Measure, circumstances: Circumstances = USUAL
) -> Prediction:
    """
    Raises:
        ValueError: the environment cannot have this fault, or the fault has no such measure.
    """
    if fault not in faults(environment):
        raise ValueError(f"{fault}: database.multi_az is false, so that there is no standby to fail over to")
    if measure not in measures(fault):
        raise ValueError(f"{fault} has no measure {measure}")
    if measure == "data_loss":
        return Prediction(fault=fault, measure=measure, parts=lost.data(environment, fault))
    if fault in (Fault.TASK_STOPPED, Fault.TASK_KILLED, Fault.TASK_HUNG):
        parts, remarks = _task(environment, fault, measure, circumstances)
    elif fault in (Fault.ZONE_LOST, Fault.HOME_ZONE_LOST):
        parts, remarks = _zone(environment, fault, measure, circumstances)
    else:
        parts, remarks = lost.time(environment, fault, measure), lost.remarks(environment, fault)
    return Prediction(fault=fault, measure=measure, parts=parts, remarks=remarks)


def predictions(environment: Environment, circumstances: Circumstances = USUAL) -> tuple[Prediction, ...]:
    """Of every fault that the environment can have, and every measure."""
    return tuple(
        predict(environment, fault, measure, circumstances)
        for fault in faults(environment)
        for measure in measures(fault)
    )


def tasks_lost(environment: Environment, fault: Fault) -> int:
    """Of the wanted tasks; a zone is the one that has most of them."""
    tasks = environment.service.desired_tasks
    if fault in (Fault.ZONE_LOST, Fault.HOME_ZONE_LOST):
        return tasks - survivors(tasks, len(environment.availability_zones))
    return 1 if fault in (Fault.TASK_STOPPED, Fault.TASK_KILLED, Fault.TASK_HUNG) else 0


def survivors_are_overloaded(environment: Environment, fault: Fault, circumstances: Circumstances = USUAL) -> bool:
    """Whether those that are left cannot carry the load, none at all included."""
    left = environment.service.desired_tasks - tasks_lost(environment, fault)
    stated = circumstances.requests_per_second
    load = environment.load.requests_per_second if stated is None else stated
    return left == 0 or utilisation_percent(load, left, environment.service.workers) > 100


def _task(
    environment: Environment, fault: Fault, measure: Measure, circumstances: Circumstances
) -> tuple[Parts, tuple[str, ...]]:
    recovery = _recovered(environment, fault, circumstances)
    if measure == "full":
        return recovery, ()
    return _degraded(environment, fault, circumstances, noticed(environment, fault), recovery)


def noticed(environment: Environment, fault: Fault) -> Parts:
    """Until no request goes to a broken task any more."""
    if fault is Fault.TASK_STOPPED:
        return (
            Term.of(STOP_BEFORE_DEREGISTRATION, "requests to a task that has been told to stop", compressed_floor=5),
        )
    if fault is Fault.TASK_KILLED:
        return (Two(counts="sooner", first=(reaction(),), second=refused(environment)),)
    seen = hang_noticed(environment)
    if environment.load_balancer.algorithm != "least_outstanding_requests":
        return seen
    # The requests that hang there keep new ones away, until their clients give up.
    return perhaps(seen)


def _recovered(environment: Environment, fault: Fault, circumstances: Circumstances) -> Parts:
    if fault in (Fault.TASK_STOPPED, Fault.TASK_KILLED):
        return replaced(environment)
    seen = hang_noticed(environment)
    if circumstances.task_age_seconds < environment.service.health_check_grace_period_seconds:
        seen = (Two(counts="later", first=seen, second=grace(environment, circumstances.task_age_seconds)),)
    return (*seen, *replaced(environment, unhealthy=tasks_lost(environment, fault)))


def _degraded(
    environment: Environment, fault: Fault, circumstances: Circumstances, seen: Parts, recovery: Parts
) -> tuple[Parts, tuple[str, ...]]:
    """Errors end when the broken tasks get no more requests, if the others can do without them."""
    left = environment.service.desired_tasks - tasks_lost(environment, fault)
    if left == 0:
        return recovery, ("no task is left: errors end with the replacement",)
    if survivors_are_overloaded(environment, fault, circumstances):
        remark = f"the load saturates the {left} tasks that are left: requests may queue and fail until all are back"
        queueing = changed(perhaps(recovery), lambda term: replace(term, setting="service.desired_tasks"))
        return (Two(counts="later", first=seen, second=queueing),), (remark,)
    return seen, ()


def _zone(
    environment: Environment, fault: Fault, measure: Measure, circumstances: Circumstances
) -> tuple[Parts, tuple[str, ...]]:
    outage = circumstances.outage_seconds
    seen, recovery = noticed(environment, fault), _zone_recovered(environment, fault, circumstances)
    remarks: tuple[str, ...] = ()
    if measure == "full":
        parts = recovery
    else:
        if math.isfinite(outage):
            seen = (Two(counts="sooner", first=seen, second=(_back(outage),)),)
        parts, remarks = _degraded(environment, fault, circumstances, seen, recovery)
    if fault is Fault.HOME_ZONE_LOST:
        parts = lost.with_what_lives_there(environment, measure, parts, outage)
        remarks = (*remarks, *lost.remarks(environment, fault))
    return parts, remarks


def _zone_recovered(environment: Environment, fault: Fault, circumstances: Circumstances) -> Parts:
    outage = circumstances.outage_seconds
    recovery = _recovered(environment, fault, circumstances)
    # ECS spreads new tasks over the zones, a dead one that it has not been told of included.
    placed_there = Term(
        name="new tasks may be placed in the lost zone until it is back",
        lower=0,
        upper=outage,
        source="operations, section 4: aws-samples/fis-template-library, ecs-fargate-az-impairment",
        clock="real",
    )
    stays = (*recovery, placed_there)
    if math.isinf(outage):
        return stays
    return (Two(counts="either", first=stays, second=(_back(outage), *perhaps(recovery))),)


def _back(outage_seconds: float) -> Term:
    seconds = outage_seconds
    return Term(name="the zone is back", lower=seconds, upper=seconds, source="the experiment", clock="real")
