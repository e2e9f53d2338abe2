"""One LiteLLM worker as the models see it: how long a request occupies it, and how long a request takes besides."""

from dataclasses import dataclass, replace

from modules.planning.capacity.checks import not_negative, positive

REQUESTS_PER_WORKER_SECOND = 129
"""Of one worker on a vCPU of its own: the closed queueing model, fitted to the mean latencies of LiteLLM's published
benchmark of 2 and 4 instances (BerriAI/litellm-docs, docs/benchmarks.md, 2026-05: 262.46 and 111.73 ms); fitted to its
throughput it is 137 (`calibration.fit`, operations.md section 5)."""


@dataclass(frozen=True, kw_only=True)
class Worker:
    """
    Attributes:
        service_seconds: for which a request keeps the event loop busy, on average, on a vCPU of its own. It grows with
            prompts, callbacks and streams: a number holds for the traffic that it was measured with.
        fixed_delay_seconds: rest of a request's time, in which it queues for nothing: LLM, network, load balancer; on
            average.
        delay_variation: squared coefficient of variation of that rest, lognormal; 0: always the same. It moves
            percentiles; throughput and mean do not depend on it (BCMP theorem).

    Raises:
        ValueError: a time is negative, or service takes none.
    """

    service_seconds: float
    fixed_delay_seconds: float
    delay_variation: float = 0

    def __post_init__(self) -> None:
        positive(service_seconds=self.service_seconds)
        not_negative(fixed_delay_seconds=self.fixed_delay_seconds, delay_variation=self.delay_variation)

    @property
    def requests_per_second(self) -> float:
        """That saturate it."""
        return 1 / self.service_seconds

    def with_llm(self, seconds: float) -> "Worker":
        """The same worker in front of an LLM that takes so long, network included, instead of the one it was measured
        with."""
        return replace(self, fixed_delay_seconds=seconds)

    def sharing(self, vcpus: float, workers: int) -> "Worker":
        """One of so many workers on so many vCPUs: with fewer vCPUs than workers each gets its share of them, with more
        it is no faster, because an event loop uses one."""
        positive(vcpus=vcpus, workers=workers)
        return replace(self, service_seconds=self.service_seconds * max(1.0, workers / vcpus))


PUBLISHED = Worker(service_seconds=1 / REQUESTS_PER_WORKER_SECOND, fixed_delay_seconds=0.094)
"""Fitted to the published mean latencies; the prompts are 16 kB and not streamed, and the delay is that of the
benchmark's hosted mock."""
PUBLISHED_BY_THROUGHPUT = Worker(service_seconds=0.00732, fixed_delay_seconds=0.089)
"""Fitted to the published throughput instead: the means include the ramp-up, the throughput does not (operations.md,
section 5). The truth is taken to be between the two."""
