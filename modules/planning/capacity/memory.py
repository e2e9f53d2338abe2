"""Memory of a task against its workers."""

from dataclasses import dataclass

from modules.planning.capacity.checks import positive
from modules.planning.fargate import CPU_UNITS_PER_VCPU, MEMORY_MIB_BY_CPU_UNITS

LEAST_MEMORY_MIB_PER_WORKER = 1024
"""LiteLLM 1.106 idles at 345 MB a worker without its database engine; measured, see shared reference litellm.md 6."""
COMFORTABLE_MEMORY_MIB_PER_WORKER = 2048
"""LiteLLM, docs/proxy/prod.md (2026-05): 8 GB for 4 workers."""
GENEROUS_MEMORY_MIB_PER_WORKER = 4096
"""LiteLLM, docs/proxy/prod.md (2026-10): "4Gi is a floor", because the database engine's memory never shrinks."""
_SUPERVISOR_MIB, _IDLE_WORKER_MIB = 305, 312
"""Measured: 4 workers 1,247 MB and their parent 305 MB, without database engine and traffic (litellm.md 6)."""


@dataclass(frozen=True, kw_only=True)
class TaskSize:
    """A pair that Fargate runs, and the workers in it."""

    cpu_units: int
    memory_mib: int
    workers: int

    @property
    def vcpus(self) -> float:
        return self.cpu_units / CPU_UNITS_PER_VCPU

    @property
    def memory_mib_per_worker(self) -> int:
        return self.memory_mib // self.workers


def idle_memory_mib(workers: int) -> int:
    """What the processes of a task take before the first request, without the database engine.

    Raises:
        ValueError: there is no worker.
    """
    positive(workers=workers)
    return _IDLE_WORKER_MIB * workers + (_SUPERVISOR_MIB if workers > 1 else 0)


def task_size(cpu_units: int, workers: int, memory_mib_per_worker: int = COMFORTABLE_MEMORY_MIB_PER_WORKER) -> TaskSize:
    """The smallest memory of this CPU that leaves each worker so much.

    Raises:
        ValueError: Fargate has no such CPU, or not so much memory with it.
    """
    positive(workers=workers, memory_mib_per_worker=memory_mib_per_worker)
    if cpu_units not in MEMORY_MIB_BY_CPU_UNITS:
        allowed = ", ".join(str(units) for units in MEMORY_MIB_BY_CPU_UNITS)
        raise ValueError(f"Fargate has no {cpu_units} CPU units; it has {allowed}")
    needed = workers * memory_mib_per_worker
    for memory_mib in MEMORY_MIB_BY_CPU_UNITS[cpu_units]:
        if memory_mib >= needed:
            return TaskSize(cpu_units=cpu_units, memory_mib=memory_mib, workers=workers)
    raise ValueError(
        f"{workers} workers x {memory_mib_per_worker} MiB = {needed} MiB, but a task of {cpu_units} CPU units has "
        f"{MEMORY_MIB_BY_CPU_UNITS[cpu_units][-1]} at the most; take fewer workers, or more CPU"
    )


def task_sizes(memory_mib_per_worker: int = COMFORTABLE_MEMORY_MIB_PER_WORKER) -> list[TaskSize]:
    """Every CPU of a whole vCPU or more with one worker for each (LiteLLM, docs/benchmarks.md: "workers equal to CPU
    count gives optimal performance") and the smallest memory for them."""
    sizes = []
    for cpu_units in MEMORY_MIB_BY_CPU_UNITS:
        workers = cpu_units // CPU_UNITS_PER_VCPU
        if workers and workers * memory_mib_per_worker <= MEMORY_MIB_BY_CPU_UNITS[cpu_units][-1]:
            sizes.append(task_size(cpu_units, workers, memory_mib_per_worker))
    return sizes
