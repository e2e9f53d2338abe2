"""Thresholds that follow from other settings."""

from hypothesis import given, strategies as st

from modules.planning.thresholds import (
    BYTES_PER_GIB,
    BYTES_PER_MIB,
    RDS_GROWS_BELOW_FREE_PERCENT,
    connections_threshold,
    free_storage_threshold_bytes,
    freeable_memory_threshold_bytes,
    service_cpu_threshold,
)


def test_ninety_percent_of_the_sources_200_connections_are_its_180() -> None:
    assert connections_threshold(200, 90) == 180


@given(gib=st.integers(min_value=20, max_value=65536), percent=st.integers(min_value=1, max_value=99))
def test_storage_that_grows_by_itself_rings_only_below_the_point_where_it_grows(gib: int, percent: int) -> None:
    grows_at = gib * BYTES_PER_GIB * RDS_GROWS_BELOW_FREE_PERCENT / 100
    assert 0 < free_storage_threshold_bytes(gib, percent, grows=True) < grows_at


def test_storage_that_does_not_grow_rings_at_the_stated_share() -> None:
    assert free_storage_threshold_bytes(100, 15, grows=False) == 15 * BYTES_PER_GIB


def test_memory_is_low_when_a_quarter_of_the_shared_buffers_is_left() -> None:
    assert freeable_memory_threshold_bytes(1024) == 256 * BYTES_PER_MIB


@given(scale_out=st.integers(min_value=1, max_value=98))
def test_cpu_rings_after_autoscaling_had_its_chance_and_before_there_is_no_more(scale_out: int) -> None:
    assert scale_out < service_cpu_threshold(scale_out) < 100


def test_cpu_rings_without_autoscaling_as_well() -> None:
    assert 0 < service_cpu_threshold(None) < 100
