"""Plans in the form that `terraform show -json` prints (format 1.2), of as little as a test needs."""

from typing import Any

from modules.operations.review.plan_json import read
from modules.operations.review.review import Remarks, Review, review

Json = dict[str, Any]
ACTIONS = {"create": ["create"], "update": ["update"], "delete": ["delete"], "replace": ["delete", "create"]}
DATABASE: Json = {
    "identifier": "benchmark-litellm",
    "db_name": "litellm",
    "backup_retention_period": 7,
    "deletion_protection": False,
    "skip_final_snapshot": True,
    "delete_automated_backups": True,
    "multi_az": False,
    "maintenance_window": "sun:04:30-sun:05:30",
}


def change(
    address: str,
    before: Json | None,
    after: Json | None,
    *,
    action: str = "",
    unknown: Json | None = None,
    sensitive: Json | None = None,
    replaced_for: tuple[str, ...] = (),
) -> Json:
    """A resource of the plan; the action follows from what there is before and after, unless it is stated."""
    implied = "create" if before is None else "delete" if after is None else "no-op" if before == after else "update"
    stated = action or ("replace" if replaced_for else implied)
    return {
        "address": address,
        "mode": "managed",
        "type": address.partition(".")[0],
        "name": address.partition(".")[2],
        "change": {
            "actions": ACTIONS.get(stated, [stated]),
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
            "before_sensitive": sensitive or False,
            "after_sensitive": sensitive or False,
            **({"replace_paths": [[name] for name in replaced_for]} if replaced_for else {}),
        },
    }


def plan(*changes: Json, **other: Any) -> Json:
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {}},
        "resource_changes": list(changes),
        "errored": False,
        **other,
    }


def reviewed(*changes: Json, remarks: Remarks | None = None, **other: Any) -> Review:
    return review(read(plan(*changes, **other)), "environment benchmark", remarks or Remarks())
