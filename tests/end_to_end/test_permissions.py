"""What the commands called on the rehearsal so far, their policies in docs/iam allow."""

import json
from pathlib import Path
from typing import Any

import pytest

from modules.permissions.actions import actions_of
from modules.permissions.generation import DEPLOYER, DEPLOYING
from modules.permissions.policy import allowed
from modules.permissions.rules import WITHOUT_PERMISSION

from .checkout import PROJECT, Checkout, Result

pytestmark = pytest.mark.end_to_end
CHECKED = (*DEPLOYING, "doctor", "drill-abort", "master-key", "preflight", "smoke")
"""Those that call the same in every run, or, as the deployer's, all that they might."""


def policies_of(command: str) -> list[dict[str, Any]]:
    name = DEPLOYER if command in DEPLOYING else command
    paths = [*(PROJECT / "docs/iam").glob(f"{name}.json"), *(PROJECT / "docs/iam").glob(f"{name}-[0-9].json")]
    return [json.loads(Path(path).read_text()) for path in paths]


def refused(checkout: Checkout) -> dict[str, list[str]]:
    """By command, the actions that it took and that its policy does not allow."""
    calls = checkout.calls()
    assert "ecs:CreateService" in calls["deploy"]["operations"]
    found = {
        command: {action for operation in called["operations"] for action in actions_of(operation)}
        - allowed(policies_of(command))
        - {*WITHOUT_PERMISSION}
        for command, called in calls.items()
        if command in CHECKED
    }
    assert "deploy" in found
    return {command: sorted(actions) for command, actions in found.items() if actions}


def test_no_command_called_what_its_policy_does_not_allow(checkout: Checkout, deployment: Result) -> None:
    assert refused(checkout) == {}, "run 'make policies'"


def test_production_was_deployed_with_what_the_deployers_policy_allows(
    production_checkout: Checkout, production: Result
) -> None:
    assert refused(production_checkout) == {}, "run 'make policies'"
