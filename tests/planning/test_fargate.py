"""The sizes of a Fargate task, spot-checked against the table in the Amazon ECS Developer Guide, "Fargate task
sizes" (Linux): 0.25 vCPU with 0.5, 1 or 2 GB; 0.5 with 1 to 4; 1 with 2 to 8; 2 with 4 to 16; 4 with 8 to 30; 8 with
16 to 60 in steps of 4; 16 with 32 to 120 in steps of 8.
"""

from itertools import pairwise

import pytest

from modules.planning.fargate import CPU_UNITS_PER_VCPU, LONGEST_STOP_TIMEOUT_SECONDS, MEMORY_MIB_BY_CPU_UNITS

MIB_PER_GB = 1024


def exists(vcpus: float, gigabytes: float) -> bool:
    return int(gigabytes * MIB_PER_GB) in MEMORY_MIB_BY_CPU_UNITS.get(int(vcpus * CPU_UNITS_PER_VCPU), ())


@pytest.mark.parametrize(
    ("vcpus", "gigabytes"),
    [
        (0.25, 0.5), (0.25, 1), (0.25, 2), (0.5, 1), (0.5, 4), (1, 2), (1, 8), (2, 4), (2, 16), (4, 8), (4, 9), (4, 30),
        (8, 16), (8, 20), (8, 60), (16, 32), (16, 40), (16, 120),
    ],
)  # fmt: skip
def test_a_size_that_aws_documents_exists(vcpus: float, gigabytes: float) -> None:
    assert exists(vcpus, gigabytes)


@pytest.mark.parametrize(
    ("vcpus", "gigabytes"),
    [
        (0.25, 1.5), (0.25, 3), (0.5, 0.5), (0.5, 5), (1, 1), (1, 9), (2, 3), (2, 17), (4, 7), (4, 31), (3, 8), (6, 16),
        (8, 15), (8, 18), (8, 64), (16, 36), (16, 128),
    ],
)  # fmt: skip
def test_a_size_that_aws_does_not_document_does_not_exist(vcpus: float, gigabytes: float) -> None:
    assert not exists(vcpus, gigabytes)


def test_each_vcpu_comes_with_two_to_eight_gigabytes_at_most_in_whole_steps() -> None:
    """The table's own shape: every size between the least and the greatest, in one step for each CPU."""
    for units, memories in MEMORY_MIB_BY_CPU_UNITS.items():
        steps = {later - earlier for earlier, later in pairwise(memories)}
        assert len(steps) == 1 or units == 0.25 * CPU_UNITS_PER_VCPU
        assert all(2 <= memory / units <= 8 for memory in memories), units


def test_the_sources_task_and_the_one_it_can_grow_to_exist() -> None:
    """Source, "ECS Fargate Tasks" and "Vertical Scaling"."""
    assert 8192 in MEMORY_MIB_BY_CPU_UNITS[4096]
    assert 16384 in MEMORY_MIB_BY_CPU_UNITS[8192]


def test_fargate_waits_two_minutes_at_most_before_it_kills_a_task() -> None:
    """Amazon ECS API, ContainerDefinition.stopTimeout; operations.md section 2: 2 to 120 s."""
    assert LONGEST_STOP_TIMEOUT_SECONDS == 2 * 60
