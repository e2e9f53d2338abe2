"""What a pipeline may do with a plan by itself, and what waits for a person."""

import pytest

from modules.operations.review.plan_json import PlanError, read
from modules.operations.review.review import Remarks

from .plans import DATABASE, change, plan, reviewed


def test_a_plan_without_changes_is_one_line_and_exit_code_0() -> None:
    found = reviewed(change("aws_db_instance.database", DATABASE, DATABASE))
    assert found.exit_code == 0
    assert found.headline == "No changes: environment benchmark is as its settings have it."


def test_changes_that_lose_and_weaken_nothing_are_exit_code_2() -> None:
    found = reviewed(
        change("aws_db_instance.database", DATABASE, {**DATABASE, "backup_retention_period": 14}),
        change("aws_cloudwatch_log_group.logs", None, {"retention_in_days": 7}),
    )
    assert (found.exit_code, found.dangers) == (2, [])
    assert found.headline == "Changes: environment benchmark: 1 to create, 1 to change."


def test_a_task_definition_that_is_replaced_is_routine() -> None:
    definition = "aws_ecs_task_definition.service"
    found = reviewed(change(definition, {"memory": "8192"}, {"memory": "9216"}, replaced_for=("memory",)))
    assert found.exit_code == 2


def test_outputs_alone_are_changes() -> None:
    found = reviewed(output_changes={"endpoint": {"actions": ["update"]}, "cluster": {"actions": ["no-op"]}})
    assert found.exit_code == 2
    assert found.planned.outputs == ("endpoint",)


def test_a_finding_of_the_policy_gate_waits_for_a_person() -> None:
    remarks = Remarks(policy=("production: aws_lb.this fails CKV_AWS_91: logging",))
    added = change("aws_lb.this", None, {})
    assert reviewed(added, remarks=remarks).exit_code == 3
    assert reviewed(added).exit_code == 2
    assert reviewed(remarks=remarks).exit_code == 0


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({}, "format_version missing"),
        ({**plan(), "format_version": "2.0"}, "format_version 2.0"),
        ({**plan(), "errored": True}, "could not finish"),
        (plan(change("aws_lb.this", {}, {}, action="dance")), "dance"),
    ],
)
def test_what_is_no_whole_plan_is_refused(content: dict[str, object], word: str) -> None:
    with pytest.raises(PlanError, match=word):
        read(content)


def test_what_terraform_only_reads_is_no_change() -> None:
    data = {**change("data.aws_route53_zone.zone", None, {"name": "x"}, action="read"), "mode": "data"}
    assert reviewed(data).exit_code == 0
