"""What a fleet of LiteLLM workers carries, and what is left of it when a zone is lost."""

import math

REQUESTS_PER_WORKER_SECOND = 129
"""Of one worker on a vCPU of its own: a closed queueing model, fitted to LiteLLM's published benchmark of 2 and 4
instances (BerriAI/litellm-docs, docs/benchmarks.md, 2026-05: 1,035.7 and 1,170 requests/s)."""


def capacity(tasks: int, workers: int) -> int:
    """Requests in a second that saturate `tasks` tasks of `workers` workers each."""
    return tasks * workers * REQUESTS_PER_WORKER_SECOND


def survivors(tasks: int, zones: int) -> int:
    """Tasks that are left when the zone with the most of them is lost; ECS spreads them evenly over the zones."""
    return tasks - -(-tasks // zones)


def utilisation_percent(requests_per_second: float, tasks: int, workers: int) -> float:
    """Share of the workers' capacity that the load takes; without tasks there is no such share.

    Raises:
        ZeroDivisionError: there are no tasks.
    """
    return 100 * requests_per_second / capacity(tasks, workers)


def tasks_for(requests_per_second: float, workers: int, utilisation_limit_percent: int, zones: int) -> int:
    """The fewest tasks whose survivors of a lost zone stay within the limit.

    Raises:
        ValueError: one zone has no survivors, whatever the number of tasks.
    """
    if zones < 2:
        raise ValueError(f"{zones} zones: nothing survives the loss of the only one")
    needed = math.ceil(100 * requests_per_second / (capacity(1, workers) * utilisation_limit_percent))
    # Of n tasks n - ceil(n / zones) = floor(n * (zones - 1) / zones) survive.
    return -(-needed * zones // (zones - 1))
