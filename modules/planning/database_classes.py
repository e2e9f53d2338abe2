"""Shapes of the RDS instance classes (Amazon RDS User Guide, "Hardware specifications for DB instance classes")."""

from dataclasses import dataclass

from modules.planning.units import MIB_PER_GIB

BYTES_PER_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class DatabaseClass:
    vcpus: int
    memory_mib: int

    @property
    def default_max_connections(self) -> int:
        """RDS User Guide, "Quotas and constraints": LEAST({DBInstanceClassMemory/9531392}, 5000). The memory that RDS
        itself needs is not known beforehand, so that the real number is up to a tenth lower."""
        return min(self.memory_mib * BYTES_PER_MIB // 9_531_392, 5000)


_BURSTABLE_GIB = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_BURSTABLE_VCPUS = {"xlarge": 4, "2xlarge": 8}
_VCPUS = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64}
_GIB_PER_VCPU = {
    **dict.fromkeys(("m5", "m6i", "m6g", "m7i", "m7g"), 4),
    **dict.fromkeys(("r5", "r6i", "r6g", "r7i", "r7g"), 8),
}


def database_class(name: str) -> DatabaseClass | None:
    """The shape of a class such as `db.r6g.large`; None for one that is not in the table."""
    _, family, size = name.split(".")
    if family in ("t3", "t4g") and size in _BURSTABLE_GIB:
        return DatabaseClass(vcpus=_BURSTABLE_VCPUS.get(size, 2), memory_mib=_BURSTABLE_GIB[size] * MIB_PER_GIB)
    if family in _GIB_PER_VCPU and size in _VCPUS:
        vcpus = _VCPUS[size]
        return DatabaseClass(vcpus=vcpus, memory_mib=vcpus * _GIB_PER_VCPU[family] * MIB_PER_GIB)
    return None
