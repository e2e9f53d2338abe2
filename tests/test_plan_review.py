"""A plan is reviewed together with the rules, the policy gate and the cost."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modules import plan_review
from modules.environment_file import ENVIRONMENTS
from modules.operations.review.review import Review
from modules.plan_review import review_of
from modules.policy.checkov import CheckovError
from modules.policy.findings import Findings
from modules.preparation import prepare
from tests.operations.review.plans import change, plan

TODAY = date(2027, 3, 1)
NAT = change("aws_nat_gateway.it", None, {"connectivity_type": "public"})
PROVIDER = {"expressions": {"region": {"constant_value": "us-east-1"}}, "version_constraint": "5.100.0"}
CONFIGURATION = {"provider_config": {"aws": PROVIDER}, "root_module": {"resources": []}}
PLANNED = {
    "root_module": {
        "resources": [
            {"mode": "managed", "address": "aws_nat_gateway.it", "type": "aws_nat_gateway", "name": "it", "values": {}}
        ]
    }
}


def reviewed(content: dict[str, Any]) -> Review:
    return review_of(
        content,
        prepare("benchmark"),
        subject="environment benchmark",
        directory=ENVIRONMENTS,
        stack_file=Path("cdk.tf.json"),
        today=TODAY,
    )


def test_the_rules_warnings_and_the_cost_stand_beside_the_changes() -> None:
    found = reviewed(plan(NAT, configuration=CONFIGURATION, planned_values=PLANNED))
    assert any("readiness_kill" in one for one in found.remarks.rules)
    assert found.remarks.money is not None
    assert found.remarks.money.before_usd == 0
    assert found.remarks.money.after_usd > 30
    assert "not judged" in found.remarks.policy_summary
    assert found.exit_code == 2


def test_a_plan_that_cannot_be_priced_is_reviewed_all_the_same() -> None:
    provider = {**PROVIDER, "version_constraint": "6.0.0"}
    configuration = {**CONFIGURATION, "provider_config": {"aws": provider}}
    found = reviewed(plan(NAT, configuration=configuration, planned_values=PLANNED))
    assert found.remarks.money is None
    assert "6.0.0" in found.remarks.no_money
    assert found.exit_code == 2


def test_a_gate_that_does_not_work_lets_nothing_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Findings:
        raise CheckovError("checkov ended with exit code 7")

    monkeypatch.setattr(plan_review, "findings_of", broken)
    content = plan(NAT, configuration=CONFIGURATION, planned_values=PLANNED)
    assert reviewed(content).exit_code == 3
    assert any("exit code 7" in one for one in reviewed(content).dangers)


def test_nobody_waits_for_prices_of_a_plan_that_changes_nothing() -> None:
    assert reviewed(plan()).remarks.money is None
    assert reviewed(plan()).exit_code == 0
