"""The CPU and memory pairs that Fargate runs (Amazon ECS Developer Guide, "Fargate task sizes"; Linux)."""

MEMORY_MIB_BY_CPU_UNITS: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}

CPU_UNITS_PER_VCPU = 1024
LONGEST_STOP_TIMEOUT_SECONDS = 120
"""Amazon ECS API, ContainerDefinition.stopTimeout."""
