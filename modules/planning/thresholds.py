"""Thresholds of alarms that follow from other settings: one place for the alarm and for the rule that checks it."""

BYTES_PER_MIB = 2**20
BYTES_PER_GIB = 2**30

RDS_GROWS_BELOW_FREE_PERCENT = 10
"""Amazon RDS User Guide, "Managing capacity automatically with Amazon RDS storage autoscaling"."""

CPU_WITHOUT_AUTOSCALING_PERCENT = 85


def connections_threshold(max_connections: int, percent: int) -> int:
    """Database connections above which the alarm fires."""
    return max_connections * percent // 100


def free_storage_percent(percent: int, *, grows: bool) -> float:
    """Share of the storage below which the alarm fires.

    Where the storage grows by itself, RDS does so at a tenth: an alarm before that would ring at every growth, one at
    half of it rings when growing did not come in time or is at its end. RDS's own low-storage event comes as well.
    """
    return min(percent, RDS_GROWS_BELOW_FREE_PERCENT / 2) if grows else percent


def free_storage_threshold_bytes(storage_gib: int, percent: int, *, grows: bool) -> int:
    return round(storage_gib * BYTES_PER_GIB * free_storage_percent(percent, grows=grows) / 100)


def freeable_memory_threshold_bytes(shared_buffers_mib: int) -> int:
    """A quarter of the shared buffers, which themselves are a quarter of the memory by RDS's default: about 6 %."""
    return shared_buffers_mib * BYTES_PER_MIB // 4


def service_cpu_threshold(scale_out_above_percent: int | None) -> int:
    """Halfway between the CPU that adds a task and all of it: adding tasks does not keep up, or there is no autoscaling
    to add any."""
    if scale_out_above_percent is None:
        return CPU_WITHOUT_AUTOSCALING_PERCENT
    return (scale_out_above_percent + 100) // 2
