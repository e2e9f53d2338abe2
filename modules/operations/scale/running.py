"""How many tasks run, and who decides that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from modules.operations.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

DIMENSION = "ecs:service:DesiredCount"


class ApplicationAutoscaling(Protocol):
    """`boto3.client("application-autoscaling")`, for which the project has no typed client."""

    def describe_scalable_targets(self, **request: Any) -> Mapping[str, Any]: ...

    def register_scalable_target(self, **request: Any) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Running:
    """
    Attributes:
        healthy: targets that the load balancer sends requests to.
        deployments: of ECS; more than one while tasks are being replaced.
        minimum, maximum: autoscaling's bounds; None where nothing scales the service.
    """

    wanted: int
    running: int
    healthy: int
    deployments: int
    load_balancer: str
    target_group_arn: str
    minimum: int | None
    maximum: int | None

    @property
    def steady(self) -> bool:
        return self.wanted == self.running == self.healthy


def find_running(
    ecs: "ECSClient",
    elbv2: "ElasticLoadBalancingv2Client",
    autoscaling: ApplicationAutoscaling,
    outputs: Outputs,
) -> Running:
    """
    Raises:
        botocore.exceptions.ClientError: something of the deployment is gone.
    """
    service = ecs.describe_services(cluster=outputs.cluster, services=[outputs.service])["services"][0]
    group_arn = service["loadBalancers"][0]["targetGroupArn"]
    group = elbv2.describe_target_groups(TargetGroupArns=[group_arn])["TargetGroups"][0]
    targets = elbv2.describe_target_health(TargetGroupArn=group_arn)["TargetHealthDescriptions"]
    bounds = autoscaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[resource_id(outputs)], ScalableDimension=DIMENSION
    )["ScalableTargets"]
    return Running(
        wanted=service["desiredCount"],
        running=service["runningCount"],
        healthy=sum(target["TargetHealth"]["State"] == "healthy" for target in targets),
        deployments=len(service["deployments"]),
        load_balancer=group["LoadBalancerArns"][0].partition(":loadbalancer/")[2],
        target_group_arn=group_arn,
        minimum=bounds[0]["MinCapacity"] if bounds else None,
        maximum=bounds[0]["MaxCapacity"] if bounds else None,
    )


def resource_id(outputs: Outputs) -> str:
    return f"service/{outputs.cluster}/{outputs.service}"
