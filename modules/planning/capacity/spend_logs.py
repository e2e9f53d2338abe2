"""How fast LiteLLM's log of spend fills the database."""

import math
from dataclasses import dataclass

from modules.planning.capacity.checks import not_negative, positive

BYTES_OF_A_REQUEST = (1_000, 2_000)
"""A row of LiteLLM_SpendLogs: at the least and at the most (LiteLLM, docs/proxy/db_sizing: 1 to 2 KB)."""
WITH_PROMPTS_TIMES = 10
"""The same page: with `store_prompts_in_spend_logs`; long prompts take more."""
BYTES_PER_GIB = 2**30
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Growth:
    """GiB that a day adds, at the least and at the most."""

    least_gib_per_day: float
    most_gib_per_day: float

    def days_until_full(self, storage_gib: float) -> tuple[float, float]:
        """At the earliest and at the latest; infinite without requests. Indexes and what is there already come on top.

        Raises:
            ValueError: there is no storage.
        """
        positive(storage_gib=storage_gib)
        if not self.most_gib_per_day:
            return math.inf, math.inf
        return storage_gib / self.most_gib_per_day, storage_gib / self.least_gib_per_day

    def storage_gib(self, days: float) -> tuple[float, float]:
        """That so many days' rows take."""
        not_negative(days=days)
        return days * self.least_gib_per_day, days * self.most_gib_per_day


def spend_log_growth(mean_requests_per_second: float, *, prompts_stored: bool = False) -> Growth:
    """
    Args:
        mean_requests_per_second: over whole days, nights included: not the peak that the fleet is sized for.

    Raises:
        ValueError: the rate is negative.
    """
    not_negative(mean_requests_per_second=mean_requests_per_second)
    rows = mean_requests_per_second * SECONDS_PER_DAY * (WITH_PROMPTS_TIMES if prompts_stored else 1)
    least, most = BYTES_OF_A_REQUEST
    return Growth(least_gib_per_day=rows * least / BYTES_PER_GIB, most_gib_per_day=rows * most / BYTES_PER_GIB)
