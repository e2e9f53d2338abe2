"""Recovery times event by event: checks that tick from a random moment on, tasks that wait for each other.

Within a range whose shape nobody knows, every duration is as likely as another. The bounds of `predict` hold for every
run; what the simulation adds is how often a time is how long.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass
from random import Random

import simpy

from modules.planning.recovery.facts import (
    DATABASE_FAILOVER,
    DATABASE_NAME_CACHED,
    DATABASE_RESTORE,
    ECS_REACTION,
    LITELLM_START,
    POOL_RECOVERY,
    PROVISIONING,
    READINESS_PATH,
    READINESS_REMEMBERED,
    STOP_BEFORE_DEREGISTRATION,
    Range,
)
from modules.planning.recovery.faults import USUAL, Circumstances, survivors_are_overloaded, tasks_lost
from modules.planning.recovery.prediction import Fault
from modules.planning.recovery.replacement import CHECK_GIVES_UP_SECONDS, surplus
from modules.settings import Environment

Course = Generator[simpy.Event, None, None]
"""What simpy calls a process: it yields the events that it waits for."""

_SIMULATED = (Fault.TASK_STOPPED, Fault.TASK_KILLED, Fault.TASK_HUNG, Fault.ZONE_LOST, Fault.DATABASE_LOST)
_SIMULATED_WITH_A_STANDBY = (*_SIMULATED, Fault.HOME_ZONE_LOST, Fault.DATABASE_FAILOVER)


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Seconds of each run."""

    degraded: tuple[float, ...]
    full: tuple[float, ...]


def simulate(
    environment: Environment, fault: Fault, *, runs: int, seed: int, circumstances: Circumstances = USUAL
) -> Simulation:
    """
    New tasks come into zones that are there; `predict` allows for ones that ECS places in the lost zone, too.

    Raises:
        ValueError: the environment cannot have this fault, or a person's decisions are what its time consists of.
    """
    if fault not in (_SIMULATED_WITH_A_STANDBY if environment.database.multi_az else _SIMULATED):
        raise ValueError(f"{fault} cannot be simulated for {environment.name}")
    random = Random(seed)
    times = [_Run(environment, circumstances, random).times(fault) for _ in range(runs)]
    return Simulation(degraded=tuple(degraded for degraded, _ in times), full=tuple(full for _, full in times))


