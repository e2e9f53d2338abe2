"""Estimates side by side: environments, variants, before and after a change."""

from collections.abc import Mapping
from dataclasses import dataclass

from modules.planning.cost.lines import Component, Estimate

CENT = 0.005


@dataclass(frozen=True, kw_only=True)
class Change:
    """A line that one of two estimates has with another amount, or at all."""

    component: Component
    address: str
    what: str
    before: float
    after: float

    @property
    def usd(self) -> float:
        return self.after - self.before


def changes(before: Estimate, after: Estimate) -> list[Change]:
    """The lines that differ by half a cent or more, the largest difference first.

    Their sum is the difference of the totals, but for what is below the half cent.
    """
    components = {line.key: line.component for line in (*before.lines, *after.lines)}
    old, new = before.by_key(), after.by_key()
    found = [
        Change(component=component, address=key[0], what=key[1], before=old.get(key, 0), after=new.get(key, 0))
        for key, component in components.items()
    ]
    return sorted((one for one in found if abs(one.usd) >= CENT), key=lambda one: (-abs(one.usd), one.address))


@dataclass(frozen=True, kw_only=True)
class Step:
    """A bar of a waterfall, from `start` up or down to `end`."""

    label: str
    start: float
    end: float


def waterfall(before: Estimate, after: Estimate, names: tuple[str, str]) -> list[Step]:
    """From one total to the other, a step for each component that differs, in the components' order."""
    old, new = before.by_component(), after.by_component()
    steps = [Step(label=names[0], start=0, end=before.usd)]
    reached = before.usd
    for component in Component:
        difference = new.get(component, 0) - old.get(component, 0)
        if abs(difference) >= CENT:
            steps.append(Step(label=component.value, start=reached, end=reached + difference))
            reached += difference
    return [*steps, Step(label=names[1], start=0, end=after.usd)]


def side_by_side(estimates: Mapping[str, Estimate]) -> list[tuple[str, list[float]]]:
    """A row for each component that any of the estimates has, and the totals."""
    rows = [
        (component.value, [one.of(component) for one in estimates.values()])
        for component in Component
        if any(one.of(component) for one in estimates.values())
    ]
    return [*rows, ("total", [one.usd for one in estimates.values()])]


@dataclass(frozen=True, kw_only=True)
class UnitCosts:
    """A month's total over what it buys; None where there is nothing to divide by."""

    per_thousand_requests: float | None
    per_request_per_second: float | None


def unit_costs(estimate: Estimate, requests: float, capacity_requests_per_second: float) -> UnitCosts:
    """
    Args:
        requests: of the month.
        capacity_requests_per_second: that saturates the tasks (`modules/planning/capacity`).
    """
    capacity = capacity_requests_per_second
    return UnitCosts(
        per_thousand_requests=estimate.usd / requests * 1000 if requests else None,
        per_request_per_second=estimate.usd / capacity if capacity else None,
    )
