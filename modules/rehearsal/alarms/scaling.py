"""Application Auto Scaling of ECS services: what a policy, a schedule or new bounds do to the desired count."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.exceptions import JsonRESTError, ServiceException

from modules.rehearsal.alarms import capacity, schedules
from modules.rehearsal.control_plane import backends
from modules.rehearsal.gaps.ecs import runs_on_fargate

_DEFAULT_COOLDOWN_SECONDS = 300
"""API_TargetTrackingScalingPolicyConfiguration: of ECS services; of step scaling too."""


@dataclass(frozen=True)
class _Change:
    """What a policy did last, until its cooldown is over."""

    before: int
    after: int
    cool_at: float


class Scaling:
    """Carries out policies and schedules; called with the control plane's lock held."""

    def __init__(self, paced: Callable[[float], float], clock: Callable[[], float] = time.time) -> None:
        """
        Args:
            paced: how long one of AWS's own waits takes here, in seconds.
            clock: seconds since the epoch.
        """
        self._paced = paced
        self._clock = clock
        self._last: dict[str, _Change] = {}
        self._schedules_followed_until = clock()
        self.unsupported: dict[str, str] = {}

    def carry_out(self, region: str, action: str, alarm: Any, value: float | None) -> None:
        """A policy, named by an alarm's action, at the alarm's value."""
        for backend in backends(applicationautoscaling_backends):
            for policy in list(backend.policies.values()):
                # Target tracking's own alarms append who made them.
                if backend.region_name == region and action.split(":createdBy")[0] == policy.policy_arn:
                    self._carry_out(backend, policy, alarm, value)

    def _carry_out(self, backend: Any, policy: Any, alarm: Any, value: float | None) -> None:
        target = backend.targets.get(policy.scalable_dimension, {}).get(policy.resource_id)
        current = desired_count(backend, policy.resource_id)
        if target is None or current is None or value is None:
            return
        last = self._last.get(policy.policy_arn)
        cooling = last is not None and self._clock() < last.cool_at
        if policy.policy_type == "StepScaling":
            configuration = policy.step_scaling_policy_configuration
            cooldown = {True: configuration.get("Cooldown"), False: configuration.get("Cooldown")}
            base = last.before if last and cooling and last.after > last.before else current
            wanted = capacity.after_step(
                configuration, current=current, base=base, beyond_threshold=value - alarm.threshold
            )
        else:
            configuration = policy.target_tracking_scaling_policy_configuration
            cooldown = {True: configuration.get("ScaleOutCooldown"), False: configuration.get("ScaleInCooldown")}
            wanted = capacity.for_target(current=current, value=value, target=float(configuration["TargetValue"]))
            if "LessThan" in alarm.comparison_operator and wanted >= current:
                return
            if wanted < current and configuration.get("DisableScaleIn"):
                return
        out = wanted > current
        if not out and _is_deploying(backend, policy.resource_id):
            return
        if cooling and last is not None and not self._may_while_cooling(last, out):
            return
        bounded = capacity.within(wanted, target.min_capacity, target.max_capacity)
        # At its bound already, or beyond it on the side that it wants to leave.
        if bounded == current or (bounded > current) is not out:
            return
        stated = cooldown[out]
        seconds = self._paced(_DEFAULT_COOLDOWN_SECONDS if stated is None else stated)
        before = last.before if last and cooling and out and last.after > last.before else current
        self._last[policy.policy_arn] = _Change(before, bounded, self._clock() + seconds)
        cause = f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.policy_name}"
        set_desired_count(backend, policy.resource_id, policy.scalable_dimension, bounded, cause)

    def _may_while_cooling(self, last: _Change, out: bool) -> bool:
        """API_StepScalingPolicyConfiguration, "Cooldown": an increase may grow meanwhile, and may follow a decrease at
        once; decreases wait."""
        return out or last.after > last.before

    def follow_schedules(self) -> None:
        """Carries out each scheduled action that became due since the last call: by the clock, whatever the pace."""
        after, until = (datetime.fromtimestamp(one, UTC) for one in (self._schedules_followed_until, self._clock()))
        for backend in backends(applicationautoscaling_backends):
            for action in backend.scheduled_actions:
                created = datetime.fromtimestamp(action.creation_time, UTC)
                try:
                    due = schedules.is_due(
                        action.schedule, action.timezone, after=max(after, created), until=until, created=created
                    )
                except schedules.UnsupportedScheduleError as error:
                    self.unsupported[action.scheduled_action_name] = str(error)
                    continue
                if due:
                    _set_bounds(backend, action)
        self._schedules_followed_until = until.timestamp()


def _set_bounds(backend: Any, action: Any) -> None:
    target = backend.targets.get(action.scalable_dimension, {}).get(action.resource_id)
    if target is None:
        return
    bounds = action.scalable_target_action or {}
    target.update(bounds.get("MinCapacity"), bounds.get("MaxCapacity"), None)
    keep_within_bounds(backend, target, f"scheduled action name {action.scheduled_action_name} was triggered")


def keep_within_bounds(backend: Any, target: Any, cause: str | None = None) -> None:
    """Sets the desired count to the bound that it is beyond, as when bounds are registered or scheduled."""
    current = desired_count(backend, target.resource_id)
    if current is None or target.min_capacity is None or target.max_capacity is None:
        return
    bounded = capacity.within(current, int(target.min_capacity), int(target.max_capacity))
    if bounded != current:
        bound = "minimum" if bounded > current else "maximum"
        said = cause or f"{bound} capacity was set to {bounded}"
        set_desired_count(backend, target.resource_id, target.scalable_dimension, bounded, said)


def _is_deploying(backend: Any, resource_id: str) -> bool:
    """Scale-in is off meanwhile (ECS Developer Guide, "Troubleshooting service auto scaling")."""
    service = _service(backend, resource_id)
    return runs_on_fargate(service) and any(one["rolloutState"] == "IN_PROGRESS" for one in service.deployments)


def desired_count(backend: Any, resource_id: str) -> int | None:
    """Of the service that the resource, service/<cluster>/<name>, is; None without one."""
    service = _service(backend, resource_id)
    return service.desired_count if service is not None and service.status == "ACTIVE" else None


def _service(backend: Any, resource_id: str) -> Any:
    kind, _, path = resource_id.partition("/")
    cluster, _, name = path.partition("/")
    return backend.ecs_backend.services.get(f"{cluster}:{name}") if kind == "service" else None


def set_desired_count(backend: Any, resource_id: str, dimension: str, wanted: int, cause: str) -> None:
    """Updates the service, and records the activity that DescribeScalingActivities tells of."""
    _, cluster, name = resource_id.split("/")
    began = time.time()
    try:
        backend.ecs_backend.update_service({"cluster": cluster, "service": name, "desired_count": wanted})
        status = "Successful"
        message = f"Successfully set desired count to {wanted}. Change successfully fulfilled by ecs."
    except (JsonRESTError, ServiceException) as error:
        status, message = "Failed", f"Failed to set desired count to {wanted}: {error}"
    backend.scaling_activities.appendleft(
        {
            "ActivityId": str(uuid4()),
            "ServiceNamespace": "ecs",
            "ResourceId": resource_id,
            "ScalableDimension": dimension,
            "Description": f"Setting desired count to {wanted}.",
            "Cause": cause,
            "StartTime": began,
            "EndTime": time.time(),
            "StatusCode": status,
            "StatusMessage": message,
        }
    )
