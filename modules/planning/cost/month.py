"""A month of one plan: what a pricer asks, and how it charges."""

from collections.abc import Iterator
from dataclasses import dataclass

from modules.planning.cost.errors import NoPriceError
from modules.planning.cost.lines import Component, Line, NotPriced
from modules.planning.cost.prices import PriceBook
from modules.planning.cost.terraform_json import Plan, Resource
from modules.planning.units import HOURS_PER_MONTH
from modules.settings.usage import Range, Scenario, Usage

DAYS_PER_MONTH = HOURS_PER_MONTH / 24
SECONDS_PER_HOUR = 3600
KB_PER_GB = 1_000_000
MB_PER_GB = 1_000
BYTES_PER_GB = 1_000_000_000
"""Decimal, which is careful: where AWS's GB is a binary one, the estimate of the bytes is 7 % high."""

Charged = Iterator[Line | NotPriced]


@dataclass(frozen=True, kw_only=True)
class Month:
    """A plan, used as stated in one of the three scenarios, at the book's prices."""

    plan: Plan
    usage: Usage
    scenario: Scenario
    book: PriceBook

    def at(self, quantity: Range) -> float:
        return quantity.at(self.scenario)

    @property
    def hours(self) -> float:
        return self.usage.hours

    @property
    def months(self) -> float:
        """What is charged by the month costs its share of one that is used for fewer hours."""
        return self.hours / HOURS_PER_MONTH

    @property
    def days(self) -> float:
        return self.hours / 24

    @property
    def requests(self) -> float:
        return self.at(self.usage.traffic.requests_per_second) * self.hours * SECONDS_PER_HOUR

    @property
    def requests_because(self) -> str:
        return f"{self.at(self.usage.traffic.requests_per_second):g} requests/s for {self.hours:g} h"

    def charge(
        self,
        resource: Resource,
        component: Component,
        what: str,
        key: str,
        quantity: float,
        because: str,
        *,
        region: str | None = None,
        by_traffic: bool = False,
    ) -> Charged:
        """A line for each tier that the quantity reaches; none for nothing."""
        address = self.plan.prefix + resource.address
        if quantity <= 0:
            return
        try:
            charged = list(self.book.charged(key, region or resource.region, quantity))
        except NoPriceError as error:
            yield NotPriced(address=address, why=f"{what}: {error}")
            return
        for price, part in charged:
            tier = f", from {price.from_quantity:,.0f}" if price.from_quantity else ""
            yield Line(
                component=component,
                address=address,
                what=what + tier,
                quantity=part,
                price=price,
                because=because,
                by_traffic=by_traffic,
            )

    def not_priced(self, resource: Resource, why: str) -> NotPriced:
        return NotPriced(address=self.plan.prefix + resource.address, why=why)
