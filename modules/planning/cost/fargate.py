"""What Fargate tasks cost."""

from modules.planning.cost.prices import PriceBook
from modules.planning.fargate import CPU_UNITS_PER_VCPU
from modules.planning.units import HOURS_PER_MONTH, MIB_PER_GIB


def price_key(architecture: str, resource: str, spot: bool = False) -> str:
    """The book's key for `vcpu` or `gb` hours; architectures as ECS names them, in any case."""
    return f"fargate.{'spot.' if spot else ''}{architecture.lower()}.{resource}"


def monthly_cost(
    book: PriceBook,
    region: str,
    *,
    cpu_units: int,
    memory_mib: int,
    architecture: str,
    tasks: float,
    spot_tasks: float = 0,
    hours: float = HOURS_PER_MONTH,
) -> float:
    """USD of `tasks` tasks of one size in a month, `spot_tasks` of them on Spot, and nothing beside them.

    Charged is what the task definition states, by the second, from the pull of the image on (AWS Fargate pricing).

    Raises:
        NoPriceError: the book has no such price for the region.
    """

    def hourly(spot: bool) -> float:
        vcpu, gb = (book.usd(price_key(architecture, resource, spot), region) for resource in ("vcpu", "gb"))
        return cpu_units / CPU_UNITS_PER_VCPU * vcpu + memory_mib / MIB_PER_GIB * gb

    on_demand = (tasks - spot_tasks) * hourly(spot=False)
    return hours * (on_demand + (spot_tasks * hourly(spot=True) if spot_tasks else 0))
