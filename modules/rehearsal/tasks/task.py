"""One task from PROVISIONING to STOPPED, as ECS takes it there (Developer Guide, "Amazon ECS task lifecycle")."""

import shutil
from collections.abc import Sequence
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.gaps.ecs import details, release_network_interfaces
from modules.rehearsal.tasks import events, targets
from modules.rehearsal.tasks.container import Surroundings
from modules.rehearsal.tasks.images import CannotPullContainerError
from modules.rehearsal.tasks.machine import Machine
from modules.rehearsal.tasks.running_container import CannotStartContainerError, RunningContainer
from modules.rehearsal.tasks.secrets import ResourceInitializationError

_NETWORK_SHARE = 0.4
"""Of the provisioning time: until the network interface is there; the rest is for the image."""
_GOOD_TARGETS = {"healthy", "unavailable"}
"""Elastic Load Balancing, TargetHealth: `unavailable` is a target that is not checked."""
_BALANCER_SECONDS = 10
"""The balancer must have noticed a deregistration after its delay and so long."""


class TaskRun:
    """
    Attributes:
        model: moto's task.
        load_balancers: (target group's ARN, port) of each target group that the task belongs to.
        target_states: what the balancer says of it, by target group.
        ran: it reached RUNNING.
        was_healthy: it passed all its health checks once.
        start_up_seconds: from the process's start until then.
    """

    def __init__(
        self, machine: Machine, model: Any, definition: Any, load_balancers: Sequence[tuple[str, int]] = ()
    ) -> None:
        self._machine = machine
        self.model = model
        self._definition = definition
        self.load_balancers = tuple(load_balancers)
        self.address = machine.addresses.of(model.task_arn)
        self.private_ip = next(iter(details(model, "privateIPv4Address")), "")
        self.zone: str = getattr(model, "availability_zone", "")
        subnet = next(iter(details(model, "subnetId")), None)
        ec2 = ec2_backends[model._account_id][model.region_name]
        self.vpc_id: str | None = ec2.get_subnet(subnet).vpc_id if subnet else None
        self.containers: list[RunningContainer] = []
        self.target_states: dict[str, str | None] = {}
        self.ran = self.was_healthy = self.counted = False
        self.start_up_seconds: float | None = None
        self._since = self.running_since = machine.clock()
        self._draining_seconds = 0.0
        self._folder = machine.folder / model.id

    @property
    def state(self) -> str:
        return str(self.model.last_status)

    @property
    def wanted(self) -> bool:
        """Nobody asked it to stop."""
        return bool(self.model.desired_status == "RUNNING")

    @property
    def container_health(self) -> str:
        """UNHEALTHY if any essential container is, HEALTHY if all that are checked are, else UNKNOWN."""
        states = [container.health.state for container in self.containers if container.health and container.essential]
        if "UNHEALTHY" in states:
            return "UNHEALTHY"
        return "HEALTHY" if states and set(states) == {"HEALTHY"} else "UNKNOWN"

    @property
    def healthy(self) -> bool:
        checked = any(container.health for container in self.containers)
        return (
            self.state == "RUNNING"
            and self.wanted
            and (not checked or self.container_health == "HEALTHY")
            and (self._machine.target_health is None or set(self.target_states.values()) <= _GOOD_TARGETS)
        )

    def ask_to_stop(self, code: str, reason: str) -> None:
        """
        Args:
            code: Amazon ECS API, TaskStopCode.
        """
        with LOCK:
            if self.wanted:
                self.model.desired_status = "STOPPED"
                self.model.stop_code = code
                self.model.stopped_reason = reason
                self.model.stopping_at = utcnow()

    def step(self, now: float) -> None:
        """Takes the task on by one state at most."""
        for container in self.containers:
            container.step(now)
        if self.containers and not (self.wanted and self.container_health == "UNKNOWN"):
            self._machine.starting.discard(self.model.task_arn)
        if self.state == "PROVISIONING":
            self._provision(now)
        elif self.state == "PENDING":
            self._pull(now)
        elif self.state == "ACTIVATING":
            self._activate(now)
        elif self.state == "RUNNING":
            self._run(now)
        elif self.state == "DEACTIVATING":
            self._drain(now)
        elif self.state == "STOPPING":
            self._stop(now)
        elif self.state == "DEPROVISIONING":
            self._release(now)

    def end_at_once(self) -> None:
        """When the rehearsal itself ends."""
        for container in self.containers:
            container.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _provision(self, now: float) -> None:
        if not self.wanted:
            self._move("DEPROVISIONING", now)
        elif self.zone in self._machine.zones_cut:
            self._fail("Timeout waiting for network interface provisioning to complete.", now)
        elif now - self._since >= self._provisioning_seconds * _NETWORK_SHARE:
            self.model.connectivity = "CONNECTED"
            self.model.connectivity_at = self.model.pull_started_at = utcnow()
            self._move("PENDING", now)

    def _pull(self, now: float) -> None:
        if not self.wanted:
            self._move("DEPROVISIONING", now)
        elif self._pulled(now) and len(self._machine.starting) < self._machine.settings.starts_at_once:
            self.model.pull_stopped_at = utcnow()
            try:
                self._start_containers()
            except (ResourceInitializationError, CannotPullContainerError, CannotStartContainerError, OSError) as error:
                self._fail(str(error), now)
            else:
                self._move("ACTIVATING", now)

    def _pulled(self, now: float) -> bool:
        return now - self._since >= self._provisioning_seconds * (1 - _NETWORK_SHARE)

    def _start_containers(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        around = Surroundings(
            url=self._machine.url,
            region=self.model.region_name,
            address=self.address,
            scratch=self._folder,
            workers_limit=self._machine.settings.workers_per_task,
            upstream=self._machine.upstream(),
            query_engine=self._machine.query_engine,
            authorities=self._machine.authorities,
        )
        overrides = {one["name"]: one for one in self.model.overrides.get("containerOverrides", [])}
        # Kept only when every container can start.
        prepared = [
            RunningContainer(
                self._machine,
                definition,
                model,
                task_id=self.model.id,
                around=around,
                override=overrides.get(definition["name"]),
            )
            for definition, model in zip(self._definition.container_definitions, self.model.containers, strict=True)
        ]
        for container in prepared:
            container.start()
        self.containers = prepared
        if any(container.health for container in prepared):
            self._machine.starting.add(self.model.task_arn)

    def _activate(self, now: float) -> None:
        for target_group, port in self.load_balancers:
            targets.register(target_group, self.private_ip, port)
        self.model.started_at = utcnow()
        self.ran = True
        self.running_since = now
        for container in self.containers:
            container.model.last_status = "RUNNING"
        self._move("RUNNING", now)

    def _run(self, now: float) -> None:
        if self._machine.target_health:
            self.target_states = {
                target_group: self._machine.target_health(target_group, self.private_ip, port)
                for target_group, port in self.load_balancers
            }
        if self.container_health != self.model.health_status:
            with LOCK:
                self.model.health_status = self.container_health
                for container in self.containers:
                    container.model.health_status = container.health.state if container.health else "UNKNOWN"
            events.task_state_change(self.model)
        if self.healthy and not self.was_healthy:
            self.was_healthy = True
            process = self.containers[0].process
            self.start_up_seconds = now - process.started if process else None
        if any(container.essential and container.exit_code is not None for container in self.containers):
            self.ask_to_stop("EssentialContainerExited", "Essential container in task exited")
        if not self.wanted:
            delays = [targets.deregister(group, self.private_ip) for group, _ in self.load_balancers]
            self._draining_seconds = self._machine.settings.paced(max(delays, default=0))
            self._move("DEACTIVATING", now)

    def _drain(self, now: float) -> None:
        if self._over or now - self._since >= self._draining_seconds + _BALANCER_SECONDS or self._drained(now):
            for container in self.containers:
                container.terminate()
            self._move("STOPPING", now)

    def _drained(self, now: float) -> bool:
        if self._machine.target_health is None:
            return now - self._since >= self._draining_seconds
        states = {
            self._machine.target_health(target_group, self.private_ip, port)
            for target_group, port in self.load_balancers
        }
        return states <= {None, "unused"}

    @property
    def _over(self) -> bool:
        return all(container.exit_code is not None for container in self.containers)

    def _stop(self, now: float) -> None:
        for container in self.containers:
            if now - self._since >= container.stop_seconds:
                container.kill()
        if self._over:
            self.model.execution_stopped_at = utcnow()
            self._move("DEPROVISIONING", now)

    def _release(self, now: float) -> None:
        with LOCK:
            release_network_interfaces(self.model)
            for attachment in self.model.attachments:
                attachment["status"] = "DELETED"
            for container in self.containers:
                container.model.exitCode = container.exit_code
            for model in self.model.containers:
                model.last_status = "STOPPED"
            self.model.stopped_at = utcnow()
            self._machine.addresses.release(self.model.task_arn)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._move("STOPPED", now)

    def _fail(self, reason: str, now: float) -> None:
        self.ask_to_stop("TaskFailedToStart", reason)
        if self.model.stop_code == "TaskFailedToStart":
            for container in self.model.containers:
                container.reason = reason
        self._move("DEPROVISIONING", now)

    def _move(self, state: str, now: float) -> None:
        with LOCK:
            self.model.last_status = state
            self.model.version += 1
            for container in self.containers:
                if container.exit_code is not None:
                    container.model.exitCode = container.exit_code
                    container.model.last_status = "STOPPED"
        self._since = now
        events.task_state_change(self.model)

    @property
    def _provisioning_seconds(self) -> float:
        return self._machine.settings.paced(self._machine.settings.provisioning_seconds)
