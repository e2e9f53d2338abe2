"""Measures each worker once in each round, one at a time, while the others are frozen."""

import random
from collections.abc import Callable, Sequence

import uvloop

from tests.benchmarks.tuning.load import Counted, ask
from tests.benchmarks.tuning.report import Measured
from tests.benchmarks.tuning.variants import Variant
from tests.benchmarks.tuning.worker import Worker

WARM_UP_SECONDS = 2
SECONDS = 6


def measure(
    workers: Sequence[Worker], *, rounds: int, choose: random.Random, tell: Callable[[str], object]
) -> dict[Variant, list[Measured]]:
    """What each variant did in each round; a round has its own order, so that none is always after the same one."""
    found: dict[Variant, list[Measured]] = {worker.variant: [] for worker in workers}
    for number in range(rounds):
        for worker in choose.sample(workers, len(workers)):
            measured, counted = _measure(worker)
            found[worker.variant].append(measured)
            errors = f", {counted.failed} failed: {'; '.join(counted.errors)}" if counted.failed else ""
            tell(
                f"round {number + 1} of {rounds}: {measured.requests_per_second:.0f} requests/s "
                f"at {measured.cpu_milliseconds:.1f} ms: {worker.variant.name}{errors}"
            )
    return found


def _measure(worker: Worker) -> tuple[Measured, Counted]:
    worker.thaw()
    try:
        _ask(worker, WARM_UP_SECONDS)
        before = worker.cpu_seconds()
        counted = _ask(worker, SECONDS)
        cpu_seconds = worker.cpu_seconds() - before
        memory_mib = worker.memory_mib()
    finally:
        worker.freeze()
    measured = Measured(
        requests_per_second=counted.answered / SECONDS,
        failed=counted.failed,
        cpu_milliseconds=1000 * cpu_seconds / (counted.answered + counted.late + counted.failed),
        memory_mib=memory_mib,
    )
    return measured, counted


def _ask(worker: Worker, seconds: float) -> Counted:
    return uvloop.run(
        ask(worker.gateway, worker.model, seconds, reuse_connections=worker.variant.client_reuses_connections)
    )
