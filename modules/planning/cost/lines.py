"""An estimate: lines, what is free, and what has no price."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from modules.planning.cost.prices import Price


class Component(StrEnum):
    """What a person thinks of when they ask where the money goes."""

    COMPUTE = "compute"
    LOAD_BALANCER = "load balancer"
    NETWORK = "network"
    DATABASE = "database"
    CACHE = "cache"
    FIREWALL = "firewall"
    SECRETS = "secrets and keys"
    MONITORING = "monitoring"
    LOGS = "logs"
    STORAGE = "storage"
    TRANSFER = "data transfer"
    DRILLS = "drills"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A price times a quantity.

    Attributes:
        address: of the resource in Terraform.
        because: how the quantity comes about, with the assumptions in it.
        by_traffic: whether the quantity follows the requests; what does not is there without a single one.
    """

    component: Component
    address: str
    what: str
    quantity: float
    price: Price
    because: str
    by_traffic: bool = False

    @property
    def usd(self) -> float:
        return self.quantity * self.price.usd

    @property
    def key(self) -> tuple[str, str]:
        """Tells the line from all others, also in another estimate."""
        return self.address, self.what


@dataclass(frozen=True, kw_only=True)
class NotPriced:
    """A part of the bill that the estimate does not have."""

    address: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A month.

    Attributes:
        free: resources that cost nothing, or whose cost is in another's lines, with the reason.
        notes: what a reader should know of the whole, such as a provider of another version.
    """

    lines: tuple[Line, ...]
    free: dict[str, str] = field(default_factory=dict)
    not_priced: tuple[NotPriced, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def usd(self) -> float:
        return sum(line.usd for line in self.lines)

    @property
    def usd_by_traffic(self) -> float:
        """The part that follows the requests."""
        return sum(line.usd for line in self.lines if line.by_traffic)

    def by_component(self) -> dict[Component, float]:
        """Each component's share, in the order of the enumeration; those without a line are left out."""
        sums: defaultdict[Component, float] = defaultdict(float)
        for line in self.lines:
            sums[line.component] += line.usd
        return {component: sums[component] for component in Component if component in sums}

    def by_key(self) -> dict[tuple[str, str], float]:
        return {line.key: line.usd for line in self.lines}

    def of(self, component: Component) -> float:
        return self.by_component().get(component, 0)


def together(estimates: Iterable[Estimate]) -> Estimate:
    """One estimate of several stacks."""
    parts = list(estimates)
    return Estimate(
        lines=tuple(line for part in parts for line in part.lines),
        free={address: why for part in parts for address, why in part.free.items()},
        not_priced=tuple(one for part in parts for one in part.not_priced),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )
