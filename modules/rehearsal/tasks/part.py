"""The part of the data plane that runs tasks."""

import functools
import shutil
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.ecs.models import ecs_backends

from modules.rehearsal import metrics
from modules.rehearsal.addresses import Addresses
from modules.rehearsal.control_plane import LOCK, backends
from modules.rehearsal.gaps.ecs import runs_on_fargate
from modules.rehearsal.part import Follower
from modules.rehearsal.settings import RehearsalSettings
from modules.rehearsal.tasks import usage
from modules.rehearsal.tasks.images import prisma_engine
from modules.rehearsal.tasks.machine import Machine
from modules.rehearsal.tasks.orphans import FOLDER, ProcessRecord, clean
from modules.rehearsal.tasks.scheduler.service import ServiceScheduler
from modules.rehearsal.tasks.targets import TargetHealth
from modules.rehearsal.tasks.task import TaskRun

_STOPPED_KEPT_SECONDS = 3600
"""Amazon ECS API, DescribeTasks: stopped tasks are returned for at least one hour."""
_METRIC_PERIOD_SECONDS = 60


class Tasks(Follower):
    """Follows the services and tasks of all regions."""

    name = "tasks"
    interval_seconds = 0.25

    def __init__(
        self,
        *,
        url: str,
        directory: Path,
        settings: RehearsalSettings,
        addresses: Addresses,
        upstream: Callable[[], str | None] = lambda: None,
        authorities: Path | None = None,
        target_health: TargetHealth | None = None,
        alarm_state: Callable[[str], str] | None = None,
    ) -> None:
        """
        Args:
            upstream: URL of the fake LLM provider, once it runs.
            authorities: a file of the certificate authorities that tasks trust, instead of the machine's.
            target_health: what the balancer says of a target; without it, every registered one counts as healthy.
            alarm_state: OK, ALARM or INSUFFICIENT_DATA, for deployments that alarms roll back.
        """
        super().__init__()
        folder = directory / FOLDER
        self._machine = Machine(
            url=url,
            folder=folder,
            settings=settings,
            addresses=addresses,
            record=ProcessRecord(folder),
            upstream=upstream,
            query_engine=prisma_engine(),
            authorities=authorities,
            target_health=target_health,
            alarm_state=alarm_state,
        )
        self._runs: dict[str, TaskRun] = {}
        self._stopped: dict[str, float] = {}
        self._schedulers: dict[int, ServiceScheduler] = {}
        self._usage = usage.Usage()
        self._minutes = metrics.Minutes(settings.paced(_METRIC_PERIOD_SECONDS))

    def start(self) -> None:
        clean(self._machine.folder.parent)
        self._machine.folder.mkdir(parents=True)
        super().start()

    def stop(self) -> None:
        super().stop()
        for run in self._runs.values():
            run.end_at_once()
        shutil.rmtree(self._machine.folder, ignore_errors=True)

    def loopback(self, vpc_id: str, private_ip: str) -> str | None:
        """Where the task with this address in the VPC listens; None: no task has it."""
        for run in list(self._runs.values()):
            if run.private_ip == private_ip and run.vpc_id == vpc_id and run.state != "STOPPED":
                return run.address
        return None

    def turn(self) -> None:
        with LOCK:
            for backend in backends(ecs_backends):
                self._follow(backend)
        now = self._machine.clock()
        failures: list[Exception] = []
        for arn, run in list(self._runs.items()):
            if run.state == "STOPPED":
                self._stopped.setdefault(arn, now)
                continue
            try:
                run.step(now)
            except Exception as error:
                # One task that cannot be followed must not hold up the others.
                failures.append(error)
        self._forget_old_tasks(now)
        if minute := self._minutes.over():
            self._measure(now, minute)
        if failures:
            raise failures[0]

    def process_ids(self) -> list[int]:
        containers = [container for run in list(self._runs.values()) for container in run.containers]
        return [one.process.pid for one in containers if one.process and one.exit_code is None]

    def status(self) -> dict[str, Any]:
        runs = [run for run in list(self._runs.values()) if run.state != "STOPPED"]
        launches = [container.launch for run in runs for container in run.containers]
        return {
            "tasks": [self._described(run) for run in runs],
            "features_off": sorted({feature for launch in launches for feature in launch.features_off}),
            "remarks": sorted({launch.remark for launch in launches if launch.remark}),
            "zones_cut": sorted(self._machine.zones_cut),
        }

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """A drill's fault: `verb`, with the arguments of the method of that name."""
        verbs: dict[str, Callable[..., None]] = {
            verb.__name__: verb
            for verb in (
                self.stop_task,
                self.kill,
                self.freeze,
                self.thaw,
                self.interrupt_spot,
                self.cut_zone,
                self.restore_zone,
            )
        }
        verb, arguments = request["verb"], {name: value for name, value in request.items() if name != "verb"}
        verbs[verb](**arguments)
        return {"done": verb}

    # A task is named by its ARN or id.

    def stop_task(self, task: str, reason: str) -> None:
        """As StopTask does."""
        self._run_of(task).ask_to_stop("UserInitiated", reason)

    def kill(self, task: str) -> None:
        """The processes die, as when they run out of memory."""
        self._signal(task, signal.SIGKILL)

    def freeze(self, task: str) -> None:
        """The processes hang: connections are taken, nothing is answered."""
        self._signal(task, signal.SIGSTOP)

    def thaw(self, task: str) -> None:
        self._signal(task, signal.SIGCONT)

    def interrupt_spot(self, task: str) -> None:
        """Fargate takes a Spot task back."""
        self._run_of(task).ask_to_stop("SpotInterruption", "Your Spot Task was interrupted.")

    def cut_zone(self, zone: str) -> None:
        """Tasks in the zone hang, and no other can start there."""
        self._machine.zones_cut.add(zone)
        for run in list(self._runs.values()):
            if run.zone == zone and run.state != "STOPPED":
                self.freeze(run.model.task_arn)

    def restore_zone(self, zone: str) -> None:
        self._machine.zones_cut.discard(zone)
        for run in list(self._runs.values()):
            if run.zone == zone and run.state != "STOPPED":
                self.thaw(run.model.task_arn)

    def _follow(self, backend: Any) -> None:
        """Takes new tasks over and lets every service's scheduler decide."""
        for tasks in backend.tasks.values():
            for arn, model in list(tasks.items()):
                if arn not in self._runs and model.last_status == "PROVISIONING":
                    self._adopt(backend, model)
        for service in list(backend.services.values()):
            if service.status == "INACTIVE" or not runs_on_fargate(service):
                continue
            scheduler = self._schedulers.get(id(service))
            if scheduler is None:
                # It holds the service, so that the id is not used again.
                scheduler = self._schedulers[id(service)] = ServiceScheduler(self._machine, backend, service)
            runs = [
                run
                for run in self._runs.values()
                if self._belongs(run, service) and not (run.state == "STOPPED" and run.counted)
            ]
            scheduler.turn(runs, functools.partial(self._adopt, backend))
        for cluster in backend.clusters.values():
            models = backend.tasks.get(cluster.name, {}).values()
            cluster.running_tasks_count = sum(model.last_status == "RUNNING" for model in models)

    def _adopt(self, backend: Any, model: Any) -> TaskRun:
        definition = backend.describe_task_definition(model.task_definition_arn)
        group = model.group or ""
        services = [one for one in backend.services.values() if one.arn and group == f"service:{one.name}"]
        own = next((one for one in services if one.cluster_name == model.cluster_name), None)
        load_balancers = [
            (one["targetGroupArn"], int(one["containerPort"]))
            for one in (own.load_balancers if own else [])
            if one.get("targetGroupArn")
        ]
        run = TaskRun(self._machine, model, definition, load_balancers)
        self._runs[model.task_arn] = run
        return run

    @staticmethod
    def _belongs(run: TaskRun, service: Any) -> bool:
        return bool(run.model.group == f"service:{service.name}" and run.model.cluster_arn == service.cluster_arn)

    def _forget_old_tasks(self, now: float) -> None:
        for arn, stopped in list(self._stopped.items()):
            if now - stopped >= _STOPPED_KEPT_SECONDS:
                model = self._runs.pop(arn).model
                del self._stopped[arn]
                with LOCK:
                    model._backend.tasks.get(model.cluster_name, {}).pop(arn, None)

    def _measure(self, now: float, minute: datetime) -> None:
        alive = [run for run in self._runs.values() if run.state != "STOPPED"]
        used = self._usage.measure(alive, now)
        with LOCK:
            followed = [
                service
                for backend in backends(ecs_backends)
                for service in backend.services.values()
                if service.status == "ACTIVE" and runs_on_fargate(service)
            ]
            runs = {one.arn: [run for run in alive if self._belongs(run, one)] for one in followed}
        usage.report(followed, runs, used, minute)

    def _described(self, run: TaskRun) -> dict[str, Any]:
        container = run.containers[0] if run.containers else None
        process = container.process if container else None
        return {
            "id": run.model.id,
            "region": run.model.region_name,
            "service": run.model.group,
            "zone": run.zone,
            "state": run.state,
            "health": run.container_health,
            "private_ip": run.private_ip,
            "loopback": run.address,
            "pid": process.pid if process else None,
            "mib": round(self._usage.mib.get(process.pid, 0)) if process else None,
            "start_up_seconds": round(run.start_up_seconds, 1) if run.start_up_seconds else None,
            "image": container.launch.image if container else None,
            "workers_asked_for": container.launch.capped_workers if container else None,
            "workers_limit": self._machine.settings.workers_per_task,
        }

    def _signal(self, task: str, number: signal.Signals) -> None:
        for container in self._run_of(task).containers:
            if container.process and container.exit_code is None:
                container.process.signal(number)

    def _run_of(self, task: str) -> TaskRun:
        identifier = task.rpartition("/")[2]
        for run in list(self._runs.values()):
            if run.model.id == identifier:
                return run
        raise KeyError(f"no task {task}")
