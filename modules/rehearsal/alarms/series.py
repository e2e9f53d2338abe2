"""Samples of one metric, and CloudWatch's statistics of them."""

import math
from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

KEPT_SAMPLES = 2_000
"""Of one metric: several hours of what a service reports once a minute for each of its tasks."""
KEPT_SECONDS = 6 * 3600
_DISTINCT_VALUES = 150
_LOW_SAMPLES = 10

Key = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name and dimensions: CloudWatch takes each combination for a metric of its own."""


@dataclass(frozen=True, order=True)
class Sample:
    """What one call reported; `weighted_values` are values and how often each occurred, None when only the summary is
    known."""

    time: float
    """Seconds since the epoch."""
    weighted_values: tuple[tuple[float, float], ...] | None = field(compare=False)
    minimum: float = field(compare=False)
    maximum: float = field(compare=False)
    total: float = field(compare=False)
    count: float = field(compare=False)

    @staticmethod
    def of(time: float, values: Sequence[float], counts: Sequence[float] | None = None) -> "Sample":
        counts = counts or [1.0] * len(values)
        return Sample(
            time,
            _compact(zip(values, counts, strict=True)),
            min(values),
            max(values),
            sum(value * count for value, count in zip(values, counts, strict=True)),
            sum(counts),
        )


class Series:
    """The newest samples of one metric, in the order of their times."""

    def __init__(self) -> None:
        self._samples: list[Sample] = []

    def add(self, sample: Sample) -> None:
        insort(self._samples, sample)
        if len(self._samples) > KEPT_SAMPLES * 1.1 or self._samples[0].time < sample.time - KEPT_SECONDS * 1.1:
            kept_from = sample.time - KEPT_SECONDS
            self._samples = [one for one in self._samples[-KEPT_SAMPLES:] if one.time >= kept_from]

    def between(self, start: float, end: float) -> list[Sample]:
        """Those at `start` or later and before `end`."""
        found = []
        for sample in reversed(self._samples):
            if sample.time < start:
                break
            if sample.time < end:
                found.append(sample)
        return found[::-1]

    def periods(self, start: float, end: float, period_seconds: float) -> Iterator[list[Sample]]:
        """The samples of each period from `start` on, oldest first; a period may be empty."""
        samples = self.between(start, end)
        count = round((end - start) / period_seconds)
        periods: list[list[Sample]] = [[] for _ in range(count)]
        for sample in samples:
            periods[min(int((sample.time - start) / period_seconds), count - 1)].append(sample)
        yield from periods

    def __len__(self) -> int:
        return len(self._samples)


def is_percentile(statistic: str) -> bool:
    return statistic[:1] == "p" and statistic[1:].replace(".", "", 1).isdigit()


def is_known(statistic: str) -> bool:
    return is_percentile(statistic) or statistic in ("Average", "Sum", "Minimum", "Maximum", "SampleCount")


def statistic_of(samples: Sequence[Sample], statistic: str) -> float | None:
    """CloudWatch's statistic of a period's samples, or None when there are none.

    Raises:
        ValueError: the statistic is not one of those that the rehearsal knows.
    """
    if not is_known(statistic):
        raise ValueError(f"statistic {statistic}")
    if not samples:
        return None
    if is_percentile(statistic):
        return _percentile(samples, float(statistic[1:]))
    count = sum(sample.count for sample in samples)
    total = sum(sample.total for sample in samples)
    return {
        "Average": total / count if count else None,
        "Sum": total,
        "Minimum": min(sample.minimum for sample in samples),
        "Maximum": max(sample.maximum for sample in samples),
        "SampleCount": count,
    }[statistic]


def too_few(samples: Sequence[Sample], statistic: str) -> bool:
    """Whether a percentile of so few values means nothing: fewer than 10 beyond it (CloudWatch User Guide, "Percentile-
    based CloudWatch alarms and low data samples")."""
    if not samples or not is_percentile(statistic):
        return False
    share = float(statistic[1:]) / 100
    beyond = 1 - share if share >= 0.5 else share
    # Rounded: 10 / (1 - 0.95) is a little more than 200 in binary.
    return beyond > 0 and sum(sample.count for sample in samples) < round(_LOW_SAMPLES / beyond, 6)


def _percentile(samples: Iterable[Sample], percent: float) -> float | None:
    """The smallest value that at least so many percent of the values do not exceed."""
    weighted = sorted(pair for sample in samples for pair in sample.weighted_values or ())
    if not weighted:
        return None
    wanted = sum(count for _, count in weighted) * percent / 100
    passed = 0.0
    for value, count in weighted:
        passed += count
        if passed >= wanted - 1e-9:
            return value
    return weighted[-1][0]


def _compact(pairs: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Equal values once. Of very many different ones, such as every request's latency, three digits are kept."""
    counts: dict[float, float] = {}
    for value, count in pairs:
        counts[value] = counts.get(value, 0) + count
    if len(counts) > _DISTINCT_VALUES:
        rounded: dict[float, float] = {}
        for value, count in counts.items():
            near = _three_digits(value)
            rounded[near] = rounded.get(near, 0) + count
        counts = rounded
    return tuple(counts.items())


def _three_digits(value: float) -> float:
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, 2 - math.floor(math.log10(abs(value))))
