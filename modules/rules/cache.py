"""The cache, and what LiteLLM keeps in it."""

from collections.abc import Iterator

from modules.planning.capacity.cache_size import BUFFER_ABOVE_REQUESTS_PER_SECOND, BUFFER_FROM_TASKS
from modules.rules.database import windows
from modules.rules.finding import Finding, Rule
from modules.settings import Environment

SHORTEST_WINDOW_MINUTES = 60
"""Amazon ElastiCache API, CreateReplicationGroup: PreferredMaintenanceWindow; User Guide, "Scheduling automatic
backups"."""
VERSIONS = {("redis", 7): ("7.0", "7.1"), ("valkey", 7): ("7.2",)}
"""ElastiCache User Guide, "Supported engine versions": majors that get no more versions."""


def transaction_buffer(environment: Environment) -> bool:
    """Whether spend is collected in the cache: the setting, or what LiteLLM recommends for the load."""
    asked = environment.litellm.transaction_buffer
    if asked != "auto":
        return asked
    return environment.cache is not None and (
        environment.load.requests_per_second >= BUFFER_ABOVE_REQUESTS_PER_SECOND
        or environment.service.maximum_tasks >= BUFFER_FROM_TASKS
    )


def transaction_buffer_has_a_cache(environment: Environment) -> Iterator[Finding]:
    load = environment.load.requests_per_second
    if environment.litellm.transaction_buffer is True and environment.cache is None:
        yield Finding(
            rule="transaction_buffer",
            severity="error",
            message="litellm.transaction_buffer is true, but there is no cache to collect spend in; state a cache, or "
            "set it to auto",
        )
    elif load >= BUFFER_ABOVE_REQUESTS_PER_SECOND and not transaction_buffer(environment):
        remedy = "state a cache" if environment.cache is None else "set litellm.transaction_buffer to auto"
        yield Finding(
            rule="transaction_buffer",
            severity="warning",
            message=f"load.requests_per_second is {load:g}; from {BUFFER_ABOVE_REQUESTS_PER_SECOND} on LiteLLM wants "
            f"spend collected in a cache, or workers lock each other out of the same rows: {remedy}",
        )


def cache_is_what_aws_offers(environment: Environment) -> Iterator[Finding]:
    cache = environment.cache
    if cache is None:
        return
    offered = VERSIONS.get((cache.engine, int(cache.engine_version.split(".")[0])))
    if offered and cache.engine_version not in offered:
        yield Finding(
            rule="versions",
            severity="error",
            message=f"ElastiCache has no {cache.engine} {cache.engine_version} (cache.engine_version); set "
            f"{' or '.join(offered)}",
        )
    yield from windows(
        "cache",
        ("snapshot_window", cache.snapshot_window),
        ("maintenance_window", cache.maintenance_window),
        SHORTEST_WINDOW_MINUTES,
    )


def cache_survives_a_zone(environment: Environment) -> Iterator[Finding]:
    if environment.cache and environment.cache.nodes == 1:
        yield Finding(
            rule="objectives",
            severity="warning",
            message="cache.nodes is 1: when its zone is lost, rate limits, budgets and spend that was not yet written "
            f"are gone, whatever objectives.zone_failure_seconds ({environment.objectives.zone_failure_seconds}) says; "
            "set 2 or more",
        )


RULES: tuple[Rule, ...] = (
    transaction_buffer_has_a_cache,
    cache_is_what_aws_offers,
    cache_survives_a_zone,
)
