"""How much of what they reserved the tasks use, and how many there are: the metrics of ECS."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from modules.rehearsal import metrics
from modules.rehearsal.tasks.process import session_usage
from modules.rehearsal.tasks.task import TaskRun

_CPU_UNITS = 1024
"""Of one vCPU."""


class Usage:
    """
    CPU is in percent of the task's vCPU, or of the machine's when it has fewer: a task that has all that it can get
    is at 100 %. Memory is in percent of what the task's definition reserves.
    """

    def __init__(self) -> None:
        self._cpu_seconds: dict[int, float] = {}
        self._measured = 0.0
        self.mib: dict[int, float] = {}

    def measure(self, runs: Sequence[TaskRun], now: float) -> dict[str, tuple[float, float]]:
        """CPU and memory in percent since the last time, by task; tasks that have just started are left out."""
        used = session_usage()
        elapsed = now - self._measured
        found: dict[str, tuple[float, float]] = {}
        current: dict[int, float] = {}
        self.mib = {}
        for run in runs:
            pids = [one.process.pid for one in run.containers if one.process and one.process.pid in used]
            current |= {pid: used[pid][0] for pid in pids}
            self.mib |= {pid: used[pid][1] for pid in pids}
            if pids and all(pid in self._cpu_seconds for pid in pids):
                seconds = sum(max(used[pid][0] - self._cpu_seconds[pid], 0) for pid in pids)
                memory = sum(used[pid][1] for pid in pids)
                found[run.model.id] = (
                    100 * seconds / (elapsed * _processors(run.model.cpu)),
                    100 * memory / float(run.model.memory),
                )
        self._cpu_seconds, self._measured = current, now
        return found


def report(
    services: Sequence[Any], runs: Mapping[str, Sequence[TaskRun]], used: Mapping[str, Any], minute: datetime
) -> None:
    """
    Args:
        runs: of each service, by its ARN.
        used: CPU and memory in percent, by the task's id.
        minute: in which they were measured.
    """
    for service in services:
        dimensions = {"ClusterName": service.cluster_name, "ServiceName": service.name}
        own = [used[run.model.id] for run in runs.get(service.arn, []) if run.model.id in used]
        for name, values in (
            ("CPUUtilization", [cpu for cpu, _ in own]),
            ("MemoryUtilization", [memory for _, memory in own]),
        ):
            metrics.put(service.region_name, "AWS/ECS", name, dimensions, values, "Percent", minute)
        for name, count in (
            ("DesiredTaskCount", service.desired_count),
            ("RunningTaskCount", service.running_count),
            ("PendingTaskCount", service.pending_count),
            ("DeploymentCount", len(service.deployments)),
        ):
            metrics.put(service.region_name, "ECS/ContainerInsights", name, dimensions, [float(count)], "Count", minute)


def _processors(cpu_units: str | None) -> float:
    machine = float(os.cpu_count() or 1)
    return min(float(cpu_units or _CPU_UNITS) / _CPU_UNITS, machine)
