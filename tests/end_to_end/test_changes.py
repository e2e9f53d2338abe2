"""A change of LiteLLM's file rolls the service, after the migration, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .checkout import Checkout, Result

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def edited_litellm_file(checkout: Checkout) -> Iterator[Path]:
    path = checkout.directory / "environments/litellm.yaml"
    before = path.read_text()
    path.write_text(f"{before}  alerting: [slack]\n")
    yield path
    path.write_text(before)


def test_a_change_of_litellms_file_replaces_the_task_definitions_and_updates_the_service_alone(
    checkout: Checkout, deployment: Result, edited_litellm_file: Path
) -> None:
    planned = checkout.make("plan")

    assert planned.code == 0
    assert "Plan: 4 to add, 1 to change, 4 to destroy." in planned.output, planned.output
    # The migration reads the same file, so that it runs once more before the service rolls.
    for address in (
        "aws_ecs_task_definition.service_task_definition",
        "aws_ecs_task_definition.service_migration_task_definition",
        "terraform_data.service_migration",
    ):
        assert f"# {address} (" in planned.output
    # Not a replacement: the former file is another resource, which taking the change back finds as it was.
    assert len(re.findall(r"# aws_s3_object.configuration_litellm-\w+ .*will be created", planned.output)) == 1
    assert len(re.findall(r"# aws_s3_object.configuration_litellm-\w+ .*will be destroyed", planned.output)) == 1
    assert "# aws_ecs_service.service (service/this) will be updated in-place" in planned.output
