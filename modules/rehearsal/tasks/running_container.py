"""A container of a task: its process, its log, its health check."""

import shutil
from collections.abc import Mapping
from typing import Any

from modules.rehearsal.tasks import secrets
from modules.rehearsal.tasks.container import Launch, Surroundings, launch
from modules.rehearsal.tasks.health_check import HealthCheck
from modules.rehearsal.tasks.logs import ContainerLog
from modules.rehearsal.tasks.machine import Machine
from modules.rehearsal.tasks.process import ContainerProcess

_DEFAULT_STOP_SECONDS, _LONGEST_STOP_SECONDS = 30, 120
"""Amazon ECS API, ContainerDefinition, "stopTimeout" on Fargate."""


class CannotStartContainerError(Exception):
    """The message is worded as the task's stopped reason."""


class RunningContainer:
    """
    Attributes:
        model: moto's container.
        exit_code: None: it runs, or never did.
    """

    def __init__(
        self,
        machine: Machine,
        definition: Mapping[str, Any],
        model: Any,
        *,
        task_id: str,
        around: Surroundings,
        override: Mapping[str, Any] | None,
    ) -> None:
        """Prepares everything; nothing runs yet.

        Raises:
            ResourceInitializationError, CannotPullContainerError, CannotStartContainerError: as ECS words them.
        """
        self.model = model
        self.essential: bool = definition.get("essential", True)
        self.stop_seconds: float = min(definition.get("stopTimeout", _DEFAULT_STOP_SECONDS), _LONGEST_STOP_SECONDS)
        self.exit_code: int | None = None
        self._machine = machine
        self._definition = definition
        self._around = around
        values = {one["name"]: secrets.fetch(one["valueFrom"]) for one in definition.get("secrets", [])}
        self.log = ContainerLog(
            definition.get("logConfiguration"), container=definition["name"], task_id=task_id, region=around.region
        )
        if problem := self.log.problem():
            raise secrets.ResourceInitializationError(problem)
        self.launch: Launch = launch(definition, values, around, override)
        program = self.launch.arguments[0] if self.launch.arguments else ""
        if shutil.which(program, path=self.launch.environment["PATH"]) is None:
            raise CannotStartContainerError(
                "CannotStartContainerError: Error response from daemon: failed to create task for container: exec: "
                f'"{program}": executable file not found in $PATH'
            )
        self.process: ContainerProcess | None = None
        self.health: HealthCheck | None = None

    def start(self) -> None:
        self.process = ContainerProcess(self.launch.arguments, self.launch.environment, self.launch.folder)
        self._machine.record.add(self.process.pid, self.process.identity)
        self.log.follow(self.process.output)
        if check := self._definition.get("healthCheck"):
            self.health = HealthCheck(
                check,
                address=self._around.address,
                environment=self.launch.environment,
                folder=self.launch.folder,
                settings=self._machine.settings,
                now=self._machine.clock(),
            )

    def step(self, now: float) -> None:
        """Notices an end, runs the health check, sends the log."""
        if self.process is None or self.exit_code is not None:
            return
        code = self.process.exit_code()
        if code is not None:
            self._ended(code)
            return
        if self.health:
            self.health.step(now)
        self.log.flush()

    def terminate(self) -> None:
        if self.health:
            self.health.end()
            self.health = None
        if self.process and self.exit_code is None:
            self.process.terminate()

    def kill(self) -> None:
        if self.process and self.exit_code is None:
            self._ended(self.process.kill())

    def _ended(self, code: int) -> None:
        assert self.process is not None
        self.exit_code = code
        if self.health:
            self.health.end()
        self._machine.record.remove(self.process.pid)
        self.log.close()
