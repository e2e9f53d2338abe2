"""CloudTrail."""

from modules.planning.cost.lines import Component
from modules.planning.cost.month import Charged, Month
from modules.planning.cost.terraform_json import Resource


def trail(trail: Resource, month: Month) -> Charged:
    """The first copy of management events in each region costs nothing (AWS CloudTrail pricing); where the account has
    another trail already, this one's is a second."""
    selectors = [
        field
        for selector in trail.blocks("advanced_event_selector")
        for field in selector.get("field_selector") or []
        if field.get("field") == "eventCategory"
    ]
    if any("Data" in (field.get("equals") or []) for field in selectors):
        events = month.at(month.usage.audit.data_events)
        yield from month.charge(
            trail,
            Component.MONITORING,
            "data events",
            "cloudtrail.data_event",
            events * month.months,
            f"{events:,.0f} reads and writes of watched objects; management events cost nothing, the first time",
        )
    if trail.blocks("insight_selector"):
        yield month.not_priced(trail, "CloudTrail Insights has no pricer")
