"""The estimate of a plan."""

from collections.abc import Iterable

from modules.planning.cost.lines import Estimate, Line, NotPriced, together
from modules.planning.cost.month import Month
from modules.planning.cost.pricers import FREE, PRICERS
from modules.planning.cost.prices import PriceBook
from modules.planning.cost.terraform_json import PROVIDER_VERSION, Plan
from modules.settings.usage import SCENARIOS, Scenario, Usage

INCLUDED = "in another resource's lines, or nothing with this configuration"


def estimate(plans: Iterable[Plan], usage: Usage, book: PriceBook, scenario: Scenario = "typical") -> Estimate:
    """What the resources of all plans cost in a month.

    Raises:
        CostError: the book has no prices of the region at all.
    """
    return together(
        _estimate(Month(plan=plan, usage=usage, scenario=scenario, book=book)) for plan in plans if plan.resources
    )


def scenarios(plans: Iterable[Plan], usage: Usage, book: PriceBook) -> dict[Scenario, Estimate]:
    """A quiet, a typical and a busy month."""
    known = list(plans)
    return {scenario: estimate(known, usage, book, scenario) for scenario in SCENARIOS}


def _estimate(month: Month) -> Estimate:
    month.book.check_region(month.plan.region)
    lines: list[Line] = []
    not_priced: list[NotPriced] = []
    free: dict[str, str] = {}
    for resource in month.plan.resources:
        address = month.plan.prefix + resource.address
        if resource.type in FREE:
            free[address] = FREE[resource.type]
            continue
        if resource.type not in PRICERS:
            not_priced.append(NotPriced(address=address, why=f"no pricer for the type {resource.type}"))
            continue
        charged = [one for pricer in PRICERS[resource.type] for one in pricer(resource, month)]
        lines += [one for one in charged if isinstance(one, Line)]
        not_priced += [one for one in charged if isinstance(one, NotPriced)]
        if not charged:
            free[address] = INCLUDED
    return Estimate(lines=tuple(lines), free=free, not_priced=tuple(not_priced), notes=_notes(month))


def _notes(month: Month) -> tuple[str, ...]:
    stated = month.plan.provider_version
    if stated == PROVIDER_VERSION:
        return ()
    return (f"the plan is made for version {stated} of the AWS provider; the estimate reads {PROVIDER_VERSION}'s",)
