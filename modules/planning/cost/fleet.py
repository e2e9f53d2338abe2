"""The price of a fleet's tasks, for the search of the cheapest one."""

from collections.abc import Callable

from modules.planning.capacity.cheapest import Configuration
from modules.planning.cost.fargate import monthly_cost
from modules.planning.cost.prices import PriceBook


def fleet_price(book: PriceBook, region: str) -> Callable[[Configuration], float]:
    """USD a month of a configuration's tasks alone, on demand.

    Raises:
        NoPriceError: when it is called, and the book has no such price for the region.
    """

    def price(configuration: Configuration) -> float:
        return monthly_cost(
            book,
            region,
            cpu_units=configuration.cpu_units,
            memory_mib=configuration.memory_mib,
            architecture=configuration.cpu_architecture,
            tasks=configuration.tasks,
        )

    return price
