"""What waits while autoscaling answers a load that has risen at once, or while a lost zone's tasks are replaced.

Autoscaling as `architecture/autoscaling.py` declares it: an alarm on the service's average CPU over whole minutes, one
task at a time, as long as it is above the threshold; and requests for each task, when that is set. The CPU is taken to
be that of the event loops: waiting for an LLM takes none.
"""

import heapq
import math
from typing import Literal

from modules.planning.capacity.backlog import Course, course
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
    """From a jump of the load to this rate until nothing waits any more.

    Args:
        tasks: that serve when it jumps; without it the wanted ones.

    Raises:
        ValueError: there is no autoscaling, or a number means nothing.
    """
    autoscaling = environment.service.autoscaling
    if autoscaling is None:
        raise ValueError("service.autoscaling is null: nobody adds a task; state its bounds, or size for the peak")
    started = environment.service.desired_tasks if tasks is None else tasks
    positive(requests_per_second=requests_per_second, tasks=started)
    fleet = _Fleet(environment, worker)
    decision = autoscaling.evaluation_minutes * ALARM_PERIOD_SECONDS + _end(ALARM_LAG, luck)
    pause = max(1, math.ceil(autoscaling.scale_out_cooldown_seconds / ALARM_PERIOD_SECONDS)) * ALARM_PERIOD_SECONDS
    starting, starts = start_seconds(environment, luck), list[float]()
    wanted, steps = started, [(0.0, started, fleet.carries(started))]
    while decision <= LONGEST_WATCHED_SECONDS:
        while starts and starts[0] <= decision:
            steps.append(_one_more(fleet, steps, heapq.heappop(starts)))
        now = course(requests_per_second, steps, watch_seconds=decision)
        waiting = now.gone_seconds > decision
        more = _more(autoscaling, wanted, fleet.cpu_percent(requests_per_second, steps[-1][1], waiting=waiting))
        more = max(more, _for_requests(autoscaling, wanted, requests_per_second))
        if more == wanted and not starts:
            break
        for _ in range(more - wanted):
            heapq.heappush(starts, decision + starting)
        wanted = more
        decision += pause
    while starts:
        steps.append(_one_more(fleet, steps, heapq.heappop(starts)))
    return course(requests_per_second, steps, watch_seconds=LONGEST_WATCHED_SECONDS)


def zone_loss(
    environment: Environment, requests_per_second: float, luck: Luck, *, worker: Worker = PUBLISHED
) -> Course:
    """From the moment at which all requests go to the survivors, until the lost tasks are replaced and nothing waits.

    The requests that went to the lost tasks before that moment fail, and do not wait (`recovery.faults.predict`).

    Raises:
        ValueError: the rate is not above 0.
    """
    positive(requests_per_second=requests_per_second)
    tasks = environment.service.desired_tasks
    left = survivors(tasks, len(environment.availability_zones))
    fleet, parts = _Fleet(environment, worker), replaced(environment, unhealthy=tasks - left)
    back = lower(parts) if luck == "best" else upper(parts)
    steps = [(0.0, left, fleet.carries(left)), (back, tasks, fleet.carries(tasks))]
    return course(requests_per_second, steps, watch_seconds=LONGEST_WATCHED_SECONDS)


def start_seconds(environment: Environment, luck: Luck) -> float:
    """From the order for a task until it serves: Fargate, LiteLLM and the first passed check (`recovery.facts`)."""
    parts = replaced(environment)
    return lower(parts) if luck == "best" else upper(parts)


def _end(range_: Range, luck: Luck) -> float:
    return range_.lower if luck == "best" else range_.upper


def _one_more(fleet: "_Fleet", steps: list[tuple[float, int, float]], seconds: float) -> tuple[float, int, float]:
    tasks = steps[-1][1] + 1
    return seconds, tasks, fleet.carries(tasks)


def _more(autoscaling: Autoscaling, wanted: int, cpu_percent: float) -> int:
    above = cpu_percent > autoscaling.scale_out_above_percent
    return min(wanted + above, max(wanted, autoscaling.maximum_tasks))


def _for_requests(autoscaling: Autoscaling, wanted: int, requests_per_second: float) -> int:
    per_minute = autoscaling.requests_per_task_per_minute
    if per_minute is None:
        return wanted
    return max(wanted, min(autoscaling.maximum_tasks, math.ceil(60 * requests_per_second / per_minute)))


class _Fleet:
    """Tasks of the environment's size."""

    def __init__(self, environment: Environment, worker: Worker) -> None:
        service = environment.service
        self._vcpus, self._workers = service.cpu_units / CPU_UNITS_PER_VCPU, service.workers
        self._worker = worker.sharing(self._vcpus, self._workers)

    def carries(self, tasks: int) -> float:
        return tasks * self._workers * self._worker.requests_per_second

    def cpu_percent(self, requests_per_second: float, tasks: int, *, waiting: bool) -> float:
        busy = 1.0 if waiting else min(1.0, requests_per_second / self.carries(tasks))
        return 100 * busy * min(1.0, self._workers / self._vcpus)
