"""The part that carries out FIS experiments."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from modules.rehearsal.control_plane import LOCK
from modules.rehearsal.faults.actions import Actions, Tasks, Zoned
from modules.rehearsal.faults.experiment import Machine, Run
from modules.rehearsal.gaps import fis
from modules.rehearsal.part import Follower
from modules.rehearsal.settings import RehearsalSettings


class Faults(Follower):
    """Follows the experiments of all regions. When it stops, nothing of them is left broken."""

    name = "faults"
    interval_seconds = 0.25

    def __init__(
        self,
        *,
        settings: RehearsalSettings,
        tasks: Tasks,
        others: Sequence[Zoned],
        alarm_state: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
        choose: random.Random | None = None,
    ) -> None:
        """
        Args:
            others: what is in availability zones beside the tasks.
            alarm_state: OK, ALARM or INSUFFICIENT_DATA, of an alarm's name.
        """
        super().__init__()
        self._machine = Machine(
            actions=Actions(tasks=tasks, others=others),
            paced=settings.paced,
            alarm_state=alarm_state,
            clock=clock,
            choose=choose or random.Random(),
        )
        self._runs: list[Run] = []

    def start(self) -> None:
        fis.experiments = self
        super().start()

    def stop(self) -> None:
        fis.experiments = None
        super().stop()
        with LOCK:
            for run in self._runs:
                run.end_at_once("stopped", "The rehearsal ended.")

    def turn(self) -> None:
        with LOCK:
            failures: list[Exception] = []
            for run in self._runs:
                try:
                    run.step()
                except Exception as error:
                    # What is broken must not stay so, and the other experiments go on.
                    failures.append(error)
                    run.end_at_once("failed", f"the rehearsal failed: {type(error).__name__}: {error}")
            self._runs = [run for run in self._runs if not run.ended]
        if failures:
            raise failures[0]

    def status(self) -> dict[str, Any]:
        with LOCK:
            return {"experiments": [run.shown() for run in self._runs]}

    def begin(self, experiment: Any, description: str) -> Run:
        run = Run(experiment, description, self._machine)
        self._runs.append(run)
        run.begin()
        return run
