"""The deploy runbook's own decisions: when it asks, when it stops, and when there is nothing to do."""

import tempfile

import pytest

from modules.commands import deploy_steps as steps
from modules.commands.errors import CommandError
from modules.commands.session import Session
from modules.operations.apply_progress import operations
from modules.operations.consent import NotConfirmedError
from modules.operations.examination.finding import bad, fine
from modules.operations.review.plan_json import read
from modules.operations.review.review import Remarks, review
from modules.preparation import prepare
from modules.runbook import NotSetUpError
from modules.target import Target


@pytest.fixture
def session_on_aws() -> Session:
    target = Target(account_id="123456789012", region="us-east-1", rehearsal=False)
    return Session(prepared=prepare("dev"), target=target, variables={"TERRAFORM_BINARY_NAME": "/bin/false"})


def saved(*actions: str) -> steps.SavedPlan:
    network = {
        "address": "aws_vpc.network",
        "mode": "managed",
        "type": "aws_vpc",
        "name": "network",
        "change": {"actions": list(actions), "before": {}, "after": {}},
    }
    content = {"format_version": "1.2", "complete": True, "planned_values": {}, "resource_changes": [network]}
    return steps.SavedPlan(
        review=review(read(content), "dev", Remarks()),
        operations=operations(content),
        folder=tempfile.TemporaryDirectory(),
    )


def test_without_make_it_says_how_to_open_the_notebook() -> None:
    with pytest.raises(NotSetUpError, match="'make lab'"):
        steps.begin("dev", {})


def test_what_is_bad_ends_the_runbook_and_is_named() -> None:
    steps.demand({"state": [fine("it is there")]}, "not ready to deploy")
    with pytest.raises(CommandError, match="not ready to deploy: see locks above"):
        steps.demand({"state": [fine("it is there")], "locks": [bad("held", "wait")]}, "not ready to deploy")


@pytest.mark.parametrize("typed", ["", "production", "yes"])
def test_on_aws_nothing_is_applied_before_the_environments_name_is_typed(session_on_aws: Session, typed: str) -> None:
    asked = []

    def ask(question: str) -> str:
        asked.append(question)
        return typed

    with pytest.raises(NotConfirmedError, match="dev was not typed; nothing was changed"):
        steps.apply(session_on_aws, saved("create"), ask)
    with pytest.raises(NotConfirmedError):
        steps.deploy_states(session_on_aws, ask)
    assert "carries the plan out on dev on AWS account 123456789012" in asked[0]


def test_a_plan_without_changes_asks_nobody_and_applies_nothing(
    session_on_aws: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    steps.apply(session_on_aws, saved("no-op"), lambda _: pytest.fail("somebody was asked"))

    assert capsys.readouterr().out == "Nothing is to change.\n"


def test_the_rules_warnings_are_shown_with_their_rule() -> None:
    target = Target(account_id="123456789012", region="us-east-1", rehearsal=True)
    table = steps.rules(Session(prepared=prepare("benchmark"), target=target, variables={}))

    assert "detection" in {rule for rule, _ in table.rows}
    assert table.title == f"{len(table.rows)} warnings of the rules"


def test_the_plan_with_its_secrets_is_gone_with_whoever_made_it() -> None:
    plan = saved("create")
    folder = plan.file.parent
    assert folder.is_dir()
    del plan
    assert not folder.exists()
