"""Application Auto Scaling: tags of scalable targets, bounds that act, activities, and target tracking's alarms."""

import json
from collections import deque
from typing import Any

from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.cloudwatch.models import Dimension, cloudwatch_backends
from moto.core.exceptions import JsonRESTError

from modules.rehearsal.alarms import scaling
from modules.rehearsal.gaps.patching import Method, add, wrap

_REMEMBERED_ACTIVITIES = 500
_LOW_SHARE = 0.9
"""Target tracking scales in below 90 % of its target, so that it does not go back and forth."""


def install() -> None:
    add(FakeScalableTarget, "tags", {})
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", keep_the_tags_of_a_new_target)
    add(ApplicationAutoScalingResponse, "list_tags_for_resource", list_tags_for_resource)
    add(ApplicationAutoScalingResponse, "tag_resource", tag_resource)
    add(ApplicationAutoScalingResponse, "untag_resource", untag_resource)
    wrap(ApplicationAutoscalingBackend, "__init__", remember_activities)
    wrap(ApplicationAutoscalingBackend, "register_scalable_target", keep_the_service_within_its_bounds)
    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", change_a_policy_in_place)
    wrap(FakeApplicationAutoscalingPolicy, "_generate_ecs_alarms", watch_what_the_policy_tracks)
    add(ApplicationAutoScalingResponse, "describe_scaling_activities", describe_scaling_activities)


def keep_the_tags_of_a_new_target(original: Method, response: Any) -> Any:
    """AWS tags a scalable target with the tags of its first registration; moto drops them."""
    known = {target.arn for target in _targets(response)}
    answer = original(response)
    target = _target(response, json.loads(answer)["ScalableTargetARN"])
    if target.arn not in known:
        target.tags = response._get_param("Tags") or {}
    return answer


def list_tags_for_resource(self: Any) -> str:
    """AWS lists the tags of a scalable target; moto lacks the operation, and Terraform asks it at every refresh."""
    return json.dumps({"Tags": _target(self, self._get_param("ResourceARN")).tags})


def tag_resource(self: Any) -> str:
    """AWS adds and replaces tags of a scalable target; moto lacks the operation."""
    target = _target(self, self._get_param("ResourceARN"))
    target.tags = target.tags | self._get_param("Tags")
    return "{}"


def untag_resource(self: Any) -> str:
    """AWS removes tags of a scalable target; moto lacks the operation."""
    target = _target(self, self._get_param("ResourceARN"))
    removed = self._get_param("TagKeys")
    target.tags = {key: value for key, value in target.tags.items() if key not in removed}
    return "{}"


def remember_activities(original: Method, backend: Any, *arguments: Any, **named: Any) -> None:
    """AWS tells for six weeks what it scaled and why; moto scales nothing."""
    original(backend, *arguments, **named)
    backend.scaling_activities = deque(maxlen=_REMEMBERED_ACTIVITIES)


def keep_the_service_within_its_bounds(original: Method, backend: Any, *arguments: Any, **named: Any) -> Any:
    """AWS raises a service's desired count to a new minimum, and lowers it to a new maximum, at once."""
    target = original(backend, *arguments, **named)
    scaling.keep_within_bounds(backend, target)
    return target


def change_a_policy_in_place(original: Method, backend: Any, *arguments: Any, **named: Any) -> Any:
    """AWS keeps a changed policy's ARN, which alarms name, and replaces its own alarms; moto makes another policy."""
    before = dict(backend.policies)
    policy = original(backend, *arguments, **named)
    old = next((one for key, one in before.items() if backend.policies[key] is not one), None)
    if old is not None:
        old.delete_alarms(backend.account_id, backend.region_name)
        for alarm in policy.alarms:
            alarm.alarm_actions = [action.replace(policy.policy_arn, old.policy_arn) for action in alarm.alarm_actions]
            alarm.description = alarm.description.replace(policy.policy_arn, old.policy_arn)
        policy.policy_arn = old.policy_arn
    return policy


def watch_what_the_policy_tracks(original: Method, policy: Any) -> list[Any]:
    """AWS's alarms of target tracking watch the policy's metric against its target, and none scales in when that is
    disabled; those of moto watch the CPU against 6 %."""
    high, low = original(policy)
    configuration = policy.target_tracking_scaling_policy_configuration
    high.threshold = float(configuration["TargetValue"])
    low.threshold = high.threshold * _LOW_SHARE
    specification = configuration.get("PredefinedMetricSpecification") or {}
    if specification.get("PredefinedMetricType") == "ALBRequestCountPerTarget":
        # app/<name>/<id>/targetgroup/<name>/<id>
        balancer, _, group = specification["ResourceLabel"].partition("/targetgroup/")
        for alarm in (high, low):
            alarm.namespace, alarm.metric_name = "AWS/ApplicationELB", "RequestCountPerTarget"
            alarm.statistic, alarm.unit = "Sum", None
            alarm.dimensions = [Dimension("LoadBalancer", balancer), Dimension("TargetGroup", f"targetgroup/{group}")]
    if configuration.get("DisableScaleIn"):
        cloudwatch_backends[policy.account_id][policy.region_name].delete_alarms([low.name])
        return [high]
    return [high, low]


def describe_scaling_activities(self: Any) -> str:
    """AWS tells what it scaled and why, the newest first; moto lacks the operation."""
    wanted = {
        name: self._get_param(name)
        for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")
        if self._get_param(name)
    }
    found = [
        activity
        for activity in self.applicationautoscaling_backend.scaling_activities
        if all(activity[name] == value for name, value in wanted.items())
    ]
    return json.dumps({"ScalingActivities": found[: self._get_int_param("MaxResults") or 50]})


def _targets(response: Any) -> list[Any]:
    by_dimension = response.applicationautoscaling_backend.targets
    return [target for targets in by_dimension.values() for target in targets.values()]


def _target(response: Any, arn: str) -> Any:
    for target in _targets(response):
        if target.arn == arn:
            return target
    raise JsonRESTError("ResourceNotFoundException", f"No scalable target found for ARN: {arn}")
