"""An estimate's numbers, each with what it is made of, for a notebook and a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from pydantic import BaseModel

from modules.operations.table import Table
from modules.planning.cost.answers import Answer, BreakEven, DrillCost, fixed_usd
from modules.planning.cost.claims import Check, Claim
from modules.planning.cost.compare import Change, UnitCosts, side_by_side
from modules.planning.cost.lines import Component, Estimate, Line
from modules.planning.cost.prices import CONFIDENCES
from modules.settings.usage import Range, Scenario, Usage

Estimates = Mapping[Scenario, Estimate]


def usd(amount: float) -> str:
    return f"{amount:>9,.2f}"


def totals(name: str, estimates: Estimates, units: UnitCosts) -> Table:
    """The month at a glance: with and without requests, and what it buys."""
    typical = estimates["typical"]
    rows = [
        ("total", *(usd(one.usd) for one in estimates.values())),
        ("without a single request", *(usd(fixed_usd(one)) for one in estimates.values())),
        ("by the requests", *(usd(one.usd_by_traffic) for one in estimates.values())),
    ]
    for label, amount in (
        ("for a thousand requests", units.per_thousand_requests),
        ("for a request/s that the tasks can carry", units.per_request_per_second),
    ):
        rows.append((label, "", f"{amount:>9,.4f}" if amount is not None else "-", ""))
    return Table(
        title=f"{name}-litellm: ${typical.usd:,.0f} in a typical month",
        columns=("USD a month", *estimates),
        rows=rows,
    )


def components(estimates: Mapping[str, Estimate] | Estimates, title: str = "By component") -> Table:
    """Estimates side by side: the scenarios of one environment, or environments."""
    return Table(
        title=title,
        columns=("USD a month", *map(str, estimates)),
        rows=[(name, *map(usd, amounts)) for name, amounts in side_by_side({str(k): v for k, v in estimates.items()})],
    )


def lines(estimate: Estimate, title: str, at_least_usd: float = 0.05) -> Table:
    """Each line with its price and how its quantity comes about; equal ones of a type together, small ones in one."""
    ordered = sorted(estimate.lines, key=lambda line: (list(Component).index(line.component), *_alike(line)))
    rows, small, left_out = [], 0.0, 0
    for _, alike in groupby(ordered, key=lambda line: (line.component, *_alike(line))):
        together = list(alike)
        total = sum(line.usd for line in together)
        if total < at_least_usd:
            small, left_out = small + total, left_out + len(together)
            continue
        rows.append(_row(together, total))
    if left_out:
        rows.append(("", f"{left_out} lines", f"each below ${at_least_usd:.2f}", "", "", usd(small), ""))
    return Table(title=title, columns=("", "resource", "what", "quantity", "price", "USD", "because"), rows=rows)


def _alike(line: Line) -> tuple[str, str, str]:
    return line.address.partition(".")[0], line.what, line.price.key


def _row(alike: Sequence[Line], total: float) -> tuple[str, ...]:
    first = alike[0]
    type_, _, name = first.address.partition(".")
    reasons = list(dict.fromkeys(line.because for line in alike))
    quantity = sum(line.quantity for line in alike)
    return (
        first.component.value,
        name if len(alike) == 1 else f"{len(alike)} {type_.removeprefix('aws_')}",
        first.what,
        f"{quantity:>14,.2f} {first.price.unit}",
        f"{first.price.usd:.7f}".rstrip("0").rstrip("."),
        usd(total),
        reasons[0] if len(reasons) == 1 else f"{reasons[0]}; ...",
    )


def not_priced(estimate: Estimate) -> Table:
    return Table(
        title="Not priced" if estimate.not_priced else "Everything is priced or free",
        columns=("resource", "why"),
        rows=[(one.address, one.why) for one in estimate.not_priced],
    )


def free(estimate: Estimate) -> Table:
    """Why resources cost nothing, with how many of a type do."""
    reasons = sorted((address.split(": ")[-1].partition(".")[0], why) for address, why in estimate.free.items())
    return Table(
        title=f"{len(reasons)} resources cost nothing by themselves",
        columns=("type", "number", "why"),
        rows=[(type_, str(len(list(some))), why) for (type_, why), some in groupby(reasons)],
    )


def answers(title: str, given: Iterable[Answer]) -> Table:
    return Table(
        title=title,
        columns=("", "USD a month", "total then", "remark"),
        rows=[(one.what, f"{one.usd:>+9,.2f}", usd(one.total), one.remark) for one in given],
    )


def break_even(found: BreakEven) -> Table:
    return Table(
        title="An interface endpoint or NAT",
        columns=("", ""),
        rows=[
            ("one endpoint's hours, USD a month", usd(found.hours_usd)),
            ("pays from, GB a month through it", f"{found.gb:>9,.1f}"),
            ("what the tasks log, GB a month", f"{found.log_gb:>9,.1f}"),
            ("so for the logs' endpoint", "it pays" if found.pays else "NAT costs less; what is left is privacy"),
        ],
    )


def drills(costs: Iterable[DrillCost]) -> Table:
    return Table(
        title="One run of each drill",
        columns=("drill", "action minutes", "USD"),
        rows=[(one.what, f"{one.action_minutes:g}", usd(one.usd)) for one in costs],
    )


def claims(claim: Claim, checks: Iterable[Check]) -> Table:
    return Table(
        title=f"The source says ${claim.lowest_usd:,.0f} to {claim.highest_usd:,.0f} for {claim.said}",
        columns=("without a single request", "USD a month", ""),
        rows=[(one.way, usd(one.usd), "holds" if one.holds else "fails") for one in checks],
    )


def changes(found: Sequence[Change], before: Estimate, after: Estimate) -> Table:
    return Table(
        title=f"${before.usd:,.2f} before, ${after.usd:,.2f} after: {after.usd - before.usd:+,.2f} a month",
        columns=("", "resource", "what", "before", "after", "USD"),
        rows=[
            (one.component.value, one.address, one.what, usd(one.before), usd(one.after), f"{one.usd:>+9,.2f}")
            for one in found
        ],
    )


def assumptions(usage: Usage) -> Table:
    """The usage with the sentence that explains each quantity."""
    return Table(title="Assumed", columns=("usage", "low", "typical", "high", ""), rows=list(_quantities(usage, "")))


def _quantities(model: BaseModel, prefix: str) -> Iterable[tuple[str, ...]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        note = " ".join((field.description or "").split())
        if isinstance(value, Range):
            yield prefix + name, f"{value.low:,g}", f"{value.typical:,g}", f"{value.high:,g}", note
        elif isinstance(value, BaseModel):
            yield from _quantities(value, f"{prefix}{name}.")
        else:
            yield prefix + name, "", "as it is" if value is None else str(value), "", note


def prices(estimate: Estimate) -> Table:
    """The rows of the book that an estimate uses, with where each is from."""
    used = {(line.price.key, line.price.region, line.price.from_quantity): line.price for line in estimate.lines}
    return Table(
        title=f"{len(used)} prices",
        columns=("price", "region", "USD", "unit", "read", "how sure", "source"),
        rows=[
            (
                row.key,
                row.region,
                f"{row.usd:.9f}".rstrip("0").rstrip("."),
                row.unit,
                row.date,
                CONFIDENCES[row.confidence],
                row.source,
            )
            for _, row in sorted(used.items())
        ],
    )