class _Run:
    """One fault at moment 0, and what follows."""

    def __init__(self, environment: Environment, circumstances: Circumstances, random: Random) -> None:
        self._environment = environment
        self._circumstances = circumstances
        self._random = random
        self._world = simpy.Environment()
        beside = surplus(environment)
        self._stops_first = beside == 0
        self._places = simpy.Resource(self._world, capacity=max(1, beside))
        self._no_more_requests = 0.0

    def times(self, fault: Fault) -> tuple[float, float]:
        """RTO degraded and RTO full."""
        world = self._world
        database_back = self._database_back(fault)
        courses = [world.process(course) for course in self._courses(fault, database_back)]
        world.run(until=world.all_of(courses))
        full = max(world.now, database_back)
        lost = tasks_lost(self._environment, fault)
        if lost and survivors_are_overloaded(self._environment, fault, self._circumstances):
            return full, full
        if fault is Fault.DATABASE_LOST:
            return full, full
        no_more_requests = min(self._no_more_requests, self._circumstances.outage_seconds)
        return max(no_more_requests, database_back), full

    def _courses(self, fault: Fault, database_back: float) -> list[Course]:
        tasks = self._environment.service.desired_tasks
        if fault is Fault.TASK_STOPPED:
            self._no_more_requests = self._some(STOP_BEFORE_DEREGISTRATION)
            return [self._new_task()]
        if fault is Fault.TASK_KILLED:
            return [self._killed()]
        if fault is Fault.DATABASE_LOST:
            return [self._successor(database_back) for _ in range(tasks)]
        if fault is Fault.DATABASE_FAILOVER:
            return [self._not_ready(database_back) for _ in range(tasks)]
        return [self._hung() for _ in range(tasks_lost(self._environment, fault))]

    def _database_back(self, fault: Fault) -> float:
        if fault is Fault.DATABASE_LOST:
            return self._some(DATABASE_RESTORE)
        if fault in (Fault.DATABASE_FAILOVER, Fault.HOME_ZONE_LOST):
            return sum(self._some(part) for part in (DATABASE_FAILOVER, DATABASE_NAME_CACHED, POOL_RECOVERY))
        return 0

    def _some(self, range_: Range) -> float:
        return self._random.uniform(range_.lower, range_.upper)

    def _up_to(self, seconds: float) -> float:
        return self._random.uniform(0, seconds)

    def _killed(self) -> Course:
        """ECS sees the container's end, or the load balancer is refused often enough."""
        check, seen = self._environment.load_balancer.health_check, self._some(ECS_REACTION)
        refused = self._up_to(check.interval_seconds) + (check.unhealthy_threshold - 1) * check.interval_seconds
        self._no_more_requests = min(seen, refused)
        yield self._world.timeout(seen)
        yield from self._new_task(reaction_seconds=0)

    def _hung(self) -> Course:
        world = self._world
        balancer, container = world.timeout(self._balancer_seconds()), world.timeout(self._container_seconds())
        yield balancer | container
        verdict = world.now
        if not balancer.processed:
            # The load balancer stops by itself; after the container's verdict it waits for ECS.
            yield world.timeout(self._some(ECS_REACTION)) | balancer
        self._no_more_requests = max(self._no_more_requests, world.now)
        grace = self._environment.service.health_check_grace_period_seconds - self._circumstances.task_age_seconds
        if max(verdict, grace) > world.now:
            yield world.timeout(max(verdict, grace) - world.now)
        yield from self._successor()

    def _balancer_seconds(self) -> float:
        """One check at each interval; the one that fills the threshold counts when its timeout is over."""
        check = self._environment.load_balancer.health_check
        first = self._up_to(check.interval_seconds)
        return first + (check.unhealthy_threshold - 1) * check.interval_seconds + check.timeout_seconds

    def _container_seconds(self) -> float:
        """Here an interval begins when the check before has ended."""
        check = self._environment.service.health_check
        first = self._up_to(check.interval_seconds)
        timeouts = sum(check.timeout_seconds - self._up_to(CHECK_GIVES_UP_SECONDS) for _ in range(check.retries))
        return first + (check.retries - 1) * check.interval_seconds + timeouts

    def _not_ready(self, database_back: float) -> Course:
        """A task while the database is away: replaced when it fails its checks of readiness often enough before that
        ends."""
        targets, container = self._environment.load_balancer.health_check, self._environment.service.health_check
        checks = ((targets, targets.unhealthy_threshold), (container, container.retries))
        noticed = self._some(READINESS_REMEMBERED)
        verdicts = [
            noticed + self._up_to(check.interval_seconds) + (failures - 1) * check.interval_seconds
            for check, failures in checks
            if check.path == READINESS_PATH
        ]
        verdict = min(verdicts, default=math.inf)
        if verdict < database_back:
            yield self._world.timeout(verdict)
            yield from self._successor(database_back)

    def _successor(self, database_back: float = 0) -> Course:
        """Of a task that still runs: beside it, as soon as there is a place."""
        with self._places.request() as place:
            yield place
            if self._stops_first:
                draining = self._up_to(self._environment.load_balancer.deregistration_delay_seconds)
                yield self._world.timeout(draining + self._up_to(self._environment.service.stop_timeout_seconds))
            yield from self._new_task(database_back=database_back)

    def _new_task(self, *, reaction_seconds: float | None = None, database_back: float = 0) -> Course:
        reaction = self._some(ECS_REACTION) if reaction_seconds is None else reaction_seconds
        provisioned = self._world.now + reaction + self._some(PROVISIONING)
        # Without the database, LiteLLM does not come up.
        serves = max(provisioned, database_back) + self._some(LITELLM_START)
        targets, container = self._environment.load_balancer.health_check, self._environment.service.health_check
        checked = max(
            self._up_to(check.interval_seconds) + self._up_to(check.timeout_seconds) for check in (targets, container)
        )
        yield self._world.timeout(serves + checked - self._world.now)
