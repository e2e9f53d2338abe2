"""CloudTrail: one trail among several."""

import json
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend
from moto.cloudtrail.responses import CloudTrailResponse

from modules.rehearsal.gaps.patching import Method, wrap


def install() -> None:
    wrap(CloudTrailResponse, "describe_trails", describe_only_the_trails_that_are_asked_for)
    wrap(CloudTrailBackend, "delete_trail", delete_a_trail_by_its_arn_too)


def describe_only_the_trails_that_are_asked_for(original: Method, response: Any) -> str:
    """AWS describes the trails that are named, by name or ARN; moto describes all, and Terraform wants one."""
    trails = json.loads(original(response))["trailList"]
    wanted = response._get_param("trailNameList")
    return json.dumps(
        {"trailList": [one for one in trails if not wanted or one["Name"] in wanted or one["TrailARN"] in wanted]}
    )


def delete_a_trail_by_its_arn_too(original: Method, backend: Any, name: str) -> None:
    """AWS takes a name or an ARN; moto takes the name and says nothing when it has deleted nothing."""
    original(backend, backend.get_trail(name).trail_name)
