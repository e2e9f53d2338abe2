"""LiteLLM's settings side by side; writes the table of docs/tuning.md."""

import datetime
import os
import platform
import random
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import psutil
import pytest

from modules.preparation import prepare
from modules.rehearsal.child import Child
from tests.benchmarks.test_balancer import wait_until_listening
from tests.benchmarks.tuning.report import compare, table, with_measurements
from tests.benchmarks.tuning.rounds import measure
from tests.benchmarks.tuning.variants import CONTROL, DEPLOYED, VARIANTS
from tests.benchmarks.tuning.worker import Worker

pytestmark = [pytest.mark.benchmark, pytest.mark.tuning]
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/tuning.md"
ROUNDS = 3
LITELLM_CORE, OTHER_CORE = 0, 1
LATENCY_MILLISECONDS = 100


def machine() -> str:
    """What the numbers are of, and what else it did when they were begun."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return (
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}; "
        f"{os.getloadavg()[0]:.1f} programs were running before"
    )


@pytest.fixture
def others_on_a_core_of_their_own() -> Iterator[None]:
    """This process, which asks, and the provider, which it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {OTHER_CORE})
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.usefixtures("others_on_a_core_of_their_own")
def test_throughput_of_litellms_settings_side_by_side(tmp_path: Path) -> None:
    title = f"{datetime.date.today()}, LiteLLM {metadata.version('litellm')}, {machine()}"
    octet = random.randint(64, 254)
    upstream = (f"127.{octet}.0.1", 8900)
    options = {"address": upstream[0], "port": upstream[1], "latency-milliseconds": LATENCY_MILLISECONDS}
    provider = Child.of_module(
        "modules.rehearsal.upstream", [part for name, value in options.items() for part in (f"--{name}", str(value))]
    )
    provider.start()
    prepared = prepare("benchmark")
    workers = [
        Worker(
            variant,
            prepared,
            folder=tmp_path / str(number),
            address=f"127.{octet}.1.{number + 1}",
            upstream=f"http://{upstream[0]}:{upstream[1]}/v1",
        )
        for number, variant in enumerate(VARIANTS)
    ]
    try:
        wait_until_listening(upstream)
        for worker in workers:
            print(f"starts: {worker.variant.name}", flush=True)
            worker.start(LITELLM_CORE)
        found = measure(workers, rounds=ROUNDS, choose=random.Random(1), tell=lambda line: print(line, flush=True))
    finally:
        for worker in workers:
            worker.stop()
        provider.stop()

    comparisons = {variant: compare(measured, found[DEPLOYED]) for variant, measured in found.items()}
    result = table(comparisons, CONTROL, title)
    DOCUMENT.write_text(with_measurements(DOCUMENT.read_text(), f"\n{result._repr_markdown_()}\n"))
    print(f"\n{result}")
