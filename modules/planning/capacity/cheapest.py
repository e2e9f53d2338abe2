"""The cheapest fleet that carries a rate: a search over task sizes and CPU architectures, at a price that the caller
brings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from modules.planning.capacity.checks import not_negative
from modules.planning.capacity.memory import COMFORTABLE_MEMORY_MIB_PER_WORKER, task_sizes
from modules.planning.capacity.sizing import Need, tasks_needed
from modules.planning.capacity.worker import PUBLISHED, Worker
from modules.planning.fargate import CPU_UNITS_PER_VCPU

Architecture = Literal["x86_64", "arm64"]

SAME_SPEED: Mapping[Architecture, Worker] = {"x86_64": PUBLISHED, "arm64": PUBLISHED}
"""Nobody has published LiteLLM's speed on ARM: until it is measured, it is taken to be that on x86."""

HOURS_PER_MONTH = 730
_USD_PER_HOUR: dict[Architecture, tuple[float, float]] = {"x86_64": (0.04048, 0.004445), "arm64": (0.03238, 0.00356)}
"""Of a vCPU and of a GB, on demand in us-east-1 (operations.md, section 7: 2026-09-29 and 2026-10-08)."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A fleet of equal tasks."""

    tasks: int
    cpu_units: int
    memory_mib: int
    workers: int
    cpu_architecture: Architecture

    @property
    def vcpus(self) -> float:
        """Of one task."""
        return self.cpu_units / CPU_UNITS_PER_VCPU


Price = Callable[[Configuration], float]
"""A price of a month, in any currency; it is taken not to fall when tasks are added."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    configuration: Configuration
    price: float


def offers(
    need: Need,
    price: Price,
    *,
    workers_by_architecture: Mapping[Architecture, Worker] = SAME_SPEED,
    memory_mib_per_worker: int = COMFORTABLE_MEMORY_MIB_PER_WORKER,
    fits: Callable[[Configuration], bool] = lambda configuration: True,
) -> list[Offer]:
    """For each task size and architecture the fewest tasks that meet the need, cheapest first. At the same price, more
    and smaller tasks come later: each is another start, another address and another share of every rollout.

    Args:
        workers_by_architecture: what to choose from, and how fast a worker is there.
        fits: whether there is room for a configuration: addresses, connections, quotas.

    Raises:
        ValueError: nothing meets the need and fits; or a price is negative.
    """
    found = []
    for architecture, worker in workers_by_architecture.items():
        for size in task_sizes(memory_mib_per_worker):
            configuration = Configuration(
                tasks=tasks_needed(need, size.workers, worker.sharing(size.vcpus, size.workers)),
                cpu_units=size.cpu_units,
                memory_mib=size.memory_mib,
                workers=size.workers,
                cpu_architecture=architecture,
            )
            if fits(configuration):
                found.append(Offer(configuration=configuration, price=_checked(price(configuration))))
    if not found:
        raise ValueError(
            f"no fleet carries {need.requests_per_second:g} requests/s and fits: its tasks need more addresses, "
            "connections or memory than there are; enlarge network.private_subnet_cidrs or the database, or state less"
        )
    return sorted(found, key=lambda offer: (offer.price, offer.configuration.tasks))


def fargate_usd_per_month(configuration: Configuration) -> float:
    """The tasks alone, on demand in us-east-1, all month."""
    vcpu, gigabyte = _USD_PER_HOUR[configuration.cpu_architecture]
    an_hour = configuration.vcpus * vcpu + configuration.memory_mib / 1024 * gigabyte
    return configuration.tasks * an_hour * HOURS_PER_MONTH


def _checked(price: float) -> float:
    not_negative(price_of_a_configuration=price)
    return price
