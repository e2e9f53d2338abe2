"""Application Auto Scaling: tags of scalable targets."""

import json
from typing import Any

from moto.applicationautoscaling.models import FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError

from modules.rehearsal.gaps.patching import Method, add, wrap


def install() -> None:
    add(FakeScalableTarget, "tags", {})
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", keep_the_tags_of_a_new_target)
    add(ApplicationAutoScalingResponse, "list_tags_for_resource", list_tags_for_resource)
    add(ApplicationAutoScalingResponse, "tag_resource", tag_resource)
    add(ApplicationAutoScalingResponse, "untag_resource", untag_resource)


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


def _targets(response: Any) -> list[Any]:
    by_dimension = response.applicationautoscaling_backend.targets
    return [target for targets in by_dimension.values() for target in targets.values()]


def _target(response: Any, arn: str) -> Any:
    for target in _targets(response):
        if target.arn == arn:
            return target
    raise JsonRESTError("ResourceNotFoundException", f"No scalable target found for ARN: {arn}")
