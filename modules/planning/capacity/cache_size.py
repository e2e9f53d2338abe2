"""Whether a fleet needs a cache, and of which size."""

from dataclasses import dataclass

from modules.planning.capacity.checks import positive

BUFFER_ABOVE_REQUESTS_PER_SECOND = 1000
BUFFER_FROM_TASKS = 10
"""LiteLLM, docs/proxy/prod.md: above 1,000 requests a second or from 10 instances on, spend written by each worker
locks the same rows (deadlocks, "too many clients")."""


@dataclass(frozen=True, kw_only=True)
class CacheAdvice:
    """
    Attributes:
        why: what goes wrong without it; empty when nothing does.
    """

    node_type: str
    vcpus: int
    why: tuple[str, ...]


_SIZES = ((1000, "cache.m7g.large", 2), (5000, "cache.m7g.xlarge", 4))
_LARGEST = ("cache.m7g.2xlarge", 8)
"""LiteLLM, docs/proxy/redis_sizing (2026-10): up to 1,000 requests a second 2 vCPU and 8 GB, up to 5,000 4 and 16,
above 8 and 32. The classes are ElastiCache's with so many vCPUs; what LiteLLM keeps there is small, so that their
somewhat smaller memory is enough, and burstable ones may be: nobody has published a measurement."""


def cache_advice(requests_per_second: float, tasks: int, workers: int) -> CacheAdvice:
    """
    Raises:
        ValueError: a number means nothing.
    """
    positive(requests_per_second=requests_per_second, tasks=tasks, workers=workers)
    node_type, vcpus = next(((name, vcpus) for most, name, vcpus in _SIZES if requests_per_second <= most), _LARGEST)
    why = []
    if requests_per_second >= BUFFER_ABOVE_REQUESTS_PER_SECOND or tasks >= BUFFER_FROM_TASKS:
        why.append("workers that write spend lock each other out of the same rows")
    if tasks * workers > 1:
        why.append(f"each of {tasks * workers} workers counts limits and budgets for itself")
    return CacheAdvice(node_type=node_type, vcpus=vcpus, why=tuple(why))
