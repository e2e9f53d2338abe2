"""What the environment may cost in a month, and who hears when it does not keep to it."""

from constructs import Construct

from modules.architecture import aws
from modules.settings import Budget as BudgetSettings


class Budget(Construct):
    """A monthly budget of everything that carries the environment's tag.

    The tag has to be activated as a cost allocation tag once in the account that pays (AWS Billing User Guide,
    "Activating user-defined cost allocation tags"); until then the budget sees no costs.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, environment: str, topic_arn: str, settings: BudgetSettings
    ) -> None:
        super().__init__(scope, id_)
        notification = aws.budgets_budget.BudgetsBudgetNotification
        aws.budgets_budget.BudgetsBudget(
            self,
            "this",
            name=name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{settings.monthly_usd:g}",
            limit_unit="USD",
            # A person's tag is called `user:` here (hashicorp/terraform-provider-aws#40987).
            cost_filter=[
                aws.budgets_budget.BudgetsBudgetCostFilter(
                    name="TagKeyValue", values=[f"user:environment${environment}"]
                )
            ],
            notification=[
                notification(
                    notification_type=type_,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_sns_topic_arns=[topic_arn],
                )
                for type_, percent in (
                    ("FORECASTED", settings.forecast_percent),
                    ("ACTUAL", settings.actual_percent),
                )
            ],
        )
