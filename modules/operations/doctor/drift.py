"""Drift: what a plan of Terraform says was changed outside of it, apart from what is only not deployed yet."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modules.operations.examination.finding import Finding, bad, fine, warning

Plan = Mapping[str, Any]
"""`terraform show -json` of a plan (Terraform, "JSON Output Format")."""
SHOWN_RESOURCES = 15
SHOWN_CHARACTERS = 60
NOTHING_TO_DO = (["no-op"], ["read"])


def drift(plan: Plan) -> Iterator[Finding]:
    """
    Terraform lists under `resource_drift` all that its refresh found different, much of which nobody minds (a task
    definition's newest revision, a number of tasks that autoscaling sets). What a deployment would put back was
    changed against the configuration; what it would change besides was never deployed.
    """
    outside = {one["address"]: one["change"] for one in plan.get("resource_drift", [])}
    changes = {
        one["address"]: one["change"]
        for one in plan.get("resource_changes", [])
        if one["change"]["actions"] not in NOTHING_TO_DO
    }
    drifted = {address: changed for address in changes if (changed := _put_back(address, outside, changes))}
    for address, changed in list(drifted.items())[:SHOWN_RESOURCES]:
        yield bad(
            f"{address} was changed outside Terraform: {changed}",
            "find out who did it (CloudTrail) and why; then 'make deploy' puts it back, or the environment's file is "
            "to say what is wanted",
        )
    yield from _more(len(drifted), "changed outside Terraform")
    pending = [address for address in changes if address not in drifted]
    for address in pending[:SHOWN_RESOURCES]:
        yield warning(
            f"{address}: configuration that is not deployed ({_action(changes[address])})",
            "look at it with 'make plan', deploy it with 'make deploy'",
        )
    yield from _more(len(pending), "not deployed")
    if not changes:
        yield fine("all resources are as the configuration wants them")


def _more(count: int, what: str) -> Iterator[Finding]:
    if count > SHOWN_RESOURCES:
        yield warning(f"{count - SHOWN_RESOURCES} more resources are {what}", "'make plan' names them all")


def _put_back(address: str, outside: Mapping[str, Any], changes: Mapping[str, Any]) -> str:
    """The attributes that were changed outside and that the plan would change again; empty when there are none."""
    if address not in outside:
        return ""
    if outside[address]["actions"] == ["delete"]:
        return "it is gone"
    planned = _differing(changes[address])
    both = [name for name in _differing(outside[address]) if name in planned]
    return "; ".join(_attribute(name, outside[address]) for name in both)


def _differing(change: Mapping[str, Any]) -> list[str]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    names = [*before, *(name for name in {**after, **unknown} if name not in before)]
    return [name for name in names if unknown.get(name) is True or before.get(name) != after.get(name)]


def _attribute(name: str, change: Mapping[str, Any]) -> str:
    if any(_is_sensitive(change.get(side), name) for side in ("before_sensitive", "after_sensitive")):
        return f"{name} (its value is not shown)"
    before, after = change.get("before") or {}, change.get("after") or {}
    return f"{name} {_value(before.get(name))} -> {_value(after.get(name))}"


def _is_sensitive(marks: Any, name: str) -> bool:
    return marks is True or (isinstance(marks, dict) and bool(marks.get(name)))


def _value(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."


def _action(change: Mapping[str, Any]) -> str:
    actions = set(change["actions"])
    if actions == {"update"}:
        return f"change of {', '.join(_differing(change))}"
    return "replacement" if actions == {"create", "delete"} else " and ".join(sorted(actions))
