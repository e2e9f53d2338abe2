"""What is made of checkov's report; and one run of it, which has to see what somebody left open."""

import json
from pathlib import Path
from typing import Any

import pytest

from modules.architecture.synthesis import Request, synthesize
from modules.environment_file import ENVIRONMENTS
from modules.policy.checkov import ROOT, CheckovError, address_lines, read_results, run_checkov
from modules.policy.judgement import WAIVERS_FILE, Result
from modules.policy.waivers import read_waivers

STACK = {
    "output": {"name": {"value": "x"}},
    "resource": {
        "aws_s3_bucket": {"logs": {"bucket": "a", "tags": {"of": "it"}}, "other": {"bucket": "b"}},
        "aws_sqs_queue": {"logs": {"name": "c"}},
    },
    "data": {"aws_route53_zone": {"zone": {"name": "d"}}},
}
TEXT = json.dumps(STACK, indent=2)


def line_of(fragment: str, nth: int = 0) -> int:
    return [number for number, line in enumerate(TEXT.splitlines(), start=1) if fragment in line][nth]


def report(resource: str, line: int, **results: Any) -> dict[str, Any]:
    check = {
        "check_id": "CKV_AWS_1",
        "check_name": "Ensure something",
        "file_path": "/production/stacks/state/cdk.tf.json",
        "file_line_range": [line, line + 3],
        "resource": resource,
    }
    return {"results": {"passed_checks": [], "failed_checks": [check], "skipped_checks": [], **results}}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "production/stacks/state"
    folder.mkdir(parents=True)
    (folder / "cdk.tf.json").write_text(TEXT)
    return tmp_path


def test_every_block_has_its_address_on_the_line_on_which_it_begins() -> None:
    assert dict(address_lines(TEXT)) == {
        line_of('"logs"'): "aws_s3_bucket.logs",
        line_of('"other"'): "aws_s3_bucket.other",
        line_of('"logs"', 1): "aws_sqs_queue.logs",
        line_of('"zone"'): "data.aws_route53_zone.zone",
    }


@pytest.mark.parametrize(
    ("told", "nth", "address"),
    [
        ("resource.logs", 0, "aws_s3_bucket.logs"),
        ("resource.logs", 1, "aws_sqs_queue.logs"),
        ("aws_s3_bucket.logs", 0, "aws_s3_bucket.logs"),
    ],
)
def test_a_resource_has_its_own_address_however_checkov_calls_it(
    directory: Path, told: str, nth: int, address: str
) -> None:
    """Checks in Python leave the type out, checks on the graph do not."""
    (result,) = read_results(report(told, line_of('"logs"', nth)), directory)
    assert result == Result(
        environment="production",
        stack="state",
        resource=address,
        check="CKV_AWS_1",
        title="Ensure something",
        passed=False,
    )


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"passed": 0, "failed": 0}, "not one of Terraform's JSON alone"),
        (report("resource.logs", 1, parsing_errors=["cdk.tf.json"]), "checkov cannot read cdk.tf.json"),
        (report("resource.logs", 1, skipped_checks=[{}]), "a check is switched off in the Terraform itself"),
    ],
)
def test_a_report_that_proves_nothing_is_refused(directory: Path, broken: dict[str, Any], said: str) -> None:
    with pytest.raises(CheckovError, match=said):
        read_results(broken, directory)


@pytest.mark.end_to_end
def test_checkov_sees_a_bucket_that_was_opened_and_a_stack_that_it_cannot_read(tmp_path: Path) -> None:
    synthesize(Request(environment="dev"), str(tmp_path / "dev"))
    path = tmp_path / "dev/stacks/state/cdk.tf.json"
    stack = json.loads(path.read_text())
    before = {(one.resource, one.check) for one in run_checkov(tmp_path) if one.stack == "state" and not one.passed}
    stack["resource"]["aws_s3_bucket_public_access_block"]["bucket_public_access"]["block_public_acls"] = False
    path.write_text(json.dumps(stack, indent=2))
    after = {(one.resource, one.check) for one in run_checkov(tmp_path) if one.stack == "state" and not one.passed}
    assert ("aws_s3_bucket_public_access_block.bucket_public_access", "CKV_AWS_53") in after - before
    path.write_text("{}")
    with pytest.raises(CheckovError, match=r"checkov cannot read .*dev/stacks/state"):
        run_checkov(tmp_path)


@pytest.mark.end_to_end
def test_of_a_load_tests_parts_checkov_misses_one_thing_alone(tmp_path: Path, directory_on: Path) -> None:
    """Whoever runs the machines gives them their security group (modules/operations/load/fleet.py), where checkov does
    not see it. An environment that keeps the setting for longer waives that in policy/waivers.yaml."""
    synthesize(Request(environment="production", directory=directory_on), str(tmp_path / "production"))
    waived = {(waiver.resource, waiver.check) for waiver in read_waivers(ROOT / WAIVERS_FILE)}
    failed = {(one.resource, one.check) for one in run_checkov(tmp_path) if not one.passed}
    assert failed - waived == {("aws_security_group.load_test_generators_security_group", "CKV2_AWS_5")}


@pytest.fixture
def directory_on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environments' files, `production` with a load test."""
    directory = tmp_path_factory.mktemp("environments")
    for name in ("production.yaml", "litellm.yaml"):
        (directory / name).write_text((ENVIRONMENTS / name).read_text())
    with (directory / "production.yaml").open("a") as file:
        file.write("\nload_test: {}\n")
    return directory
