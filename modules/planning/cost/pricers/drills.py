"""FIS experiments: nothing until one is started, then by the minute of each action."""

import re
from typing import Any

from modules.planning.cost.lines import Component
from modules.planning.cost.month import Charged, Month
from modules.planning.cost.terraform_json import Resource

_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def experiments(template: Resource, month: Month) -> Charged:
    runs = month.at(month.usage.drills_of_each_kind)
    minutes = action_minutes(template)
    yield from month.charge(
        template,
        Component.DRILLS,
        "action minutes",
        "fis.action_minute",
        runs * minutes,
        f"{runs:g} runs of {minutes:g} action minutes",
    )


def action_minutes(template: Resource) -> float:
    """Of one run: each action's duration, and a minute for one that is done at once (AWS FIS pricing)."""
    return sum(max(1.0, _minutes(action.get("parameter") or [])) for action in template.blocks("action"))


def _minutes(parameters: Any) -> float:
    for parameter in parameters if isinstance(parameters, list) else [parameters]:
        match = _DURATION.fullmatch(parameter.get("value", "")) if parameter.get("key") == "duration" else None
        if match:
            hours, minutes, seconds = (float(part or 0) for part in match.groups())
            return hours * 60 + minutes + seconds / 60
    return 0
