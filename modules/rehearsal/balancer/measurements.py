"""Counts and times between two reports."""

from collections import defaultdict

from modules.rehearsal.balancer.configuration import Count, Times

_Place = tuple[str, str, str]
"""Load balancer, target group, zone."""


class Measurements:
    """
    Attributes:
        counts: by place and metric.
        times: seconds until a target began to answer, by place.
    """

    def __init__(self) -> None:
        self.counts: dict[tuple[_Place, str], int] = defaultdict(int)
        self.times: dict[_Place, list[float]] = defaultdict(list)

    def count(self, metric: str, load_balancer: str, target_group: str = "", zone: str = "") -> None:
        self.counts[(load_balancer, target_group, zone), metric] += 1

    def own_answer(self, status: int, load_balancer: str) -> None:
        """An answer that no target gave."""
        self.count(f"HTTPCode_ELB_{status // 100}XX_Count", load_balancer)
        if status in (500, 502, 503, 504):
            self.count(f"HTTPCode_ELB_{status}_Count", load_balancer)

    def take(self) -> "Measurements":
        """What was measured since the last time, for a report."""
        taken = Measurements()
        taken.counts, self.counts = self.counts, taken.counts
        taken.times, self.times = self.times, taken.times
        return taken

    def put_back(self, taken: "Measurements") -> None:
        """The report did not arrive."""
        for place, number in taken.counts.items():
            self.counts[place] += number
        for place_of_times, seconds in taken.times.items():
            self.times[place_of_times].extend(seconds)

    def as_counts(self) -> tuple[Count, ...]:
        return tuple(
            Count(load_balancer=balancer, target_group=group, zone=zone, metric=metric, count=number)
            for ((balancer, group, zone), metric), number in self.counts.items()
        )

    def as_times(self) -> tuple[Times, ...]:
        return tuple(
            Times(load_balancer=balancer, target_group=group, zone=zone, seconds=tuple(seconds))
            for (balancer, group, zone), seconds in self.times.items()
        )
