"""Which of ECS's events ring: the pattern against events as ECS sends them, on moto's matching."""

import json
import re
from typing import Any

import pytest
from moto.events.models import EventPattern

from .conftest import ACCOUNT_ID, Environments, Json, Variant, named, referenced, resources

CLUSTER = f"arn:aws:ecs:us-east-1:{ACCOUNT_ID}:cluster/production-litellm"
SERVICE = f"arn:aws:ecs:us-east-1:{ACCOUNT_ID}:service/production-litellm/production-litellm"
NAMES = {
    "${aws_ecs_cluster.cluster.name}": "production-litellm",
    "${aws_ecs_service.service.name}": "production-litellm",
}


@pytest.fixture
def stack(variant: Variant) -> Json:
    return variant("production", account_id=ACCOUNT_ID).environment


def pattern(stack: Json, rule: str) -> EventPattern:
    text = named(stack, "aws_cloudwatch_event_rule", f"production-litellm-{rule}")["event_pattern"]
    for reference, name in NAMES.items():
        text = text.replace(reference, name)
    assert "${" not in text
    return EventPattern.load(text)


def event(detail_type: str, detail: Json, **more: Any) -> Any:
    return {"source": "aws.ecs", "detail-type": detail_type, "account": ACCOUNT_ID, "detail": detail, **more}


def stop(code: str, reason: str, **detail: str) -> Any:
    return event(
        "ECS Task State Change",
        {
            "clusterArn": CLUSTER,
            "group": "service:production-litellm",
            "lastStatus": "STOPPED",
            "stopCode": code,
            "stoppedReason": reason,
            **detail,
        },
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("EssentialContainerExited", "Essential container in task exited"),
        ("TaskFailedToStart", "CannotPullContainerError: pull image manifest has been retried 5 time(s)"),
        ("SpotInterruption", "Your Spot Task was interrupted."),
        ("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:x)"),
        (
            "ServiceSchedulerInitiated",
            "ECS is performing maintenance on the underlying infrastructure hosting the task",
        ),
    ],
)
def test_a_stop_that_nobody_asked_for_rings(stack: Json, code: str, reason: str) -> None:
    """operations.md, section 2: reasons as seen in real events."""
    assert pattern(stack, "task-stopped").matches_event(stop(code, reason))


@pytest.mark.parametrize(
    "quiet",
    [
        stop("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1234567890123456789)"),
        stop("UserInitiated", "Task stopped by user: drill"),
        stop("EssentialContainerExited", "Essential container in task exited", lastStatus="DEPROVISIONING"),
        stop("EssentialContainerExited", "Essential container in task exited", group="family:production-litellm"),
        stop("EssentialContainerExited", "Essential container in task exited", clusterArn=f"{CLUSTER}-other"),
    ],
    ids=["deployment or scaling", "person or drill", "still stopping", "a task of its own", "another cluster"],
)
def test_a_deployment_scaling_a_drill_and_what_is_not_ours_stay_quiet(stack: Json, quiet: Any) -> None:
    assert not pattern(stack, "task-stopped").matches_event(quiet)


def test_a_failed_deployment_of_this_service_rings_and_a_finished_one_does_not(stack: Json) -> None:
    deployments = pattern(stack, "deployment-failed")

    def deployment(name: str, service: str) -> Any:
        return event("ECS Deployment State Change", {"eventName": name}, resources=[service])

    assert deployments.matches_event(deployment("SERVICE_DEPLOYMENT_FAILED", SERVICE))
    assert not deployments.matches_event(deployment("SERVICE_DEPLOYMENT_COMPLETED", SERVICE))
    assert not deployments.matches_event(deployment("SERVICE_DEPLOYMENT_FAILED", f"{SERVICE}-other"))


@pytest.mark.parametrize(
    ("name", "rings"),
    [
        ("SERVICE_TASK_PLACEMENT_FAILURE", True),
        ("SERVICE_TASK_START_IMPAIRED", True),
        ("SERVICE_STEADY_STATE", False),
    ],
)
def test_tasks_that_cannot_start_ring(stack: Json, name: str, rings: bool) -> None:
    action = event("ECS Service Action", {"eventName": name}, resources=[SERVICE])
    assert pattern(stack, "task-not-placed").matches_event(action) is rings


def test_each_event_reaches_the_topic_as_a_sentence_with_all_its_blanks_filled(environments: Environments) -> None:
    for stacks in environments.values():
        targets = resources(stacks.environment, "aws_cloudwatch_event_target")
        assert len(targets) == len(resources(stacks.environment, "aws_cloudwatch_event_rule")) == 3
        for target in targets:
            referenced(stacks.environment, target["rule"], "name")
            assert referenced(stacks.environment, target["arn"], "arn")["policy"]
            # A role would keep messages from an encrypted topic.
            assert "role_arn" not in target
            transformer = target["input_transformer"]
            lines = transformer["input_template"].split("\n")
            assert all(isinstance(json.loads(line), str) for line in lines)
            assert set(re.findall(r"<(\w+)>", transformer["input_template"])) == set(transformer["input_paths"])
            assert all(path.startswith("$.") for path in transformer["input_paths"].values())
