"""A review as tables, in the order in which they are to be read."""

from collections.abc import Iterator
from typing import Any

from modules.operations.review.differences import attribute, differences
from modules.operations.review.meaning import GROUPS, OTHER, group_of
from modules.operations.review.plan_json import Change
from modules.operations.review.review import VERBS, Review, count
from modules.operations.table import Table

LONGEST = 160
"""Characters of a value on the page; the plan itself has all of them."""
MOST_DIFFERENCES = 12
"""Of one resource on the page."""
FELT = {"outage": "outage", "brief": "briefly", "none": "no outage"}
ACTIONS = ("replace", "delete", "update", "create", "forget")


def dangers(review: Review) -> Iterator[Table]:
    """What is lost and what is weakened; none of it goes unseen."""
    if review.losses:
        yield Table(
            title="Lost for good",
            columns=("resource", "what is lost", "way back", "because of"),
            rows=[(one.address, one.what, one.way_back, ", ".join(one.because)) for one in review.losses],
        )
    if review.concerns:
        yield Table(
            title="Security: before and after",
            columns=("", "resource", "what", "before", "after"),
            rows=[
                (
                    f"{'!' if one.dangerous else ''} {one.kind}".strip(),
                    one.address,
                    one.what,
                    short(one.before),
                    short(one.after),
                )
                for one in review.concerns
            ],
        )


def expectation(review: Review) -> Iterator[Table]:
    if review.disruptions:
        yield Table(
            title="What users feel",
            columns=("", "resource", "what"),
            rows=[(FELT[one.severity], one.address, one.what) for one in review.disruptions],
        )


def groups(review: Review, *, values: bool = True) -> Iterator[Table]:
    """The changes by what they are a part of, replacements first.

    Args:
        values: with each value before and after.
    """
    for name in (*GROUPS, OTHER):
        changes = [change for change in review.planned.changes if group_of(change.type) == name]
        if changes:
            ordered = sorted(changes, key=lambda change: ACTIONS.index(change.action))
            rows = [row for change in ordered for row in _rows(change, values=values)]
            yield Table(
                title=f"{name}: {count(changes)}", columns=("", "resource", "attribute", "before", "after"), rows=rows
            )


def others(review: Review) -> Iterator[Table]:
    """Outputs, drift, money, and what the rules and the policy gate say."""
    planned, remarks = review.planned, review.remarks
    if drifted := [change for change in planned.drifted if differences(change) or change.action == "delete"]:
        yield Table(
            title="Changed outside Terraform since its last run; this plan starts from that",
            columns=("", "resource", "attribute", "before", "after"),
            rows=[row for change in drifted for row in _rows(change, values=True)],
        )
    if planned.outputs:
        yield Table(title="Outputs that change", columns=("output",), rows=[(name,) for name in planned.outputs])
    if money := remarks.money:
        yield Table(
            title=f"${money.before_usd:,.2f} a month before, ${money.after_usd:,.2f} after: "
            f"{money.after_usd - money.before_usd:+,.2f}",
            columns=("", "resource", "what", "before", "after", "USD"),
            rows=[
                (one.component.value, one.address, one.what, usd(one.before), usd(one.after), f"{one.usd:+,.2f}")
                for one in money.changes
            ],
        )
    if remarks.policy:
        yield Table(title="The policy gate stops", columns=("finding",), rows=[(one,) for one in remarks.policy])
    if remarks.rules:
        yield Table(title="The rules warn", columns=("finding",), rows=[(one,) for one in remarks.rules])


def notes(review: Review) -> list[str]:
    """What is no table: where a table is missing, and why."""
    remarks = review.remarks
    if review.planned.empty:
        return []
    cost = remarks.money.note if remarks.money else f"No cost: {remarks.no_money}."
    return [cost, f"Policy: {remarks.policy_summary}."]


def usd(amount: float) -> str:
    return f"{amount:,.2f}"


def short(value: Any) -> str:
    """A value in one line."""
    said = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text = " ".join(said.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def _rows(change: Change, *, values: bool) -> Iterator[tuple[str, ...]]:
    """A line for each value; the verb and the resource stand in the first."""
    found = differences(change) if values else []
    rows = [(_forcing(one.path, change), short(one.before), short(one.after)) for one in found[:MOST_DIFFERENCES]]
    if len(found) > MOST_DIFFERENCES:
        rows.append((f"and {len(found) - MOST_DIFFERENCES} more", "", ""))
    seen = {attribute(one.path) for one in found}
    if hidden := [name for name in change.replaced_for if attribute(name) not in seen]:
        rows.insert(0, (f"forced by {', '.join(hidden)}", "", ""))
    for number, row in enumerate(rows or [("", "", "")]):
        yield ("", "", *row) if number else (VERBS.get(change.action, ""), change.address, *row)


def _forcing(path: str, change: Change) -> str:
    return f"{path} (forces it)" if attribute(path) in change.replaced_for else path
