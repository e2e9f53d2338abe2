"""A notebook asks a person before it changes something on AWS."""

import boto3
import pytest

from modules import environment_file
from modules.operations.consent import NotConfirmedError, ask_person, require
from modules.operations.deployment import Deployment
from modules.operations.outputs import Outputs
from modules.target import Target


def deployment(*, rehearsal: bool) -> Deployment:
    return Deployment(
        environment=environment_file.load("benchmark"),
        target=Target(account_id="123456789012", region="us-east-1", rehearsal=rehearsal),
        outputs=Outputs.model_construct(),
        session=boto3.Session(),
        rehearsal_status=None,
    )


def nobody(question: str) -> str:
    raise AssertionError(f"somebody was asked: {question}")


def test_on_a_rehearsal_nobody_is_asked() -> None:
    require(deployment(rehearsal=True), "This breaks", nobody)


def test_on_aws_the_name_has_to_be_typed_and_the_question_says_for_what_and_where() -> None:
    asked: list[str] = []
    require(
        deployment(rehearsal=False), "This breaks", lambda question: [asked.append(question), " benchmark "][1] or ""
    )
    assert asked == ["This breaks benchmark on AWS account 123456789012, region us-east-1. Type benchmark to go on: "]


def test_what_was_typed_at_the_terminal_is_not_asked_for_again() -> None:
    require(deployment(rehearsal=False), "This breaks", ask_person("benchmark"))


def test_anything_else_changes_nothing() -> None:
    with pytest.raises(NotConfirmedError, match="benchmark was not typed; nothing was changed"):
        require(deployment(rehearsal=False), "This breaks", ask_person("yes"))
