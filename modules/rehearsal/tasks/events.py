"""What ECS tells EventBridge of tasks, deployments and services (Amazon ECS Developer Guide, "Amazon ECS events")."""

from datetime import UTC, datetime
from typing import Any

from moto.core.utils import utcnow

from modules.rehearsal import events

_SOURCE = "aws.ecs"
_TIMES = {
    "connectivityAt": "connectivity_at",
    "createdAt": "created_at",
    "executionStoppedAt": "execution_stopped_at",
    "pullStartedAt": "pull_started_at",
    "pullStoppedAt": "pull_stopped_at",
    "startedAt": "started_at",
    "stoppedAt": "stopped_at",
    "stoppingAt": "stopping_at",
}
_PLAIN = {
    "attachments": "attachments",
    "availabilityZone": "availability_zone",
    "capacityProviderName": "capacity_provider_name",
    "clusterArn": "cluster_arn",
    "connectivity": "connectivity",
    "cpu": "cpu",
    "desiredStatus": "desired_status",
    "enableExecuteCommand": "enable_execute_command",
    "group": "group",
    "launchType": "launch_type",
    "lastStatus": "last_status",
    "memory": "memory",
    "overrides": "overrides",
    "platformVersion": "platform_version",
    "startedBy": "started_by",
    "stopCode": "stop_code",
    "stoppedReason": "stopped_reason",
    "taskArn": "task_arn",
    "taskDefinitionArn": "task_definition_arn",
    "version": "version",
}


def task_state_change(task: Any) -> None:
    detail = {name: getattr(task, attribute, None) for name, attribute in _PLAIN.items()}
    detail |= {name: _written(getattr(task, attribute, None)) for name, attribute in _TIMES.items()}
    detail["containers"] = [_container(container, task) for container in task.containers]
    detail["updatedAt"] = _written(utcnow())
    stated = {name: value for name, value in detail.items() if value not in (None, "")}
    events.put(task.region_name, _SOURCE, "ECS Task State Change", [task.task_arn], stated)


def deployment_state_change(service: Any, deployment: dict[str, Any], name: str, reason: str) -> None:
    """
    Args:
        name: IN_PROGRESS, COMPLETED or FAILED.
    """
    detail = {
        "eventType": "ERROR" if name == "FAILED" else "INFO",
        "eventName": f"SERVICE_DEPLOYMENT_{name}",
        "deploymentId": deployment["id"],
        "updatedAt": _written(utcnow()),
        "reason": reason,
    }
    events.put(service.region_name, _SOURCE, "ECS Deployment State Change", [service.arn], detail)


def service_action(service: Any, kind: str, name: str, reason: str | None = None) -> None:
    """
    Args:
        kind: INFO, WARN or ERROR.
        name: e.g. SERVICE_STEADY_STATE.
    """
    detail = {
        "eventType": kind,
        "eventName": name,
        "clusterArn": service.cluster_arn,
        "createdAt": _written(utcnow()),
    }
    if reason:
        detail["reason"] = reason
    events.put(service.region_name, _SOURCE, "ECS Service Action", [service.arn], detail)


def _container(container: Any, task: Any) -> dict[str, Any]:
    said = {
        "containerArn": container.container_arn,
        "exitCode": container.exitCode,
        "image": container.image,
        "lastStatus": container.last_status,
        "name": container.name,
        "reason": getattr(container, "reason", None),
        "taskArn": task.task_arn,
        "healthStatus": container.health_status,
    }
    return {name: value for name, value in said.items() if value is not None}


def _written(moment: datetime | None) -> str | None:
    """moto's times are UTC without a zone."""
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
