"""ECS: the history of a service's deployments, by which Terraform's provider waits for a steady service
(terraform-provider-aws, internal/service/ecs/service.go, `statusServiceWaitForStable`)."""

import random
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.responses import EC2ContainerServiceResponse

from modules.rehearsal.gaps.patching import add

HISTORY = "deployment_history"
"""moto's service has it by this name, oldest first."""
ROLLED_BACK_TO = "rolledBackTo"
"""Key of a deployment: the id of the one that took over when it failed."""
COMPLETED_AT = "completedAt"
"""Key of a deployment that was the only one once."""


def install() -> None:
    add(EC2ContainerServiceResponse, "list_service_deployments", list_service_deployments)
    add(EC2ContainerServiceResponse, "describe_service_deployments", describe_service_deployments)


def new_deployment(service: Any, task_definition: str) -> dict[str, Any]:
    """The service's next deployment as DescribeServices has it; the ones before it become ACTIVE."""
    for former in service.deployments:
        former["status"] = "ACTIVE"
    now = utcnow()
    identifier = f"ecs-svc/{random.randrange(10**18, 10**19)}"
    deployment = {
        "id": identifier,
        "status": "PRIMARY",
        "taskDefinition": task_definition,
        "desiredCount": service.desired_count,
        "pendingCount": 0,
        "runningCount": 0,
        "failedTasks": 0,
        "createdAt": now,
        "updatedAt": now,
        "launchType": service.launch_type,
        "capacityProviderStrategy": getattr(service, "capacity_provider_strategy", None),
        "platformVersion": service.platform_version,
        "platformFamily": "Linux",
        "networkConfiguration": service.network_configuration,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {identifier} in progress.",
    }
    service.deployments.insert(0, deployment)
    _history(service).append(deployment)
    return deployment


def list_service_deployments(self: Any) -> ActionResult:
    cluster = self._get_param("cluster", "default")
    service = self.ecs_backend._get_service(cluster, self._get_param("service").split("/")[-1])
    wanted = self._get_param("status") or []
    after = (self._get_param("createdAt") or {}).get("after")
    found = [
        brief
        for deployment in reversed(_history(service))
        if (brief := _described(service, deployment)) and (not wanted or brief["status"] in wanted)
    ]
    return ActionResult({"serviceDeployments": [one for one in found if after is None or _is_later(one, after)]})


def describe_service_deployments(self: Any) -> ActionResult:
    wanted = self._get_param("serviceDeploymentArns") or []
    found = {
        described["serviceDeploymentArn"]: described
        for service in self.ecs_backend.services.values()
        for deployment in _history(service)
        if (described := _described(service, deployment))
    }
    failures = [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in found]
    return ActionResult({"serviceDeployments": [found[arn] for arn in wanted if arn in found], "failures": failures})


def _history(service: Any) -> list[dict[str, Any]]:
    if not hasattr(service, HISTORY):
        setattr(service, HISTORY, [])
    history: list[dict[str, Any]] = getattr(service, HISTORY)
    return history


def _described(service: Any, deployment: dict[str, Any]) -> dict[str, Any]:
    number = deployment["id"].rpartition("/")[2]
    arn = service.arn.replace(":service/", ":{}/") + f"/{number}"
    status = _status(service, deployment)
    configuration = getattr(service, "deployment_configuration", None)
    return {
        "serviceDeploymentArn": arn.format("service-deployment"),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "createdAt": deployment["createdAt"],
        "startedAt": deployment["createdAt"],
        "updatedAt": deployment["updatedAt"],
        "finishedAt": deployment["updatedAt"] if status != "IN_PROGRESS" else None,
        # Of AWS's the provider knows by it that the deployment is the one with this id.
        "targetServiceRevisionArn": arn.format("service-revision"),
        "targetServiceRevision": {
            "arn": arn.format("service-revision"),
            "requestedTaskCount": deployment["desiredCount"],
            "runningTaskCount": deployment["runningCount"],
            "pendingTaskCount": deployment["pendingCount"],
        },
        "status": status,
        "statusReason": None if status in ("SUCCESSFUL", "IN_PROGRESS") else deployment["rolloutStateReason"],
        "deploymentConfiguration": configuration,
    }


def _status(service: Any, deployment: dict[str, Any]) -> str:
    """Amazon ECS API, ServiceDeployment, "status"."""
    if COMPLETED_AT in deployment:
        return "SUCCESSFUL"
    if successor := deployment.get(ROLLED_BACK_TO):
        primary = service.deployments[0] if service.deployments else {}
        done = primary.get("id") == successor and primary.get("rolloutState") == "COMPLETED"
        return "ROLLBACK_SUCCESSFUL" if done or primary.get("id") != successor else "ROLLBACK_IN_PROGRESS"
    if deployment["rolloutState"] == "FAILED" or deployment not in service.deployments[:1]:
        return "STOPPED"
    return "IN_PROGRESS"


def _is_later(described: dict[str, Any], after: Any) -> bool:
    if not isinstance(after, datetime):
        after = datetime.fromtimestamp(float(after), UTC)
    # moto's own times are UTC without a zone.
    created: datetime = described["createdAt"].replace(tzinfo=UTC)
    earliest: datetime = after if after.tzinfo else after.replace(tzinfo=UTC)
    return created >= earliest
