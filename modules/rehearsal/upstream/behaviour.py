"""How long the fake provider takes and how often it fails."""

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    latency_median_seconds: float
    """Of the time to the first token."""
    latency_sigma: float
    """Of the lognormal distribution; 0: always the median."""
    error_share: float
    tokens: int
    """In an answer, unless the request asks for fewer."""
    seconds_per_token: float
    choose: random.Random

    def latency_seconds(self) -> float:
        if not self.latency_median_seconds:
            return 0
        return self.choose.lognormvariate(math.log(self.latency_median_seconds), self.latency_sigma)

    def fails(self) -> bool:
        return self.choose.random() < self.error_share
