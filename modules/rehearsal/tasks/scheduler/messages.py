"""What a service says in its events, worded as ECS does (Developer Guide, "Amazon ECS service event messages")."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.utils import utcnow

_KEPT = 100
"""Amazon ECS API, Service, "events": the latest 100."""


def say(service: Any, message: str) -> None:
    event = {"id": str(uuid.uuid4()), "createdAt": utcnow(), "message": f"(service {service.name}) {message}"}
    service.events.insert(0, event)
    del service.events[_KEPT:]


def started(service: Any, task_ids: Sequence[str]) -> None:
    say(service, f"has started {len(task_ids)} tasks: {_listed(task_ids)}.")


def stopped(service: Any, task_ids: Sequence[str]) -> None:
    say(service, f"has stopped {len(task_ids)} running tasks: {_listed(task_ids)}.")


def steady(service: Any) -> None:
    say(service, "has reached a steady state.")


def completed(service: Any, deployment_id: str) -> None:
    say(service, f"(deployment {deployment_id}) deployment completed.")


def failed(service: Any, deployment_id: str, why: str) -> None:
    say(service, f"(deployment {deployment_id}) deployment failed: {why}.")


def rolling_back(service: Any, deployment_id: str) -> None:
    say(service, f"rolling back to deployment {deployment_id}.")


def impaired(service: Any) -> None:
    say(service, "is unable to consistently start tasks successfully.")


def unhealthy_target(service: Any, task_id: str, port: int, target_group: str) -> None:
    say(
        service,
        f"(task {task_id}) (port {port}) is unhealthy in (target-group {target_group}) due to (reason Health checks "
        "failed).",
    )


def unhealthy_container(service: Any, task_id: str) -> None:
    say(service, f"(task {task_id}) failed container health checks.")


def nowhere_to_place(service: Any) -> None:
    say(service, "was unable to place a task. Reason: Capacity is unavailable at this time.")


def uneven(service: Any, tasks: Mapping[str, int]) -> None:
    """
    Args:
        tasks: how many, by zone.
    """
    say(service, f"is not AZ balanced with {_by_zone(tasks)}. AZ Rebalancing in progress.")


def even(service: Any, tasks: Mapping[str, int]) -> None:
    say(service, f"is AZ balanced with {_by_zone(tasks)}.")


def started_to_rebalance(service: Any, zone: str, task_ids: Sequence[str]) -> None:
    say(service, f"has started {len(task_ids)} tasks in {zone} to AZ Rebalance: {_listed(task_ids)}.")


def stopped_to_rebalance(service: Any, zone: str, task_ids: Sequence[str]) -> None:
    say(service, f"has stopped {len(task_ids)} running tasks in {zone} due to AZ rebalancing: {_listed(task_ids)}.")


def _by_zone(tasks: Mapping[str, int]) -> str:
    *others, last = [f"{count} tasks in {zone}" for zone, count in tasks.items()]
    return f"{', '.join(others)} and {last}" if others else last


def _listed(task_ids: Sequence[str]) -> str:
    return " ".join(f"(task {task_id})" for task_id in task_ids)
