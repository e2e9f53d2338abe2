"""Shapes of the RDS instance classes."""

import pytest

from modules.planning.database_classes import database_class


@pytest.mark.parametrize(
    ("name", "vcpus", "gib"),
    [
        ("db.t3.micro", 2, 1),
        ("db.t3.medium", 2, 4),
        ("db.t4g.2xlarge", 8, 32),
        ("db.m7g.large", 2, 8),
        ("db.r6g.large", 2, 16),
        ("db.r6g.xlarge", 4, 32),
        ("db.r6g.2xlarge", 8, 64),
    ],
)
def test_the_shapes_are_aws_own(name: str, vcpus: int, gib: int) -> None:
    """operations.md section 3: db.t3.medium 2/4, db.r6g.large 2/16 and not 8 vCPU as the source says, xlarge 4/32."""
    shape = database_class(name)
    assert shape is not None
    assert (shape.vcpus, shape.memory_mib) == (vcpus, gib * 1024)


@pytest.mark.parametrize(("name", "seen"), [("db.t3.small", 198), ("db.t3.medium", 413), ("db.t3.large", 856)])
def test_the_default_limit_is_a_tenth_above_what_was_seen_at_the_most(name: str, seen: int) -> None:
    """operations.md section 3: 2 GiB give 198, 4 GiB 413, 8 GiB 856 connections; RDS keeps memory for itself."""
    shape = database_class(name)
    assert shape is not None
    assert seen < shape.default_max_connections < seen * 1.15


@pytest.mark.parametrize("name", ["db.x2iedn.large", "db.t3.4xlarge", "db.m7g.metal"])
def test_an_unknown_class_is_none(name: str) -> None:
    assert database_class(name) is None
