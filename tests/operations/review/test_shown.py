"""What the pages show, and what they never show."""

import json
from dataclasses import replace

import pytest

from modules.operations.review.markdown import LONGEST_COMMENT, markdown
from modules.operations.review.meaning import OTHER, group_of
from modules.operations.review.page import page
from modules.operations.review.record import record
from modules.operations.review.review import Money, Remarks, Review
from modules.operations.review.terminal import lines

from .plans import DATABASE, change, reviewed

SECRET = "correct-horse-battery-staple"


def every_page(review: Review) -> dict[str, str]:
    return {
        "markdown": markdown(review),
        "html": page(review),
        "json": json.dumps(record(review)),
        "terminal": "\n".join(lines(review)),
    }


def dangerous() -> Review:
    return reviewed(
        change("aws_db_instance.database", DATABASE, {**DATABASE, "db_name": "gateway"}, replaced_for=("db_name",)),
        change("aws_cloudwatch_log_group.logs", {"retention_in_days": 7}, {"retention_in_days": 1}),
    )


def test_dangers_come_before_everything_else_on_every_page() -> None:
    for name, text in every_page(dangerous()).items():
        assert text.index("virtual keys") < text.index("Database"), name
        assert text.index("logs are kept for less time") < text.index("Database"), name


def test_an_empty_plan_is_one_line() -> None:
    empty = reviewed()
    assert markdown(empty).splitlines() == [empty.headline]
    assert list(lines(empty)) == [empty.headline]


@pytest.mark.parametrize("marks", [{"secret_value": True}, {"list": [True]}, {"nested": [{"deep": True}]}])
def test_what_terraform_marks_as_sensitive_is_on_no_page(marks: dict[str, object]) -> None:
    def values(secret: str) -> dict[str, object]:
        return {"secret_value": secret, "list": [secret], "nested": [{"deep": secret}]}

    others = {key: value for key, value in values("x").items() if key not in marks}
    found = reviewed(
        change("aws_thing.it", {**values(SECRET), **others}, {**values(f"{SECRET}-2"), **others}, sensitive=marks)
    )
    assert [name for name, text in every_page(found).items() if SECRET in text] == []
    assert "(sensitive, another one)" in page(found)


@pytest.mark.parametrize("name", ["password", "secret_string", "auth_token", "passwords"])
def test_a_password_is_on_no_page_even_where_its_mark_is_forgotten(name: str) -> None:
    found = reviewed(change("aws_thing.it", {name: SECRET, "a": 1}, {name: [SECRET], "a": 2}))
    assert [shown for shown, text in every_page(found).items() if SECRET in text] == []


def test_values_are_neither_markup_nor_mentions() -> None:
    evil = "<img src=x> @everyone | `code` [link](http://x)"
    found = reviewed(change("aws_thing.it", {"description": "a"}, {"description": evil}))
    assert "<img" not in page(found)
    (row,) = [line for line in markdown(found).splitlines() if "@everyone" in line]
    assert row.count("`") % 2 == 0
    assert "`<img src=x> @everyone \\| 'code' [link](http://x)`" in row


def test_a_plan_too_long_for_a_comment_keeps_its_dangers() -> None:
    many = [
        change(f"aws_thing.number_{number}", {str(key): "a" * 90 for key in range(8)}, {"b": "c" * 90})
        for number in range(60)
    ]
    found = reviewed(*many, change("aws_db_instance.database", DATABASE, None))
    text = markdown(found)
    assert len(text) <= LONGEST_COMMENT
    assert "virtual keys" in text
    assert "aws_thing.number_59" in text
    assert "without its values" in text


def test_the_cost_is_shown_before_and_after_or_why_it_is_not() -> None:
    money = Money(before_usd=729, after_usd=800.5, changes=(), note="prices of 2026-11-01")
    priced = replace(dangerous(), remarks=Remarks(money=money))
    for name, text in every_page(priced).items():
        assert "800.5" in text, name
    for name, text in every_page(replace(dangerous(), remarks=Remarks(no_money="no prices of mars"))).items():
        assert "no prices of mars" in text, name


def test_what_was_changed_outside_terraform_is_told() -> None:
    drifted = change("aws_lb.it", {"idle_timeout": 600}, {"idle_timeout": 60})
    noise = change("aws_lb.other", {"tags": None}, {"tags": {}})
    text = markdown(reviewed(change("aws_thing.it", None, {}), resource_drift=[drifted, noise]))
    assert "Changed outside Terraform" in text
    assert "idle_timeout" in text
    assert "aws_lb.other" not in text


def test_what_aws_changes_all_the_time_is_no_change_outside_terraform() -> None:
    backups = change("aws_db_instance.it", {"latest_restorable_time": "a"}, {"latest_restorable_time": "b"})
    configured = {"resources": [{"address": "aws_db_instance.it", "expressions": {"port": {}}}]}
    found = reviewed(
        change("aws_thing.it", None, {}), resource_drift=[backups], configuration={"root_module": configured}
    )
    assert "Changed outside Terraform" not in markdown(found)


@pytest.mark.parametrize(
    ("type_", "group"),
    [
        ("aws_db_instance", "Database"),
        ("aws_db_event_subscription", "Alarms and dashboards"),
        ("aws_vpc", "Network"),
        ("aws_vpc_security_group_ingress_rule", "Who may reach whom"),
        ("aws_cloudwatch_log_group", "Logs and audit"),
        ("aws_cloudwatch_log_metric_filter", "Alarms and dashboards"),
        ("aws_s3_object", "Tasks"),
        ("google_storage_bucket", OTHER),
    ],
)
def test_changes_are_grouped_by_what_they_are_a_part_of(type_: str, group: str) -> None:
    assert group_of(type_) == group
