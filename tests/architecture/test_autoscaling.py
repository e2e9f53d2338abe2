"""Autoscaling by requests and by the clock, beside the CPU (test_service.py)."""

from typing import Any

import pytest

from modules.architecture.synthesis import SynthesisError
from modules.environment_file import load

from .conftest import Json, Variant, differences, resources, the_only

SCHEDULES: list[dict[str, Any]] = [
    {
        "name": "office-hours",
        "cron": "0 7 ? * MON-FRI *",
        "timezone": "Europe/Berlin",
        "minimum_tasks": 8,
        "maximum_tasks": 12,
    },
    {"name": "evening", "cron": "0 19 ? * * *", "minimum_tasks": 6, "maximum_tasks": 10},
]


def test_requests_for_each_task_are_kept_below_the_setting(production: Json, variant: Variant) -> None:
    stack = variant("production", {"service.autoscaling.requests_per_task_per_minute": 20_000}).environment
    (policy,) = [
        policy
        for policy in resources(stack, "aws_appautoscaling_policy")
        if policy["policy_type"] == "TargetTrackingScaling"
    ]
    tracking = policy["target_tracking_scaling_policy_configuration"]
    assert tracking["target_value"] == 20_000
    # CPU alone removes tasks.
    assert tracking["disable_scale_in"] is True
    metric = tracking["predefined_metric_specification"]
    assert metric["predefined_metric_type"] == "ALBRequestCountPerTarget"
    # Application Auto Scaling API, PredefinedMetricSpecification: app/<name>/<id>/targetgroup/<name>/<id>.
    balancer, _, group = metric["resource_label"].partition("}/${")
    assert (balancer, group) == (
        "${aws_lb.load_balancer.arn_suffix",
        "aws_lb_target_group.load_balancer_target_group.arn_suffix}",
    )
    assert {path.split(".")[1] for path in differences(production, stack)} == {"aws_appautoscaling_policy"}


def test_steps_on_cpu_stay_beside_it(variant: Variant) -> None:
    stack = variant("production", {"service.autoscaling.requests_per_task_per_minute": 20_000}).environment
    kinds = sorted(policy["policy_type"] for policy in resources(stack, "aws_appautoscaling_policy"))
    assert kinds == ["StepScaling", "StepScaling", "TargetTrackingScaling"]


def test_schedules_change_the_bounds_at_their_time(variant: Variant) -> None:
    stack = variant("production", {"service.autoscaling.schedules": SCHEDULES}).environment
    actions = {action["name"]: action for action in resources(stack, "aws_appautoscaling_scheduled_action")}
    assert set(actions) == {"production-litellm-office-hours", "production-litellm-evening"}
    morning = actions["production-litellm-office-hours"]
    assert (morning["schedule"], morning["timezone"]) == ("cron(0 7 ? * MON-FRI *)", "Europe/Berlin")
    assert morning["scalable_target_action"] == {"min_capacity": "8", "max_capacity": "12"}
    assert actions["production-litellm-evening"]["timezone"] == "Etc/UTC"


def test_a_plan_between_two_moments_leaves_the_schedules_bounds_alone(production: Json, variant: Variant) -> None:
    stack = variant("production", {"service.autoscaling.schedules": SCHEDULES}).environment
    target = the_only(stack, "aws_appautoscaling_target")
    assert target["lifecycle"]["ignore_changes"] == ["min_capacity", "max_capacity"]
    assert "lifecycle" not in the_only(production, "aws_appautoscaling_target")
    assert "terraform_data.autoscaling_bounds" not in str(production)


def test_bounds_that_a_person_changes_are_applied_beside_schedules(variant: Variant) -> None:
    """Terraform ignores the target's own bounds then: it makes the target anew when the settings' bounds change, and
    with it what AWS deletes together with a target."""
    stack = variant("production", {"service.autoscaling.schedules": SCHEDULES}).environment
    target = the_only(stack, "aws_appautoscaling_target")
    (trigger,) = target["lifecycle"]["replace_triggered_by"]
    for type_ in ("aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"):
        for resource in resources(stack, type_):
            assert resource["lifecycle"] == {"replace_triggered_by": [trigger]}
    kind, _, name = trigger.partition(".")
    autoscaling = load("production").service.autoscaling
    assert autoscaling is not None
    assert stack["resource"][kind][name]["input"] == {
        "minimum_tasks": autoscaling.minimum_tasks,
        "maximum_tasks": autoscaling.maximum_tasks,
    }


def test_without_schedules_nothing_of_them_is_there(production: Json) -> None:
    assert "aws_appautoscaling_scheduled_action" not in production["resource"]


def test_the_connection_budget_counts_the_highest_maximum_of_all_schedules(variant: Variant) -> None:
    many = [SCHEDULES[0] | {"maximum_tasks": 100}]
    changes = {"service.autoscaling.schedules": many, "litellm": {"database_connection_pool": 10}}
    with pytest.raises(SynthesisError, match=r"connection_budget: .*150 tasks \(100 at the maximum"):
        variant("production", changes)


def test_a_schedule_that_aws_would_refuse_is_refused_before(variant: Variant) -> None:
    wrong = [SCHEDULES[0] | {"cron": "0 7 * * MON-FRI *"}]
    with pytest.raises(SynthesisError, match="exactly one of the two has to be"):
        variant("production", {"service.autoscaling.schedules": wrong})
