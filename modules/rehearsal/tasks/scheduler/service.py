"""A service's scheduler: starts and stops tasks until the service is as it is wanted."""

from collections.abc import Callable, Sequence
from typing import Any

from modules.rehearsal.tasks import events
from modules.rehearsal.tasks.machine import Machine
from modules.rehearsal.tasks.scheduler import messages, rollout
from modules.rehearsal.tasks.scheduler.deployment import Counts, Plan, failures_allowed, pause_seconds, plan
from modules.rehearsal.tasks.scheduler.new_task import new_task, zones_of
from modules.rehearsal.tasks.scheduler.rebalancing import Rebalancing
from modules.rehearsal.tasks.task import TaskRun

_CIRCUIT_BREAKER = "ECS deployment circuit breaker: tasks failed to start."
_ALARMS = "ECS deployment alarm: alarm detected."
_UNBIDDEN = ("TaskFailedToStart", "EssentialContainerExited")
_FAILED_CHECKS = "Task failed"
"""How the reasons of tasks begin that the scheduler stopped for their health."""


class ServiceScheduler:
    """Every method is to be called under the control plane's lock."""

    def __init__(self, machine: Machine, backend: Any, service: Any) -> None:
        self.service = service
        self._machine = machine
        self._backend = backend
        self._announced = ""
        self._steady = False
        self._impaired = False
        self._placeable = True
        self._failures_in_a_row = 0
        self._next_start = 0.0
        self._alarms_ignored: set[str] = set()
        self._rebalancing = Rebalancing(service)

    def turn(self, runs: Sequence[TaskRun], adopt: Callable[[Any], TaskRun]) -> None:
        """One comparison.

        Args:
            runs: of the service's tasks that have not stopped, and of those that stopped since the last turn.
            adopt: takes a new task over.
        """
        service = self.service
        if not service.deployments:
            return
        primary = service.deployments[0]
        if primary["id"] != self._announced:
            self._begin(primary)
        self._stop_the_unhealthy(runs)
        self._count_failures(runs, primary)
        self._judge(primary)
        primary = service.deployments[0]
        wanted = [run for run in runs if run.wanted]
        own = [run for run in wanted if run.model.started_by == primary["id"]]
        former = [run for run in wanted if run.model.started_by != primary["id"]]
        configuration = getattr(service, "deployment_configuration", None) or {}
        maximum_percent = configuration.get("maximumPercent", 200)
        steps = plan(
            service.desired_count + self._rebalancing.extra(),
            Counts(
                primary=len(own),
                primary_healthy=sum(run.healthy for run in own),
                former=len(former),
                former_healthy=sum(run.healthy for run in former),
            ),
            minimum_percent=configuration.get("minimumHealthyPercent", 100),
            maximum_percent=maximum_percent,
            failed=primary["rolloutState"] == "FAILED" or service.status != "ACTIVE",
        )
        self._stop_by_plan(own, former, steps)
        started = self._start(steps.start, [*own, *former], primary, adopt)
        if not steps.stop_primary and self._may_move(own, former, primary):
            room = service.desired_count * maximum_percent // 100 - len(own)
            zones = set(zones_of(service).values())
            if self._rebalancing.is_due(zones, own, self._machine.zones_cut, room):
                started = self._start_newcomer(own, primary, adopt)
        self._report([*runs, *started], primary)

    def _begin(self, primary: dict[str, Any]) -> None:
        """A new deployment is not slowed down by the failures of the one before (ECS, service throttle logic)."""
        self._announced = primary["id"]
        self._failures_in_a_row, self._next_start, self._impaired = 0, 0.0, False
        self._alarms_ignored = self._ringing()
        self._rebalancing.forget()
        rollout.announce(self.service, primary)

    def _stop_the_unhealthy(self, runs: Sequence[TaskRun]) -> None:
        grace_seconds = getattr(self.service, "health_check_grace_period_seconds", 0) or 0
        for run in runs:
            if run.state != "RUNNING" or not run.wanted:
                continue
            if run.container_health == "UNHEALTHY":
                messages.unhealthy_container(self.service, run.model.id)
                run.ask_to_stop("ServiceSchedulerInitiated", "Task failed container health checks")
                continue
            if self._machine.clock() - run.running_since < grace_seconds:
                continue
            for target_group, port in run.load_balancers:
                if run.wanted and run.target_states.get(target_group) == "unhealthy":
                    messages.unhealthy_target(self.service, run.model.id, port, target_group)
                    run.ask_to_stop(
                        "ServiceSchedulerInitiated", f"Task failed ELB health checks in (target-group {target_group})"
                    )

    def _count_failures(self, runs: Sequence[TaskRun], primary: dict[str, Any]) -> None:
        """A task counts as failed when it stops unbidden before it was healthy."""
        for run in runs:
            if run.model.started_by != primary["id"]:
                run.counted = run.counted or not run.wanted
                continue
            if run.was_healthy:
                primary["failedTasks"] = 0
            if run.ran and run.wanted:
                self._failures_in_a_row = 0
            if run.wanted or run.counted:
                continue
            run.counted = True
            reason = str(run.model.stopped_reason or "")
            if run.model.stop_code in _UNBIDDEN or reason.startswith(_FAILED_CHECKS):
                primary["failedTasks"] += 0 if run.was_healthy else 1
            if run.model.stop_code == "TaskFailedToStart":
                self._failures_in_a_row += 1
                self._throttle()

    def _throttle(self) -> None:
        seconds = pause_seconds(self._failures_in_a_row)
        self._next_start = self._machine.clock() + self._machine.settings.paced(seconds)
        if seconds and not self._impaired:
            self._impaired = True
            messages.impaired(self.service)
            events.service_action(self.service, "WARN", "SERVICE_TASK_START_IMPAIRED")

    def _judge(self, primary: dict[str, Any]) -> None:
        if primary["rolloutState"] != "IN_PROGRESS":
            return
        configuration = getattr(self.service, "deployment_configuration", None) or {}
        breaker = configuration.get("deploymentCircuitBreaker") or {}
        alarms = configuration.get("alarms") or {}
        # A rollback is not rolled back.
        rolls_back = "rolling back" in primary["rolloutStateReason"]
        if breaker.get("enable") and primary["failedTasks"] >= failures_allowed(self.service.desired_count):
            rollout.fail(self.service, primary, _CIRCUIT_BREAKER, roll_back=breaker.get("rollback", False))
        elif alarms.get("enable") and not rolls_back and self._ringing() - self._alarms_ignored:
            rollout.fail(self.service, primary, _ALARMS, roll_back=alarms.get("rollback", False))

    def _ringing(self) -> set[str]:
        configuration = getattr(self.service, "deployment_configuration", None) or {}
        names = (configuration.get("alarms") or {}).get("alarmNames", [])
        ask = self._machine.alarm_state
        return {name for name in names if ask(name) == "ALARM"} if ask else set()

    def _stop_by_plan(self, own: Sequence[TaskRun], former: Sequence[TaskRun], steps: Plan) -> None:
        unhealthy = [run for run in former if not run.healthy][: steps.stop_former_unhealthy]
        healthy = [run for run in former if run.healthy][: steps.stop_former_healthy]
        surplus: list[TaskRun] = []
        for _ in range(steps.stop_primary):
            left = [run for run in own if run not in surplus]
            zones = [run.zone for run in left]
            # From the fullest zone, and there one that does not serve yet.
            surplus.append(max(left, key=lambda run: (zones.count(run.zone), not run.healthy)))
        stopping = [*unhealthy, *healthy, *surplus]
        for run in stopping:
            deployment = run.model.started_by
            run.ask_to_stop("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {deployment})")
        if stopping and not self._rebalancing.stopped(stopping):
            messages.stopped(self.service, [run.model.id for run in stopping])

    def _start(
        self, count: int, wanted: Sequence[TaskRun], primary: dict[str, Any], adopt: Callable[[Any], TaskRun]
    ) -> list[TaskRun]:
        if count == 0 or self._machine.clock() < self._next_start:
            return []
        started: list[TaskRun] = []
        for _ in range(count):
            model = new_task(self._machine, self._backend, self.service, [*wanted, *started], primary)
            if model is None:
                break
            started.append(adopt(model))
        if started:
            messages.started(self.service, [run.model.id for run in started])
        elif self._placeable:
            messages.nowhere_to_place(self.service)
            events.service_action(self.service, "ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", "RESOURCE:FARGATE")
        self._placeable = bool(started)
        return started

    def _may_move(self, own: Sequence[TaskRun], former: Sequence[TaskRun], primary: dict[str, Any]) -> bool:
        """Nothing else is going on: no deployment, and every wanted task serves."""
        settled = primary["rolloutState"] == "COMPLETED" and self.service.status == "ACTIVE" and not former
        return settled and len(own) == self.service.desired_count and all(run.healthy for run in own)

    def _start_newcomer(
        self, own: Sequence[TaskRun], primary: dict[str, Any], adopt: Callable[[Any], TaskRun]
    ) -> list[TaskRun]:
        model = new_task(self._machine, self._backend, self.service, own, primary)
        if model is None:
            return []
        run = adopt(model)
        self._rebalancing.started(run)
        return [run]

    def _report(self, runs: Sequence[TaskRun], primary: dict[str, Any]) -> None:
        """What DescribeServices answers, and whether the service is steady."""
        service = self.service
        alive = [run for run in runs if run.state != "STOPPED"]
        for deployment in service.deployments:
            own = [run for run in alive if run.model.started_by == deployment["id"]]
            deployment["runningCount"] = sum(run.state == "RUNNING" for run in own)
            deployment["pendingCount"] = sum(run.state in ("PROVISIONING", "PENDING", "ACTIVATING") for run in own)
            deployment["desiredCount"] = service.desired_count if deployment is primary else sum(r.wanted for r in own)
        running = sum(run.state == "RUNNING" for run in alive)
        service.running_count = running
        service.pending_count = sum(run.state in ("PROVISIONING", "PENDING", "ACTIVATING") for run in alive)
        own = [run for run in alive if run.model.started_by == primary["id"]]
        healthy = sum(run.healthy for run in own)
        reached = healthy == service.desired_count == running and len(own) == len(alive) == healthy
        if service.status == "DRAINING" and not alive:
            service.status = "INACTIVE"
            service.deployments = []
        elif reached and service.status == "ACTIVE" and primary["rolloutState"] != "FAILED":
            rollout.complete(service, primary)
            if not self._steady:
                messages.steady(service)
                events.service_action(service, "INFO", "SERVICE_STEADY_STATE")
        self._steady = reached
