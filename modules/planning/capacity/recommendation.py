"""What to run for a rate, in one sentence with its arithmetic, and the lines to change."""

from collections.abc import Mapping
from dataclasses import dataclass

from modules.planning.capacity.changes import changes_for, fits, yaml_lines
from modules.planning.capacity.cheapest import SAME_SPEED, Architecture, Offer, Price, offers
from modules.planning.capacity.fleet import capacity, survivors
from modules.planning.capacity.memory import COMFORTABLE_MEMORY_MIB_PER_WORKER
from modules.planning.capacity.open_loop import open_loop
from modules.planning.capacity.sizing import Need
from modules.planning.capacity.worker import Worker
from modules.settings import Environment
from modules.settings.change import Changes, changed


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """
    Attributes:
        offers: every fleet that meets the need, cheapest first; the first one is recommended.
        environment: with the changes.
    """

    need: Need
    worker: Worker
    offers: tuple[Offer, ...]
    changes: Changes
    environment: Environment

    @property
    def yaml(self) -> str:
        """The lines to change in the environment's file; empty when it is like that already."""
        return yaml_lines(self.changes)

    def sentence(self, currency: str = "USD") -> str:
        offer, need = self.offers[0], self.need
        configuration, rate, worker = offer.configuration, need.requests_per_second, self.worker
        left = survivors(configuration.tasks, need.zones)
        carried = capacity(left, configuration.workers, worker)
        percent = need.percent
        slow = open_loop(rate, left * configuration.workers, worker).percentile_seconds(percent)
        objective = f", and {1000 * need.latency.seconds:,.0f} ms are allowed" if need.latency else ""
        workers = _counted(configuration.workers, "worker")
        return (
            f"Run {configuration.tasks} tasks of {configuration.vcpus:g} vCPU, {configuration.memory_mib / 1024:g} GiB "
            f"and {workers} on {configuration.cpu_architecture} for {rate:,g} requests/s: when one of {need.zones} "
            f"zones is lost, {_counted(left, 'task')} x {workers} x {worker.requests_per_second:.0f} requests/s = "
            f"{carried:,.0f} are left, of which the load takes {100 * rate / carried:.0f} % (at most "
            f"{need.limit_percent(worker):.0f} %), and {percent:g} % of its answers take up to {1000 * slow:,.0f} ms"
            f"{objective}; {offer.price:,.0f} {currency} a month."
        )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def recommend(
    environment: Environment,
    need: Need,
    price: Price,
    *,
    workers_by_architecture: Mapping[Architecture, Worker] = SAME_SPEED,
    memory_mib_per_worker: int = COMFORTABLE_MEMORY_MIB_PER_WORKER,
) -> Recommendation:
    """The cheapest fleet that meets the need in this environment.

    Raises:
        ValueError: no fleet meets it, or there is no room for one; the message says what is in the way.
    """
    found = offers(
        need,
        price,
        workers_by_architecture=workers_by_architecture,
        memory_mib_per_worker=memory_mib_per_worker,
        fits=lambda configuration: fits(environment, need, configuration),
    )
    best = found[0].configuration
    changes = changes_for(environment, need, best)
    return Recommendation(
        need=need,
        worker=workers_by_architecture[best.cpu_architecture].sharing(best.vcpus, best.workers),
        offers=tuple(found),
        changes=changes,
        environment=changed(environment, changes),
    )
