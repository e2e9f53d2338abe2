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


@pytest.fixture
def load_test_on(checkout: Checkout) -> Iterator[Path]:
    path = checkout.directory / "environments/benchmark.yaml"
    before = path.read_text()
    path.write_text(f"{before}\nload_test: {{}}\n")
    yield path
    path.write_text(before)


def test_a_load_tests_parts_are_added_beside_what_runs_which_reads_litellms_new_file_alone(
    checkout: Checkout, deployment: Result, load_test_on: Path
) -> None:
    """By Terraform and the real provider, which know what AWS accepts of each resource."""
    planned = checkout.make("plan")

    assert planned.code == 0
    added = set(re.findall(r"# (\S+) \(.*will be created", planned.output))
    assert {
        "aws_ecs_service.load_test_upstream",
        "aws_ecs_task_definition.load_test_generators_task_definition",
        "aws_service_discovery_service.load_test_upstream_name",
    } <= added
    parts = re.compile(r"load_test|upstream|generators|s3_object.configuration_litellm")
    assert not [address for address in added if not parts.search(address)]
    assert re.search(r"Plan: \d+ to add, 1 to change, 4 to destroy", planned.output)
