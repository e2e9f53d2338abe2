"""A review for whoever sits at the terminal: what a minute is enough for."""

from collections.abc import Iterator

from modules.operations.review import tables
from modules.operations.review.review import Review


def lines(review: Review) -> Iterator[str]:
    yield review.headline
    if review.planned.empty:
        return
    for one in review.dangers:
        yield f"  ! {one}"
    for loss in review.losses:
        yield f"    way back for {loss.address}: {loss.way_back}"
    for concern in review.concerns:
        if not concern.dangerous:
            what = f"{concern.kind}: {concern.what}: {tables.short(concern.before)} -> {tables.short(concern.after)}"
            yield f"  - {concern.address}: {what}"
    for disruption in review.disruptions:
        if disruption not in review.outages:
            yield f"  - {disruption.address}: {tables.FELT[disruption.severity]}: {disruption.what}"
    for table in tables.groups(review, values=False):
        yield f"  {table.title}"
    if money := review.remarks.money:
        difference = money.after_usd - money.before_usd
        yield f"  ${money.before_usd:,.2f} a month before, ${money.after_usd:,.2f} after: {difference:+,.2f}"
    else:
        yield f"  no cost: {review.remarks.no_money}"
    yield f"  policy: {review.remarks.policy_summary}"
