"""The monthly budget: on in production, of the environment's own costs."""

from modules.planning.cost.estimate import estimate
from modules.planning.cost.terraform_json import read_stack
from modules.price_file import load_prices
from modules.usage_file import load_usage

from .conftest import Environments, Json, Variant, differences, referenced, the_only


def test_production_has_a_budget_a_little_above_what_it_is_expected_to_cost(
    environments: Environments, production: Json
) -> None:
    budget = the_only(production, "aws_budgets_budget")
    stacks = environments["production"]
    plans = [read_stack(stacks.environment), read_stack(stacks.state, "state: ")]
    typical = estimate(plans, load_usage("production"), load_prices(), "typical").usd
    assert 1.05 * typical < float(budget["limit_amount"]) < 1.25 * typical
    assert (budget["budget_type"], budget["time_unit"], budget["limit_unit"]) == ("COST", "MONTHLY", "USD")


def test_the_budget_counts_what_carries_the_environments_tag(production: Json) -> None:
    budget = the_only(production, "aws_budgets_budget")
    (tag,) = {provider["default_tags"][0]["tags"]["environment"] for provider in production["provider"]["aws"]}
    # AWS Cost Management calls a person's tag `user:key$value`.
    assert budget["cost_filter"] == [{"name": "TagKeyValue", "values": [f"user:environment${tag}"]}]


def test_the_topic_hears_of_the_forecast_and_of_what_is_spent(variant: Variant) -> None:
    settings = {"monthly_usd": 99.5, "forecast_percent": 110, "actual_percent": 70}
    stack = variant("dev", {"budget": settings}).environment
    budget = the_only(stack, "aws_budgets_budget")
    assert budget["limit_amount"] == "99.5"
    told = {}
    for notification in budget["notification"]:
        assert (notification["comparison_operator"], notification["threshold_type"]) == ("GREATER_THAN", "PERCENTAGE")
        (topic,) = notification["subscriber_sns_topic_arns"]
        assert referenced(stack, topic, "arn")["policy"]
        told[notification["notification_type"]] = notification["threshold"]
    assert told == {"FORECASTED": 110, "ACTUAL": 70}


def test_without_a_budget_nothing_of_it_is_there(environments: Environments, variant: Variant) -> None:
    for name in ("dev", "benchmark"):
        assert "aws_budgets_budget" not in environments[name].environment["resource"]
    production = environments["production"].environment
    off = variant("production", {"budget": None}).environment
    assert {path.split(".")[1] for path in differences(production, off)} == {"aws_budgets_budget"}
