"""A container's own health check, executed as Docker executes it."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modules.rehearsal.settings import RehearsalSettings
from modules.rehearsal.tasks.container import health_check_arguments

_SHORTEST_INTERVAL_SECONDS = 1.0
"""Every check starts an interpreter; at a high pace they would take the machine for themselves."""


class HealthCheck:
    """One check after another; the interval is between the end of one and the start of the next (Docker's HEALTHCHECK).

    The start period is not paced: it is there for a real program's start. A success ends it, as with Docker.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        *,
        address: str,
        environment: Mapping[str, str],
        folder: Path,
        settings: RehearsalSettings,
        now: float,
    ) -> None:
        self._arguments: Sequence[str] = health_check_arguments(definition["command"], address)
        self._environment = environment
        self._folder = folder
        self._interval_seconds = max(settings.paced(definition.get("interval", 30)), _SHORTEST_INTERVAL_SECONDS)
        self._timeout_seconds: float = definition.get("timeout", 5)
        self._retries: int = definition.get("retries", 3)
        self._counts_from = now + definition.get("startPeriod", 0)
        self._next = now + self._interval_seconds
        self._began = now
        self._failures = 0
        self._running: subprocess.Popen[bytes] | None = None
        self.state = "UNKNOWN"

    def step(self, now: float) -> None:
        if self._running is None:
            if now >= self._next:
                self._begin(now)
            return
        code = self._running.poll()
        if code is None:
            if now - self._began < self._timeout_seconds:
                return
            self.end()
        self._running = None
        self._finish(code == 0, now)

    def end(self) -> None:
        """Ends a check that is under way."""
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
            self._running = None

    def _begin(self, now: float) -> None:
        self._began = now
        try:
            self._running = subprocess.Popen(
                self._arguments,
                env=dict(self._environment),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            # The image does not have the program: a failed check, as any other.
            self._finish(False, now)

    def _finish(self, passed: bool, now: float) -> None:
        self._next = now + self._interval_seconds
        if passed:
            self._failures = 0
            self._counts_from = min(self._counts_from, now)
            self.state = "HEALTHY"
        elif now >= self._counts_from:
            self._failures += 1
            if self._failures >= self._retries:
                self.state = "UNHEALTHY"
