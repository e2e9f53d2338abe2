"""What ECS tells about the service's tasks and deployments, to the topic."""

import json
from typing import Any

from constructs import Construct

from modules.architecture import aws
from modules.architecture.alarms import Alarms
from modules.architecture.metrics import event_rule_metric
from modules.architecture.service import Service
from modules.target import Target

Pattern = dict[str, Any]

BY_ITSELF = ("EssentialContainerExited", "TaskFailedToStart", "SpotInterruption", "TerminationNotice")
"""Amazon ECS API, TaskStopCode: nobody asked for these stops."""
BY_PLAN = "Scaling activity initiated by"
"""How ECS begins its reason when it stops tasks by plan, as seen in events of deployments and of scaling. What it says
when it stops a task to rebalance the zones is documented nowhere: if such a stop rings, its beginning belongs here."""


def unexpected_stops(cluster_arn: str, service_name: str) -> Pattern:
    """Crashes, failed starts, failed health checks, Spot and maintenance; neither deployments and scaling nor what a
    person or a drill stops (stop code UserInitiated)."""
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [cluster_arn],
            "group": [f"service:{service_name}"],
            "lastStatus": ["STOPPED"],
            "$or": [
                {"stopCode": list(BY_ITSELF)},
                {
                    "stopCode": ["ServiceSchedulerInitiated"],
                    "stoppedReason": [{"anything-but": {"prefix": BY_PLAN}}],
                },
            ],
        },
    }


def failed_deployments(service_arn: str) -> Pattern:
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": [service_arn],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }


def tasks_that_cannot_start(service_arn: str) -> Pattern:
    """Amazon ECS Developer Guide, "Amazon ECS service action events"."""
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Service Action"],
        "resources": [service_arn],
        "detail": {"eventName": ["SERVICE_TASK_PLACEMENT_FAILURE", "SERVICE_TASK_START_IMPAIRED"]},
    }


class TaskEvents(Construct):
    """A message that says which task stopped and why, and an alarm for each kind of event.

    The message has the details; the alarm has a state, for dashboards, drills and whoever was not there.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, target: Target, alarms: Alarms, service: Service
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._alarms = alarms
        arn = f"arn:aws:ecs:{target.region}:{target.account_id}"
        cluster_arn = f"{arn}:cluster/{service.cluster_name}"
        service_arn = f"{arn}:service/{service.cluster_name}/{service.service_name}"
        self._rule(
            "task_stopped",
            description="A task stopped unexpectedly",
            pattern=unexpected_stops(cluster_arn, service.service_name),
            paths={
                "task": "$.detail.taskArn",
                "zone": "$.detail.availabilityZone",
                "code": "$.detail.stopCode",
                "reason": "$.detail.stoppedReason",
                "time": "$.time",
            },
            message=(f"{name}: a task in <zone> stopped unexpectedly at <time>.", "<code>: <reason>", "<task>"),
        )
        self._rule(
            "deployment_failed",
            description="A deployment of the service failed",
            pattern=failed_deployments(service_arn),
            paths={"reason": "$.detail.reason", "deployment": "$.detail.deploymentId", "time": "$.time"},
            message=(f"{name}: deployment <deployment> failed at <time>.", "<reason>"),
        )
        self._rule(
            "task_not_placed",
            description="ECS cannot start the tasks that the service wants",
            pattern=tasks_that_cannot_start(service_arn),
            paths={"event": "$.detail.eventName", "reason": "$.detail.reason", "time": "$.time"},
            message=(f"{name}: ECS could not start a task at <time>.", "<event>: <reason>"),
        )

    def _rule(
        self, id_: str, *, description: str, pattern: Pattern, paths: dict[str, str], message: tuple[str, ...]
    ) -> None:
        rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
            self,
            f"{id_}_rule",
            name=f"{self._name}-{id_.replace('_', '-')}",
            description=description,
            event_pattern=json.dumps(pattern),
        )
        aws.cloudwatch_event_target.CloudwatchEventTarget(
            self,
            f"{id_}_to_topic",
            rule=rule.name,
            target_id="notifications",
            arn=self._alarms.topic_arn,
            input_transformer=aws.cloudwatch_event_target.CloudwatchEventTargetInputTransformer(
                input_paths=paths,
                # A quoted string for each line, as EventBridge takes text ("Input transformation").
                input_template="\n".join(f'"{line}"' for line in message),
            ),
        )
        self._alarms.add(
            self,
            id_,
            meaning="cause",
            description=description,
            watched=event_rule_metric(rule.name),
            comparison="GreaterThanThreshold",
            threshold=0,
            minutes=1,
            missing="notBreaching",
        )
