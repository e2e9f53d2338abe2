"""Who is told of alarms, and which of AWS's services may tell."""

import json

from .conftest import ACCOUNT_ID, Environments, Json, Variant, differences, named, referenced, resources, the_only

SERVICES = {
    "cloudwatch.amazonaws.com",
    "events.amazonaws.com",
    "events.rds.amazonaws.com",
    "budgets.amazonaws.com",
}


def statements(policy: str) -> list[Json]:
    result: list[Json] = json.loads(policy)["Statement"]
    return result


def policy_of(stack: Json, topic: str) -> Json:
    (policy,) = [
        policy
        for policy in resources(stack, "aws_sns_topic_policy")
        if referenced(stack, policy["arn"], "arn")["name"] == topic
    ]
    return policy


def test_every_environment_has_one_encrypted_topic(environments: Environments) -> None:
    for stacks in environments.values():
        stack = stacks.environment
        (topic,) = [one for one in resources(stack, "aws_sns_topic") if one["name"].endswith("-notifications")]
        if "aws_kms_key" in stack["resource"]:
            assert "notifications" in referenced(stack, topic["kms_master_key_id"], "arn")["description"]
        else:
            assert "kms_master_key_id" not in topic


def test_exactly_the_services_that_send_may_publish_for_this_account(variant: Variant) -> None:
    stack = variant("production", account_id=ACCOUNT_ID).environment
    policy = policy_of(stack, "production-litellm-notifications")
    by_service = {statement["Principal"]["Service"]: statement for statement in statements(policy["policy"])}
    assert set(by_service) == SERVICES
    for service, statement in by_service.items():
        assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
        # EventBridge's messages would be lost: it does not say for whom it publishes.
        wanted = {} if service == "events.amazonaws.com" else {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}
        assert statement.get("Condition", {}) == wanted


def test_the_services_that_publish_may_use_the_topics_key(variant: Variant) -> None:
    """Without this an encrypted topic takes the messages of none, and says so to nobody."""
    stack = variant("production", account_id=ACCOUNT_ID).environment
    key = referenced(
        stack, named(stack, "aws_sns_topic", "production-litellm-notifications")["kms_master_key_id"], "arn"
    )
    may_use = [
        statement
        for statement in statements(key["policy"])
        if statement["Action"] == ["kms:GenerateDataKey*", "kms:Decrypt"]
    ]
    services = [service for statement in may_use for service in statement["Principal"]["Service"]]
    assert sorted(services) == sorted(SERVICES)
    for statement in may_use:
        unconditional = {"events.amazonaws.com", "events.rds.amazonaws.com"} & set(statement["Principal"]["Service"])
        assert ("Condition" not in statement) == bool(unconditional)


def test_without_customer_keys_the_topic_is_not_encrypted_with_a_key_that_shuts_the_services_out(
    variant: Variant,
) -> None:
    """AWS's own key for SNS cannot be opened to other services."""
    stack = variant("dev", {"encryption": {"customer_keys": False}}).environment
    assert "kms_master_key_id" not in the_only(stack, "aws_sns_topic")
    assert "aws_kms_key" not in stack["resource"]


def test_each_address_gets_mail_and_without_any_nobody_is_subscribed(production: Json, variant: Variant) -> None:
    assert "aws_sns_topic_subscription" not in production["resource"]
    emails = ["oncall@example.com", "second.line@example.com"]
    stack = variant("production", {"notifications.emails": emails}).environment
    subscriptions = resources(stack, "aws_sns_topic_subscription")
    assert [subscription["endpoint"] for subscription in subscriptions] == emails
    for subscription in subscriptions:
        assert subscription["protocol"] == "email"
        referenced(stack, subscription["topic_arn"], "arn")
    changed = {path.split(".")[1] for path in differences(production, stack)}
    assert changed == {"aws_sns_topic_subscription"}


def test_alarms_wait_for_the_policy_that_lets_them_publish(production: Json) -> None:
    for alarm in resources(production, "aws_cloudwatch_composite_alarm"):
        for action in alarm["alarm_actions"]:
            policy = {key: value for key, value in referenced(production, action, "arn").items() if key != "//"}
            assert policy == policy_of(production, "production-litellm-notifications")


def test_the_topic_has_the_environments_name(production: Json) -> None:
    assert named(production, "aws_sns_topic", "production-litellm-notifications")
