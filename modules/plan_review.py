"""A plan's review: the plan, the rules, the policy gate and the cost put together, for the command and the notebook."""

from datetime import date
from pathlib import Path
from typing import Any

from modules.costing import cost_of
from modules.environment_file import SettingsError
from modules.operations.review.plan_json import Planned, read
from modules.operations.review.review import Money, Remarks, Review, review
from modules.planning.cost.compare import changes
from modules.planning.cost.errors import CostError
from modules.planning.cost.estimate import estimate
from modules.planning.cost.lines import Estimate
from modules.planning.cost.terraform_json import read_plan
from modules.policy.checkov import CheckovError
from modules.policy.findings import Findings, findings_of
from modules.policy.waivers import WaiversError
from modules.preparation import Prepared


def review_of(
    plan: dict[str, Any], prepared: Prepared, *, subject: str, directory: Path, stack_file: Path, today: date
) -> Review:
    """
    Args:
        plan: as `terraform show -json` prints it.
        directory: of the environments' files.
        stack_file: the synthesized stack that was planned (`cdk.tf.json`).

    Raises:
        PlanError: it cannot be reviewed.
    """
    planned = read(plan)
    return review(planned, subject, _remarks(planned, plan, prepared, directory, stack_file, today))


def _remarks(
    planned: Planned, plan: dict[str, Any], prepared: Prepared, directory: Path, stack_file: Path, today: date
) -> Remarks:
    rules = tuple(map(str, prepared.warnings))
    if planned.empty:
        # Nothing is decided, so that nobody waits for prices and the gate.
        return Remarks(rules=rules)
    name = prepared.environment.name
    policy = _policy(name, stack_file, today)
    try:
        money, no_money = _money(plan, name, directory, today), ""
    except CostError as error:
        money, no_money = None, str(error)
    return Remarks(rules=rules, policy=policy.problems, policy_summary=policy.summary, money=money, no_money=no_money)


def _policy(name: str, stack_file: Path, today: date) -> Findings:
    """A gate that does not work lets nothing pass."""
    try:
        return findings_of(name, stack_file, today)
    except (CheckovError, WaiversError, SettingsError) as error:
        return Findings(problems=(str(error),), summary="the gate does not work")


def _money(plan: dict[str, Any], name: str, directory: Path, today: date) -> Money:
    """
    Raises:
        CostError: the plan, or the region, has no prices.
    """
    before = read_plan(plan, before=True) if plan.get("prior_state", {}).get("values") else None
    costing = cost_of(name, directory, [read_plan(plan)])
    question, after = costing.question, costing.typical
    old = estimate([before], question.usage, question.book) if before and before.resources else Estimate(lines=())
    return Money(before_usd=old.usd, after_usd=after.usd, changes=tuple(changes(old, after)), note=costing.age(today))
