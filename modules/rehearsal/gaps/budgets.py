"""Budgets: subscribers, changes, tags."""

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import Budget
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import unix_time

from modules.rehearsal.gaps.patching import Method, add, wrap


def install() -> None:
    add(Budget, "tags", {})
    wrap(BudgetsResponse, "create_budget", keep_the_tags_of_a_new_budget)
    for operation in (
        update_budget,
        describe_subscribers_for_notification,
        update_notification,
        create_subscriber,
        delete_subscriber,
        list_tags_for_resource,
        tag_resource,
        untag_resource,
    ):
        add(BudgetsResponse, operation.__name__, operation)


def keep_the_tags_of_a_new_budget(original: Method, response: Any) -> Any:
    """AWS tags a budget with the tags of its creation; moto drops them."""
    answer = original(response)
    account_id, name = response._get_param("AccountId"), response._get_param("Budget")["BudgetName"]
    response.backend.budgets[account_id][name].tags = _by_key(response)
    return answer


def update_budget(self: Any) -> str:
    """AWS replaces a budget and leaves its notifications alone; moto lacks the operation."""
    new = self._get_param("NewBudget")
    budget = _budget(self, self._get_param("AccountId"), new["BudgetName"])
    budget.budget = {"TimePeriod": budget.budget["TimePeriod"]} | new | {"LastUpdatedTime": unix_time()}
    return "{}"


def describe_subscribers_for_notification(self: Any) -> str:
    """AWS lists who is told, and Terraform asks it at every refresh; moto lacks the operation."""
    return json.dumps({"Subscribers": _notification(self, "Notification").subscribers})


def update_notification(self: Any) -> str:
    """AWS changes when somebody is told; moto lacks the operation."""
    _notification(self, "OldNotification").details = self._get_param("NewNotification")
    return "{}"


def create_subscriber(self: Any) -> str:
    """AWS adds somebody who is told; moto lacks the operation."""
    _notification(self, "Notification").subscribers.append(self._get_param("Subscriber"))
    return "{}"


def delete_subscriber(self: Any) -> str:
    """AWS removes somebody who is told; moto lacks the operation."""
    notification = _notification(self, "Notification")
    notification.subscribers = [one for one in notification.subscribers if one != self._get_param("Subscriber")]
    return "{}"


def list_tags_for_resource(self: Any) -> str:
    """AWS lists a budget's tags; moto lacks the operation, and Terraform asks it at every refresh."""
    tags = _tagged(self).tags
    return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def tag_resource(self: Any) -> str:
    """AWS adds and replaces tags of a budget; moto lacks the operation."""
    budget = _tagged(self)
    budget.tags = budget.tags | _by_key(self)
    return "{}"


def untag_resource(self: Any) -> str:
    """AWS removes tags of a budget; moto lacks the operation."""
    budget = _tagged(self)
    budget.tags = {key: value for key, value in budget.tags.items() if key not in self._get_param("ResourceTagKeys")}
    return "{}"


def _by_key(response: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in response._get_param("ResourceTags") or []}


def _tagged(response: Any) -> Any:
    """The budget of an ARN: arn:aws:budgets::ACCOUNT:budget/NAME."""
    arn = response._get_param("ResourceARN")
    return _budget(response, arn.split(":")[4], arn.partition("/")[2])


def _budget(response: Any, account_id: str, name: str) -> Any:
    budgets = response.backend.budgets[account_id]
    if name not in budgets:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    return budgets[name]


def _notification(response: Any, parameter: str) -> Any:
    wanted = _identity(response._get_param(parameter))
    for notification in _budget(
        response, response._get_param("AccountId"), response._get_param("BudgetName")
    ).notifications:
        if _identity(notification.details) == wanted:
            return notification
    raise NotFoundException("The notification doesn't exist.")


def _identity(details: dict[str, Any]) -> tuple[Any, ...]:
    """What tells a budget's notifications apart (AWS answers with a state beside it)."""
    return (
        details["NotificationType"],
        details["ComparisonOperator"],
        float(details["Threshold"]),
        details.get("ThresholdType", "PERCENTAGE"),
    )
