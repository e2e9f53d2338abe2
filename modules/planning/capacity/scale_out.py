"""What waits while autoscaling answers a load that has risen at once, or while a lost zone's tasks are replaced.

Autoscaling as `architecture/autoscaling.py` declares it: an alarm on the service's average CPU over whole minutes, one
task at a time, as long as it is above the threshold; and requests for each task, when that is set. The CPU is taken to
be that of the event loops: waiting for an LLM takes none.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from modules.planning.capacity.backlog import Course, Moment, Queues
from modules.planning.capacity.checks import positive
from modules.planning.capacity.fleet import survivors
from modules.planning.capacity.worker import PUBLISHED, Worker
from modules.planning.fargate import CPU_UNITS_PER_VCPU
from modules.planning.recovery.facts import Range
from modules.planning.recovery.prediction import lower, upper
from modules.planning.recovery.replacement import replaced
from modules.settings import Autoscaling, Environment

Luck = Literal["best", "worst"]
"""Which end of every range that AWS and LiteLLM leave open."""

ALARM_LAG = Range(
    lower=0,
    upper=120,
    source="estimate: up to a minute until a whole minute begins, and up to a minute until its value is there (ECS "
    "sends CPU once a minute)",
)
ALARM_PERIOD_SECONDS = 60
"""Amazon CloudWatch User Guide, "Using Amazon CloudWatch alarms": an alarm that stays on repeats a scaling action once
a minute; ECS's own metrics have a minute's resolution."""
LONGEST_WATCHED_SECONDS = 3600


def scale_out(
    environment: Environment,
    requests_per_second: float,
    luck: Luck,
    *,
    tasks: int | None = None,
    worker: Worker = PUBLISHED,
) -> Course:
    """From a jump of the load to this rate until nothing waits and nothing is added any more, an hour at the most.

    Args:
        tasks: that serve when it jumps; without it the wanted ones.

    Raises:
        ValueError: there is no autoscaling, or a number means nothing.
    """
    autoscaling = environment.service.autoscaling
    if autoscaling is None:
        raise ValueError("service.autoscaling is null: nobody adds a task; state its bounds, or size for the peak")
    wanted = environment.service.desired_tasks if tasks is None else tasks
    positive(requests_per_second=requests_per_second, tasks=wanted)
    starting = math.ceil(start_seconds(environment, luck))
    lag = int(ALARM_LAG.lower if luck == "best" else ALARM_LAG.upper)
    decision = autoscaling.evaluation_minutes * ALARM_PERIOD_SECONDS + lag
    queues, moments, used = _queues(environment, worker), [], list[float]()
    joining = Counter({0: wanted})
    for second in range(LONGEST_WATCHED_SECONDS):
        queues.add(joining.pop(second, 0))
        moments.append(queues.moment(second))
        used.append(queues.step(requests_per_second))
        if second + 1 != decision:
            continue
        cpu_percent = _cpu_percent(environment, used[-ALARM_PERIOD_SECONDS:])
        more = _more(autoscaling, wanted, cpu_percent, requests_per_second)
        if more == wanted and not joining and not queues.backlog:
            break
        if more > wanted:
            joining[second + 1 + starting] += more - wanted
        wanted, decision = more, decision + _pause_seconds(autoscaling)
    return _course(requests_per_second, queues, moments)


def zone_loss(
    environment: Environment, requests_per_second: float, luck: Luck, *, worker: Worker = PUBLISHED
) -> Course:
    """From the moment at which all requests go to the survivors, until the lost tasks are replaced and nothing waits.

    The requests that went to the lost tasks before that moment fail, and do not wait (`recovery.faults.predict`).

    Raises:
        ValueError: no task is left, or the rate is not above 0.
    """
    positive(requests_per_second=requests_per_second)
    tasks = environment.service.desired_tasks
    left = survivors(tasks, len(environment.availability_zones))
    if not left:
        raise ValueError(f"of {tasks} tasks none is left when their zone is lost: nothing waits, all requests fail")
    parts = replaced(environment, unhealthy=tasks - left)
    back = math.ceil(lower(parts) if luck == "best" else upper(parts))
    queues, moments = _queues(environment, worker), []
    queues.add(left)
    for second in range(LONGEST_WATCHED_SECONDS):
        if second == back:
            queues.add(tasks - left)
        moments.append(queues.moment(second))
        queues.step(requests_per_second)
        if second > back and not queues.backlog:
            break
    return _course(requests_per_second, queues, moments)


def start_seconds(environment: Environment, luck: Luck) -> float:
    """From the order for a task until it serves: Fargate, LiteLLM and the first passed check (`recovery.facts`)."""
    parts = replaced(environment)
    return lower(parts) if luck == "best" else upper(parts)


def _queues(environment: Environment, worker: Worker) -> Queues:
    service = environment.service
    sharing = worker.sharing(service.cpu_units / CPU_UNITS_PER_VCPU, service.workers)
    return Queues(service.workers * sharing.requests_per_second, environment.load_balancer.algorithm)


def _cpu_percent(environment: Environment, used: Sequence[float]) -> float:
    """The average of the event loops' time, of which each can use one vCPU."""
    service = environment.service
    return 100 * sum(used) / len(used) * min(1.0, service.workers * CPU_UNITS_PER_VCPU / service.cpu_units)


def _more(autoscaling: Autoscaling, wanted: int, cpu_percent: float, requests_per_second: float) -> int:
    """Tasks that are wanted from now on: one more for the CPU, as many as it takes for the requests of each."""
    more = wanted + (cpu_percent > autoscaling.scale_out_above_percent)
    if autoscaling.requests_per_task_per_minute:
        more = max(more, math.ceil(60 * requests_per_second / autoscaling.requests_per_task_per_minute))
    return max(wanted, min(more, autoscaling.maximum_tasks))


def _pause_seconds(autoscaling: Autoscaling) -> int:
    """Between two additions: whole minutes."""
    return ALARM_PERIOD_SECONDS * math.ceil(autoscaling.scale_out_cooldown_seconds / ALARM_PERIOD_SECONDS)


def _course(requests_per_second: float, queues: Queues, moments: list[Moment]) -> Course:
    return Course(
        requests_per_second=requests_per_second,
        moments=(*moments, queues.moment(moments[-1].seconds + 1)),
        grows=requests_per_second > queues.capacity,
    )
