"""Statistics of samples."""

import pytest
from hypothesis import given, strategies as some

from modules.rehearsal.alarms.series import (
    KEPT_SAMPLES,
    KEPT_SECONDS,
    Sample,
    Series,
    statistic_of,
    too_few,
)

values = some.lists(some.floats(0.001, 1e6), min_size=1, max_size=400)


@given(values)
def test_statistics_are_those_of_the_values(reported: list[float]) -> None:
    samples = [Sample.of(0, reported[:10]), *([Sample.of(1, reported[10:])] if reported[10:] else [])]
    assert statistic_of(samples, "Sum") == pytest.approx(sum(reported))
    assert statistic_of(samples, "Average") == pytest.approx(sum(reported) / len(reported))
    assert statistic_of(samples, "Minimum") == min(reported)
    assert statistic_of(samples, "Maximum") == max(reported)
    assert statistic_of(samples, "SampleCount") == len(reported)


@given(values, some.integers(1, 100))
def test_a_percentile_is_within_half_a_percent_of_the_value_at_its_rank(reported: list[float], percent: int) -> None:
    rank = -(-len(reported) * percent // 100)
    assert statistic_of([Sample.of(0, reported)], f"p{percent}") == pytest.approx(sorted(reported)[rank - 1], rel=0.005)


def test_counts_weigh_values() -> None:
    sample = Sample.of(0, [1, 10], [98, 2])
    assert statistic_of([sample], "Average") == pytest.approx(1.18)
    assert statistic_of([sample], "p98") == 1
    assert statistic_of([sample], "p99.5") == 10


def test_without_samples_there_is_no_value() -> None:
    assert statistic_of([], "Sum") is None


def test_an_unknown_statistic_is_said() -> None:
    with pytest.raises(ValueError, match="IQM"):
        statistic_of([Sample.of(0, [1])], "IQM")


@pytest.mark.parametrize(
    ("statistic", "count", "few"),
    [
        ("p95", 199, True),
        ("p95", 200, False),
        ("p50", 19, True),
        ("p50", 20, False),
        ("p10", 99, True),
        ("Sum", 1, False),
    ],
)
def test_a_percentile_wants_ten_values_beyond_it(statistic: str, count: int, few: bool) -> None:
    assert too_few([Sample.of(0, [1.0] * count)], statistic) is few


def test_periods_are_filled_in_order_and_empty_ones_stay() -> None:
    series = Series()
    for moment in (130, 10, 70, 75):
        series.add(Sample.of(moment, [moment]))
    sums = [statistic_of(samples, "Sum") for samples in series.periods(0, 240, 60)]
    assert sums == [10, 145, 130, None]


def test_a_series_does_not_grow_without_end() -> None:
    series = Series()
    for moment in range(KEPT_SAMPLES * 2):
        series.add(Sample.of(moment * 0.1, [1]))
    assert len(series) <= KEPT_SAMPLES * 1.1
    series.add(Sample.of(KEPT_SECONDS * 10, [1]))
    assert len(series) == 1


def test_very_many_different_values_take_little_room() -> None:
    sample = Sample.of(0, [index / 7919 for index in range(1, 60_000)])
    assert sample.weighted_values is not None
    assert len(sample.weighted_values) < 5_000
