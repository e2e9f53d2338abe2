"""What has to be so before anything is broken; each check says in a person's words what is wrong."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import botocore.exceptions

from modules.operations.drill.abort import under_way
from modules.operations.drill.clients import CloudWatch, Fis

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_rds import RDSClient

ALARMS_A_CALL = 100
"""Of DescribeAlarms."""
Check = Callable[[], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Precondition:
    """
    Attributes:
        wrong: nothing when it holds.
    """

    name: str
    wrong: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.wrong


def checked(checks: Mapping[str, Check]) -> list[Precondition]:
    """Asks each of them, also when one before does not hold: a person wants to know all that is wrong."""
    return [Precondition(name=name, wrong=tuple(_asked(check))) for name, check in checks.items()]


def steady_service(ecs: "ECSClient", cluster: str, service: str) -> Iterator[str]:
    """As many tasks run as are wanted, and nobody is deploying."""
    found = ecs.describe_services(cluster=cluster, services=[service])["services"]
    if not found or found[0]["status"] != "ACTIVE":
        yield f"there is no service {service} in the cluster {cluster}"
        return
    desired, running = found[0]["desiredCount"], found[0]["runningCount"]
    if desired == 0:
        yield f"{service} wants no task at all"
    if running != desired:
        yield f"{running} of {desired} tasks of {service} run"
    deployments = found[0]["deployments"]
    states = [one.get("rolloutState", "COMPLETED") for one in deployments]
    if "FAILED" in states:
        yield f"the last deployment of {service} failed: ECS may not replace its tasks; deploy again first"
    elif len(states) > 1 or any(state != "COMPLETED" for state in states):
        yield f"a deployment of {service} is under way ({', '.join(states)}); wait for its end"


def healthy_targets(elbv2: "ElasticLoadBalancingv2Client", target_group_arn: str) -> Iterator[str]:
    """A target group that is degraded already would blame its state on the fault.

    A target that drains is none of the fleet any more: autoscaling has let it go, or a deployment, which
    `steady_service` tells.
    """
    found = elbv2.describe_target_health(TargetGroupArn=target_group_arn)["TargetHealthDescriptions"]
    if not found:
        yield "the load balancer has no target"
    for one in found:
        health = one["TargetHealth"]
        if health["State"] not in ("healthy", "draining"):
            reason = f": {health['Reason']}" if health.get("Reason") else ""
            yield f"the target {one['Target']['Id']} is {health['State']}{reason}"


def quiet_alarms(cloudwatch: CloudWatch, names: Sequence[str]) -> Iterator[str]:
    """The alarms exist, and none of them is raised; AWS FIS would end an experiment at once whose stop condition is."""
    states: dict[str, str] = {}
    for first in range(0, len(names), ALARMS_A_CALL):
        answer = cloudwatch.describe_alarms(
            AlarmNames=list(names[first : first + ALARMS_A_CALL]), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        for alarm in (*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])):
            states[alarm["AlarmName"]] = alarm["StateValue"]
    for name in names:
        if name not in states:
            yield f"there is no alarm {name}"
        elif states[name] == "ALARM":
            yield f"the alarm {name} is raised"


def standby_database(rds: "RDSClient", identifier: str) -> Iterator[str]:
    """There is a standby to fail over to, and the database is not busy with something else."""
    found = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
    if not found["MultiAZ"]:
        yield (
            f"{identifier} is in one zone: there is no standby to fail over to, and a lost database comes back from "
            "its backup, by a restore to a point in time (30 to 60 minutes); set database.multi_az: true for this drill"
        )
    elif found["DBInstanceStatus"] != "available":
        yield f"{identifier} is {found['DBInstanceStatus']}; it has to be available"


def no_other_experiment(fis: Fis, template_ids: Collection[str]) -> Iterator[str]:
    """Two faults at once cannot be told apart."""
    for experiment in under_way(fis, template_ids):
        yield (
            f"the experiment {experiment['id']} is {experiment['state']['status']}; wait for its end, or end it with "
            "'make drill-abort'"
        )


def bounded_template(fis: Fis, template_id: str) -> Iterator[str]:
    """The template exists, an alarm ends its experiment, and hitting nothing is a failure."""
    try:
        template = fis.get_experiment_template(id=template_id)["experimentTemplate"]
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        yield f"there is no experiment template {template_id}; deploy the environment with drills first"
        return
    if not any(one["source"] != "none" for one in template.get("stopConditions", [])):
        yield f"the experiment template {template_id} has no stop condition: no alarm would end the fault"
    if template.get("experimentOptions", {}).get("emptyTargetResolutionMode", "fail") != "fail":
        yield f"the experiment template {template_id} may hit nothing without failing (emptyTargetResolutionMode)"


def _asked(check: Check) -> Iterator[str]:
    try:
        yield from check()
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        yield f"AWS does not say: {error}"
