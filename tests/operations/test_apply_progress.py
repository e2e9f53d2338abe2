"""What a person is told of an apply that is under way, and what is remembered of one that failed."""

import itertools

import pytest

from modules.operations.apply_progress import ApplyProgress, Failure, duration, operations

PLANNED = "dev  Plan: 3 to add, 1 to change, 1 to destroy."


def progress_after(*lines: str) -> ApplyProgress:
    progress = ApplyProgress(clock=itertools.count(0, 40).__next__)
    for line in lines:
        progress.read(line)
    return progress


def test_the_end_of_each_operation_says_how_many_are_done_and_how_long_it_took() -> None:
    progress = progress_after(PLANNED, "dev  aws_vpc.network: Creating...", "     aws_eip.nat: Creating...")

    first = progress.read("     aws_vpc.network: Creation complete after 1s [id=vpc-1]")
    second = progress.read("     aws_eip.nat: Creation complete after 41s [id=eipalloc-1]")

    assert first == "     aws_vpc.network: Creation complete after 1s [id=vpc-1] (1 of 5, 40 s)"
    assert second.endswith("(2 of 5, 1 min 20 s)")


@pytest.mark.parametrize(
    "line",
    [
        "     aws_vpc.network: Still creating... [10s elapsed]",
        "     aws_vpc.network: Refreshing state... [id=vpc-1]",
        "     data.aws_caller_identity.current: Read complete after 0s [id=123456789012]",
        "     ephemeral.aws_secretsmanager_random_password.key: Opening complete after 0s",
        "     terraform_data.migration (local-exec): migration: the task is RUNNING",
        '     + description = "Error: Creating..."',
    ],
)
def test_every_other_line_is_as_it_was_and_counts_for_nothing(line: str) -> None:
    progress = progress_after(PLANNED)

    assert progress.read(line) == line
    assert (progress.done, progress.under_way, progress.failures) == (0, {}, [])


def test_the_plans_of_two_stacks_are_counted_together() -> None:
    assert progress_after("state  Plan: 1 to import, 8 to add, 0 to change, 0 to destroy.", PLANNED).planned == 14


def test_what_was_begun_and_not_completed_is_known() -> None:
    progress = progress_after(
        "     aws_db_instance.database: Creating...",
        "     aws_vpc.network: Creating...",
        "     aws_lb.load_balancer: Modifying... [id=arn]",
        "     aws_s3_object.file (deposed object 1b2c3d4e): Destroying... [id=file]",
        '     aws_subnet.private["us-east-1a"]: Creating...',
        "     aws_vpc.network: Creation complete after 1s [id=vpc-1]",
    )

    assert progress.under_way == {
        "aws_db_instance.database": "Creating",
        "aws_lb.load_balancer": "Modifying",
        "aws_s3_object.file": "Destroying",
        'aws_subnet.private["us-east-1a"]': "Creating",
    }


def test_a_failure_is_kept_with_the_resource_that_terraform_blames() -> None:
    progress = progress_after(
        "dev  ╷",
        "     │ Error: creating RDS DB Instance (dev-litellm): InstanceQuotaExceeded",
        "     │ ",
        "     │   with aws_db_instance.database,",
        "     │   on cdk.tf.json line 12, in resource.aws_db_instance.database:",
        "     │ Error: execution halted",
        "     │ Error: Post https://sts.amazonaws.com: no route to host",
    )

    assert progress.failures == [
        Failure(
            what="creating RDS DB Instance (dev-litellm): InstanceQuotaExceeded", address="aws_db_instance.database"
        ),
        Failure(what="Post https://sts.amazonaws.com: no route to host"),
    ]


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59.6, "1 min 00 s"), (3725, "62 min 05 s")])
def test_durations_are_in_minutes_and_seconds(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_operations_of_a_saved_plan_are_counted_as_terraform_counts_them() -> None:
    actions = [["create"], ["delete", "create"], ["update"], ["no-op"], ["read"], ["forget"]]

    assert operations({"resource_changes": [{"change": {"actions": one}} for one in actions]}) == 4
