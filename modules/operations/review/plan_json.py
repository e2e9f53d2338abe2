"""A plan as `terraform show -json` prints it (Terraform documentation, "JSON Output Format"), without its secrets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

Json = dict[str, Any]
Action = Literal["create", "update", "replace", "delete", "forget", "no-op"]

FORMAT = "1."
SENSITIVE = "(sensitive)"
SENSITIVE_CHANGED = "(sensitive, another one)"
UNKNOWN = "(known after apply)"
_SECRET_NAME = re.compile(r"(^|_)(password|passwords|secret_string|secret_binary|auth_token|private_key)$")
"""Never shown, whether or not the provider marks them: a mark that is forgotten must not become a page."""


class PlanError(Exception):
    """This is no plan that can be reviewed; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to one resource.

    Attributes:
        before: its values as they are, `{}` of one that is created; `after`: as planned, `{}` of one that is destroyed.
            A secret is one of the words above, as is a value that nobody knows yet.
        replaced_for: the attributes that no update can change.
        create_first: of a replacement: the new one is there before the old one goes.
    """

    address: str
    type: str
    action: Action
    before: Json
    after: Json
    replaced_for: tuple[str, ...] = ()
    create_first: bool = False

    @property
    def gone(self) -> bool:
        """Whether what is there now ends."""
        return self.action in ("delete", "replace")


@dataclass(frozen=True, kw_only=True)
class Planned:
    """
    Attributes:
        changes: in the plan's order.
        kept: the resources that stay as they are.
        drifted: what was changed outside Terraform since its last run, and this plan would put back.
        outputs: names of the outputs that change.
    """

    changes: tuple[Change, ...]
    kept: tuple[Change, ...]
    drifted: tuple[Change, ...]
    outputs: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not self.changes and not self.outputs


def read(plan: Json) -> Planned:
    """
    Raises:
        PlanError: it is no plan, of another format, or one that Terraform could not finish.
    """
    form = str(plan.get("format_version", ""))
    if "planned_values" not in plan or not form.startswith(FORMAT):
        raise PlanError(
            f"this is no plan that can be reviewed (format_version {form or 'missing'}, {FORMAT}x is read): "
            "'terraform show -json PLAN' prints one"
        )
    if plan.get("errored"):
        raise PlanError("Terraform could not finish this plan: it shows a part of the changes; mend the error first")
    resources = list(_resources(plan.get("resource_changes", [])))
    return Planned(
        changes=tuple(one for one in resources if one.action != "no-op"),
        kept=tuple(one for one in resources if one.action == "no-op"),
        drifted=tuple(_drifted(plan)),
        outputs=tuple(
            name for name, change in plan.get("output_changes", {}).items() if change["actions"] != ["no-op"]
        ),
    )


def _resources(found: list[Json]) -> Iterator[Change]:
    """Those that Terraform manages; what it only reads changes nothing."""
    for one in found:
        change = one["change"]
        if one.get("mode") != "managed":
            continue
        before, after = change.get("before") or {}, change.get("after") or {}
        yield Change(
            address=one["address"] + (f" (deposed {one['deposed']})" if one.get("deposed") else ""),
            type=one["type"],
            action=_action(change["actions"]),
            before=_without_secrets(before, change.get("before_sensitive"), before),
            after=_with_unknown(
                _without_secrets(after, change.get("after_sensitive"), before), change.get("after_unknown")
            ),
            replaced_for=tuple(".".join(map(str, path)) for path in change.get("replace_paths", [])),
            create_first=change["actions"] == ["create", "delete"],
        )


def _drifted(plan: Json) -> Iterator[Change]:
    """With the attributes that the configuration states: AWS changes others all the time, such as a backup's age."""
    resources = plan.get("configuration", {}).get("root_module", {}).get("resources", [])
    stated = {one["address"]: set(one.get("expressions", {})) for one in resources}
    for change in _resources(plan.get("resource_drift", [])):
        names = stated.get(change.address, {*change.before, *change.after})
        if change.action != "no-op":
            yield replace(
                change,
                before={name: value for name, value in change.before.items() if name in names},
                after={name: value for name, value in change.after.items() if name in names},
            )


def _action(actions: list[str]) -> Action:
    if sorted(actions) == ["create", "delete"]:
        return "replace"
    match actions:
        case ["create"] | ["update"] | ["delete"] | ["forget"] | ["no-op"]:
            action: Action = actions[0]  # type: ignore[assignment]
            return action
        case ["create", "forget"]:
            return "create"
    raise PlanError(f"the plan has the actions {actions}, which this project does not know")


def _without_secrets(value: Any, marks: Any, other: Any, name: str = "") -> Any:
    """The value with a word in the place of each secret; `other` is what stands there before the change."""
    if marks is True or (_SECRET_NAME.search(name) and value):
        return value if value is None else (SENSITIVE if value == other else SENSITIVE_CHANGED)
    if isinstance(value, dict):
        return {
            key: _without_secrets(inner, _inner(marks, key), _inner(other, key), key) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _without_secrets(inner, _inner(marks, index), _inner(other, index), name)
            for index, inner in enumerate(value)
        ]
    return value


def _with_unknown(value: Any, marks: Any) -> Any:
    """The value with a word in each place that gets its value during the apply."""
    if marks is True:
        return UNKNOWN
    if isinstance(marks, dict) and isinstance(value, dict):
        return {
            **value,
            **{key: _with_unknown(value.get(key), mark) for key, mark in marks.items() if _any(mark)},
        }
    if isinstance(marks, list) and isinstance(value, list):
        return [_with_unknown(inner, _inner(marks, index)) for index, inner in enumerate(value)]
    return value


def _inner(value: Any, key: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    return value[key] if isinstance(value, list) and isinstance(key, int) and key < len(value) else None


def _any(mark: Any) -> bool:
    """Whether anything below is marked."""
    if isinstance(mark, dict):
        return any(_any(inner) for inner in mark.values())
    return any(_any(inner) for inner in mark) if isinstance(mark, list) else mark is True
