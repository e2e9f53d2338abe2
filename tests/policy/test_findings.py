"""What the policy gate says of a plan that is about to be approved."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from modules.policy.findings import Findings, findings_of
from modules.policy.judgement import Result

TODAY = date(2027, 3, 1)
WAIVER = """
- stack: {stack}
  resource: aws_lb.it
  check: CKV_AWS_91
  reason: the logs are somewhere else for now
  expires: 2027-06-01
"""


def failing(directory: Path) -> list[Result]:
    (file,) = directory.glob("*/stacks/*/cdk.tf.json")
    environment, _, stack, _ = file.relative_to(directory).parts
    return [
        Result(
            environment=environment, stack=stack, resource="aws_lb.it", check="CKV_AWS_91", title="logs", passed=False
        )
    ]


Ask = Callable[..., Findings]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def asked(environment: str, waivers: str = "", *, installed: bool = True) -> Findings:
        for name, content in (("cdk.tf.json", "{}"), ("waivers.yaml", waivers)):
            (tmp_path / name).write_text(content)
        program = tmp_path / ("cdk.tf.json" if installed else "missing")
        waivers_file = tmp_path / "waivers.yaml"
        file = tmp_path / "cdk.tf.json"
        return findings_of(environment, file, TODAY, waivers_file=waivers_file, program=program, checkov=failing)

    return asked


def test_a_finding_that_nobody_waived_stops_the_plan(ask: Ask) -> None:
    found = ask("production")
    assert found.problems == ("production: aws_lb.it fails CKV_AWS_91: logs",)
    assert found.summary == "production/production: 0 passed, 0 waived, 1 failed"


def test_a_waiver_lets_it_pass_and_those_of_other_stacks_are_no_concern(ask: Ask) -> None:
    assert ask("production", WAIVER.format(stack="production")).problems == ()
    assert len(ask("production", WAIVER.format(stack="other")).problems) == 1


def test_what_is_cheap_on_purpose_is_not_judged(ask: Ask) -> None:
    assert ask("dev") == Findings(problems=(), summary="dev is not judged: cheap on purpose")


def test_a_gate_that_is_not_installed_is_said_with_what_installs_it(ask: Ask) -> None:
    found = ask("production", installed=False)
    assert found.problems == ()
    assert "'make policy' installs it" in found.summary
