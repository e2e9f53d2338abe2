"""The policies of docs/iam are what the recorded calls take, and nothing wider."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modules.permissions import policy
from modules.permissions.actions import actions_of
from modules.permissions.calls import CALLS_FILE, FOLDER, Called, joined, parsed, read_calls, write_calls
from modules.permissions.generation import policies, texts, write
from modules.permissions.reference import Action, kept_reference

FILES = sorted(path for path in FOLDER.glob("*.json") if path != CALLS_FILE)
REFERENCE = {
    "ecs:CreateService": Action(resources={"service": "arn:${Partition}:ecs:${Region}:${Account}:service/${Name}"}),
    "ecs:UpdateService": Action(resources={"service": "arn:${Partition}:ecs:${Region}:${Account}:service/${Name}"}),
    "ecs:RunTask": Action(resources={"task": "arn:${Partition}:ecs:${Region}:${Account}:task-definition/${Name}"}),
    "ec2:DescribeVpcs": Action(),
    "iam:GetRole": Action(resources={"role": "arn:${Partition}:iam::${Account}:role/${Name}"}),
    "s3:PutObject": Action(resources={"object": "arn:${Partition}:s3:::${BucketName}/${ObjectName}"}),
    "ssm:StartThing": Action(resources={"thing": "arn:${Partition}:ssm:${Region}:${Account}:thing/${ThingId}"}),
}


def statements(*operations: str, roles: tuple[str, ...] = (), **more: bool) -> Iterator[dict[str, Any]]:
    called = Called(operations=operations, roles=roles)
    for one in policy.statements(called, REFERENCE, **{"changes": False, **more}):
        yield one.document()


def committed() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in FILES:
        for statement in json.loads(path.read_text())["Statement"]:
            yield path.name, statement


@pytest.mark.parametrize(
    ("operation", "actions"),
    [
        ("ecs:RunTask", ("ecs:RunTask",)),
        ("elbv2:DescribeListeners", ("elasticloadbalancing:DescribeListeners",)),
        ("cloudwatch:DescribeAlarms", ("cloudwatch:DescribeAlarms",)),
        ("service-quotas:GetServiceQuota", ("servicequotas:GetServiceQuota",)),
        ("s3:ListObjectsV2", ("s3:ListBucket",)),
        ("s3:HeadObject", ("s3:GetObject",)),
        ("s3:DeleteObjects", ("s3:DeleteObject", "s3:DeleteObjectVersion")),
        ("budgets:DescribeBudget", ("budgets:ViewBudget",)),
    ],
)
def test_an_operation_takes_the_permission_that_aws_documents(operation: str, actions: tuple[str, ...]) -> None:
    assert actions_of(operation) == actions


def test_a_resource_with_a_name_is_held_to_the_environments_and_to_its_regions() -> None:
    (found,) = statements("ecs:RunTask")

    assert found["Resource"] == ["arn:aws:ecs:*:ACCOUNT:*/ENVIRONMENT-litellm*"]
    assert found["Condition"] == {"StringEquals": {"aws:RequestedRegion": ["REGION", "SECOND_REGION"]}}


def test_a_resource_whose_name_aws_makes_is_held_to_its_kind_and_the_account() -> None:
    (found,) = statements("ssm:StartThing")

    assert found["Resource"] == ["arn:aws:ssm:*:ACCOUNT:thing/*"]


def test_what_cannot_be_restricted_to_resources_is_held_to_the_regions() -> None:
    (found,) = statements("ec2:DescribeVpcs")

    assert (found["Resource"], found["Action"]) == (["*"], ["ec2:DescribeVpcs"])
    assert "aws:RequestedRegion" in found["Condition"]["StringEquals"]


def test_a_service_of_the_whole_world_has_no_region_to_be_held_to() -> None:
    (found,) = statements("iam:GetRole")

    assert "arn:aws:iam::ACCOUNT:role/ENVIRONMENT-litellm*" in found["Resource"]
    assert "Condition" not in found


def test_a_role_may_be_passed_to_the_service_that_takes_it_and_not_by_naming_it_elsewhere() -> None:
    roles = ("ecs:RunTask ENVIRONMENT-litellm-task", "kms:PutKeyPolicy ENVIRONMENT-litellm-other")

    _, passed = statements("ecs:RunTask", roles=roles)

    assert passed == {
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": ["arn:aws:iam::ACCOUNT:role/ENVIRONMENT-litellm-task"],
        "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    }


def test_whoever_made_something_may_change_it_when_the_command_deploys_and_not_otherwise() -> None:
    def allowed(*, changes: bool) -> set[str]:
        return {action for one in statements("ecs:CreateService", changes=changes) for action in one["Action"]}

    assert "ecs:UpdateService" in allowed(changes=True)
    assert "ecs:UpdateService" not in allowed(changes=False)


def test_a_command_that_only_locks_the_state_may_write_nothing_but_the_lock() -> None:
    (found,) = statements("s3:PutObject", reads_state=True)

    assert found["Resource"] == ["arn:aws:s3:::litellm-terraform-state-ACCOUNT-*/*.tflock"]


def test_an_operation_without_a_known_permission_is_refused_with_where_to_state_it() -> None:
    with pytest.raises(policy.UnknownActionError, match=r"ecs:InventTask.*modules/permissions/actions\.py"):
        list(statements("ecs:InventTask"))


def test_a_policy_that_is_too_long_is_split_and_loses_nothing() -> None:
    names = [f"ecs:Action{number:03}OfAVeryLongNameIndeed" for number in range(400)]
    long = policy.Statement(actions=tuple(names), resources=("*",), condition={})

    found = policy.documents([long, long])

    assert len(found) > 2
    assert all(policy.size(document) <= policy.CHARACTERS for document in found)
    assert policy.allowed(found) == set(names)


def test_what_was_recorded_is_added_to_what_is_known_without_the_name_of_an_environment(tmp_path: Path) -> None:
    kept = {"deploy": Called(operations=("ecs:RunTask",))}
    recorded = parsed(
        {"deploy": {"operations": ["ecs:CreateService"], "roles": ["ecs:RunTask my-own-litellm-task"]}, "doctor": {}}
    )

    write_calls(joined(kept, recorded), tmp_path / "calls.json")
    found = read_calls(tmp_path / "calls.json")

    assert found["deploy"].operations == ("ecs:CreateService", "ecs:RunTask")
    assert found["deploy"].roles == ("ecs:RunTask ENVIRONMENT-litellm-task",)
    assert found["doctor"] == Called()


def test_files_of_commands_that_are_no_more_are_removed(tmp_path: Path) -> None:
    for name in ("calls.json", "gone.json", "kept.json"):
        (tmp_path / name).write_text("{}")

    write({"kept.json": "new"}, tmp_path)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"calls.json": "{}", "kept.json": "new"}


def test_the_committed_policies_are_those_of_the_committed_calls() -> None:
    expected = texts(policies(read_calls(), kept_reference()))

    assert {path.name: path.read_text() for path in FILES} == expected, "run 'make policies'"
    assert "deployer-1.json" in expected


def test_no_committed_policy_allows_a_service_or_everything() -> None:
    actions = [(name, action) for name, statement in committed() for action in statement["Action"]]

    assert len(actions) > 100
    assert [found for found in actions if "*" in found[1]] == []


def test_no_committed_policy_writes_to_any_resource_that_aws_lets_one_name() -> None:
    reference = kept_reference()
    unrestricted = [
        (name, action)
        for name, statement in committed()
        if statement["Resource"] == ["*"]
        for action in statement["Action"]
        if reference[action].resources
    ]

    assert unrestricted == []


def test_the_doctor_reads_and_does_nothing_else() -> None:
    names = {
        action.partition(":")[2] for name, one in committed() if name.startswith("doctor") for action in one["Action"]
    }

    assert len(names) > 50
    assert [name for name in sorted(names) if not name.startswith(("Describe", "Get", "List", "View", "Decrypt"))] == []


def test_roles_are_passed_to_named_services_alone() -> None:
    passing = [statement for _, statement in committed() if "iam:PassRole" in statement["Action"]]

    assert passing
    for statement in passing:
        assert statement["Condition"]["StringEquals"]["iam:PassedToService"].endswith(".amazonaws.com")
        own = ("arn:aws:iam::ACCOUNT:role/ENVIRONMENT-litellm-", "arn:aws:iam::ACCOUNT:role/litellm-state-copy-")
        assert all(arn.startswith(own) for arn in statement["Resource"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_committed_policy_is_one_that_iam_takes(path: Path) -> None:
    document = json.loads(path.read_text())

    assert document["Version"] == "2012-10-17"
    assert policy.size(document) <= policy.CHARACTERS
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        assert statement["Action"]
        assert statement["Resource"]
