"""Availability Zone rebalancing (Amazon ECS Developer Guide, "Balancing an Amazon ECS service across Availability
Zones"): one task at a time, and the new one serves before an old one stops. How long ECS waits before it begins is
documented nowhere; here it begins as soon as the service is steady.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from modules.rehearsal.tasks import events
from modules.rehearsal.tasks.scheduler import messages
from modules.rehearsal.tasks.task import TaskRun

_LEAST_DIFFERENCE = 2
"""One task more in a zone is as even as an odd number gets."""


def is_uneven(zones: Collection[str], running: Iterable[str], cut: Collection[str]) -> bool:
    """Whether a zone that takes tasks has so many fewer than the fullest that moving one helps.

    Args:
        zones: of the service's subnets.
        running: the zone of each task.
        cut: zones that take no tasks.
    """
    counts = Counter(running)
    fewest = min((counts[zone] for zone in zones if zone not in cut), default=None)
    most = max((counts[zone] for zone in zones), default=0)
    return fewest is not None and most - fewest >= _LEAST_DIFFERENCE


class Rebalancing:
    """Of one service; every method is to be called under the control plane's lock."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._newcomer: TaskRun | None = None
        self._in_progress = False

    @property
    def enabled(self) -> bool:
        """As the service states it."""
        return getattr(self._service, "availability_zone_rebalancing", None) == "ENABLED"

    def forget(self) -> None:
        """A deployment places all tasks anew."""
        self._newcomer, self._in_progress = None, False

    def extra(self) -> int:
        """How many tasks more than desired are right at the moment: the one that does not serve yet."""
        if self._newcomer is not None and not self._newcomer.wanted:
            self._newcomer = None
        return 1 if self._newcomer is not None and not self._newcomer.healthy else 0

    def is_due(self, zones: Collection[str], runs: Sequence[TaskRun], cut: Collection[str], room: int) -> bool:
        """Whether to start a task in the emptiest zone now.

        Args:
            runs: of a steady service.
            room: for more tasks, by the deployment's maximum.
        """
        if not self.enabled or self._newcomer is not None:
            return False
        running = [run.zone for run in runs]
        if is_uneven(zones, running, cut):
            if room > 0 and not self._in_progress:
                self._in_progress = True
                messages.uneven(self._service, _counted(zones, running))
                self._tell("SERVICE_REBALANCING_STARTED")
            return room > 0
        if self._in_progress:
            self._in_progress = False
            messages.even(self._service, _counted(zones, running))
            self._tell("SERVICE_REBALANCING_COMPLETED")
        return False

    def started(self, run: TaskRun) -> None:
        self._newcomer = run
        messages.started_to_rebalance(self._service, run.zone, [run.model.id])
        self._tell("TASKS_STARTED")

    def stopped(self, runs: Sequence[TaskRun]) -> bool:
        """Whether these were stopped for the newcomer, and said so."""
        if self._newcomer is None:
            return False
        self._newcomer = None
        for zone in sorted({run.zone for run in runs}):
            messages.stopped_to_rebalance(self._service, zone, [run.model.id for run in runs if run.zone == zone])
        self._tell("TASKS_STOPPED")
        return True

    def _tell(self, name: str) -> None:
        events.service_action(self._service, "INFO", name)


def _counted(zones: Collection[str], running: Sequence[str]) -> Mapping[str, int]:
    return {zone: running.count(zone) for zone in sorted(zones)}
