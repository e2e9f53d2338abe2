"""When the policy gate opens, and what it says when it does not."""

from datetime import date, timedelta
from typing import Any

import pytest

from modules.policy.judgement import MOST_WAIVERS, Result, Verdict, Waiver, judge

TODAY = date(2027, 3, 1)
BUCKET = "aws_s3_bucket.logs_bucket"


def result(passed: bool = False, **other: str) -> Result:
    return Result(
        **{
            "environment": "production",
            "stack": "production",
            "resource": BUCKET,
            "check": "CKV_AWS_145",
            "title": "Ensure that S3 buckets are encrypted with KMS by default",
            **other,
        },
        passed=passed,
    )


def waiver(**other: Any) -> Waiver:
    return Waiver(
        **{
            "check": "CKV_AWS_145",
            "resource": BUCKET,
            "stack": "production",
            "reason": "log services write under no KMS key",
            "expires": TODAY,
            **other,
        }
    )


def the_problem(verdict: Verdict) -> str:
    (problem,) = verdict.problems
    return problem


def test_checks_that_pass_need_no_waiver() -> None:
    assert judge([result(passed=True)], [], TODAY).problems == []


def test_a_failed_check_is_told_with_its_stack_resource_and_title() -> None:
    assert the_problem(judge([result(), result(passed=True, check="CKV_AWS_21")], [], TODAY)) == (
        "production: aws_s3_bucket.logs_bucket fails CKV_AWS_145: "
        "Ensure that S3 buckets are encrypted with KMS by default"
    )


def test_a_waiver_holds_on_its_last_day_and_no_longer() -> None:
    assert judge([result()], [waiver()], TODAY).problems == []
    said = the_problem(judge([result()], [waiver()], TODAY + timedelta(days=1)))
    assert said == (
        "policy/waivers.yaml: CKV_AWS_145 of aws_s3_bucket.logs_bucket in production expired on 2027-03-01: "
        "mend the finding, or look at the reason again and set a new day"
    )


def test_a_waiver_for_longer_than_a_year_is_none() -> None:
    assert judge([result()], [waiver(expires=TODAY + timedelta(days=366))], TODAY).problems == []
    said = the_problem(judge([result()], [waiver(expires=TODAY + timedelta(days=367))], TODAY))
    assert said.endswith("expires on 2028-03-02: at most 366 days from today are allowed")


@pytest.mark.parametrize(
    ("results", "why"),
    [
        ([result(passed=True)], "the check passes; take it out"),
        ([result(passed=True, check="CKV_AWS_21")], "checkov has no check CKV_AWS_145 for this resource; take it out"),
        ([result(passed=True, resource="aws_s3_bucket.other")], "the stack has no such resource; take it out"),
        ([result(passed=True, environment="lab", stack="lab")], "no judged stack is called production"),
        ([result(environment="dev", stack="dev")], "no judged stack is called production"),
    ],
)
def test_a_waiver_that_is_not_needed_is_told_with_the_reason(results: list[Result], why: str) -> None:
    said = the_problem(judge(results, [waiver()], TODAY))
    assert said == f"policy/waivers.yaml: CKV_AWS_145 of {BUCKET} in production is not needed: {why}"


def test_a_waiver_covers_its_own_check_resource_and_stack_alone() -> None:
    others = [
        result(check="CKV_AWS_144"),
        result(resource="aws_s3_bucket.other"),
        result(stack="state"),
        result(environment="lab", stack="lab"),
    ]
    assert len(judge([result(), *others], [waiver()], TODAY).problems) == len(others)


def test_a_finding_that_is_waived_twice_is_told() -> None:
    said = the_problem(judge([result()], [waiver(), waiver(reason="the same for another reason")], TODAY))
    assert said.endswith("CKV_AWS_145 of aws_s3_bucket.logs_bucket in production is waived 2 times; keep one")


def test_a_stack_with_too_many_waivers_is_told_to_mend_one() -> None:
    checks = [f"CKV_AWS_{number}" for number in range(MOST_WAIVERS + 1)]
    results, waivers = [result(check=check) for check in checks], [waiver(check=check) for check in checks]
    assert judge(results[:-1], waivers[:-1], TODAY).problems == []
    assert the_problem(judge(results, waivers, TODAY)) == (
        "policy/waivers.yaml: production has 7 waivers, at most 6 are allowed; mend a finding"
    )


def test_environments_that_are_cheap_on_purpose_are_counted_and_stop_nothing() -> None:
    verdict = judge([result(environment="dev", stack="dev"), result(environment="dev", stack="state")], [], TODAY)
    assert verdict.problems == []
    assert [str(count) for count in verdict.counts] == [
        "dev/dev: 0 passed, 0 waived, 1 failed (not judged: cheap on purpose)",
        "dev/state: 0 passed, 0 waived, 1 failed (not judged: cheap on purpose)",
    ]


def test_an_environment_of_a_persons_own_is_judged() -> None:
    assert the_problem(judge([result(environment="lab", stack="lab")], [], TODAY)).startswith("lab: ")


def test_every_stack_is_counted() -> None:
    results = [result(), result(passed=True, check="CKV_AWS_21"), result(check="CKV_AWS_18")]
    (count,) = judge(results, [waiver()], TODAY).counts
    assert str(count) == "production/production: 1 passed, 1 waived, 1 failed"
