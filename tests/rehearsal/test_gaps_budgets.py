"""A budget keeps whom it tells and its tags."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import AwsClient

ACCOUNT = "123456789012"
BUDGET = {
    "BudgetName": "monthly",
    "BudgetLimit": {"Amount": "1200", "Unit": "USD"},
    "CostFilters": {"TagKeyValue": ["user:Project$litellm"]},
    "TimeUnit": "MONTHLY",
    "BudgetType": "COST",
}
SPENT = {
    "NotificationType": "ACTUAL",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 80,
    "ThresholdType": "PERCENTAGE",
}
MAIL = {"SubscriptionType": "EMAIL", "Address": "ops@example.com"}
TOPIC = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:123456789012:alarms"}
ARN = f"arn:aws:budgets::{ACCOUNT}:budget/monthly"


@pytest.fixture
def budgets(aws: AwsClient) -> Iterator[Any]:
    client = aws("budgets")
    client.create_budget(
        AccountId=ACCOUNT,
        Budget=BUDGET,
        NotificationsWithSubscribers=[{"Notification": SPENT, "Subscribers": [MAIL]}],
        ResourceTags=[{"Key": "Project", "Value": "litellm"}],
    )
    yield client
    client.delete_budget(AccountId=ACCOUNT, BudgetName="monthly")


def told(budgets: Any, notification: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = budgets.describe_subscribers_for_notification(
        AccountId=ACCOUNT, BudgetName="monthly", Notification=notification
    )["Subscribers"]
    return found


def test_those_who_are_told_are_known(budgets: Any) -> None:
    assert told(budgets, SPENT) == [MAIL]
    notification = {"AccountId": ACCOUNT, "BudgetName": "monthly", "Notification": SPENT}
    budgets.create_subscriber(**notification, Subscriber=TOPIC)
    budgets.delete_subscriber(**notification, Subscriber=MAIL)
    assert told(budgets, SPENT) == [TOPIC]


def test_a_notification_is_changed(budgets: Any) -> None:
    sooner = SPENT | {"Threshold": 50}
    budgets.update_notification(AccountId=ACCOUNT, BudgetName="monthly", OldNotification=SPENT, NewNotification=sooner)
    assert told(budgets, sooner) == [MAIL]
    with pytest.raises(ClientError) as refusal:
        told(budgets, SPENT)
    assert refusal.value.response["Error"]["Code"] == "NotFoundException"


def test_a_changed_budget_keeps_its_notifications_its_period_and_its_tags(budgets: Any) -> None:
    before = budgets.describe_budget(AccountId=ACCOUNT, BudgetName="monthly")["Budget"]
    budgets.update_budget(AccountId=ACCOUNT, NewBudget=BUDGET | {"BudgetLimit": {"Amount": "2000", "Unit": "USD"}})
    after = budgets.describe_budget(AccountId=ACCOUNT, BudgetName="monthly")["Budget"]
    assert after["BudgetLimit"]["Amount"] == "2000"
    assert after["TimePeriod"] == before["TimePeriod"]
    assert told(budgets, SPENT) == [MAIL]
    assert budgets.list_tags_for_resource(ResourceARN=ARN)["ResourceTags"]


def test_tags_can_be_read_added_replaced_and_removed(budgets: Any) -> None:
    def tags() -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in budgets.list_tags_for_resource(ResourceARN=ARN)["ResourceTags"]}

    assert tags() == {"Project": "litellm"}
    budgets.tag_resource(ResourceARN=ARN, ResourceTags=[{"Key": "Project", "Value": "x"}, {"Key": "b", "Value": "1"}])
    assert tags() == {"Project": "x", "b": "1"}
    budgets.untag_resource(ResourceARN=ARN, ResourceTagKeys=["Project"])
    assert tags() == {"b": "1"}


def test_tags_of_an_unknown_budget_are_not_found(budgets: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        budgets.list_tags_for_resource(ResourceARN=f"{ARN}-of-nobody")
    assert refusal.value.response["Error"]["Code"] == "NotFoundException"
