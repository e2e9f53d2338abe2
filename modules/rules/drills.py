"""Drills: a fault that AWS FIS could not cause."""

from collections.abc import Iterator

from modules.rules.finding import Finding, Rule
from modules.settings import Environment


def share_is_a_task(environment: Environment) -> Iterator[Finding]:
    if environment.drills is None:
        return
    share, tasks = environment.drills.share_percent, environment.service.minimum_tasks
    if share * tasks < 100:
        yield Finding(
            rule="drills",
            severity="error",
            message=(
                f"drills.share_percent {share} of {tasks} tasks is less than one task: the experiment would find "
                f"nothing to stop; set it to {-(-100 // tasks)} or more"
            ),
        )


def agent_is_alone(environment: Environment) -> Iterator[Finding]:
    """AWS FIS User Guide, "Use the AWS FIS aws:ecs:task actions", "Limitations": ECS Exec has to be off."""
    if environment.drills and environment.drills.hanging_task and environment.service.ecs_exec:
        yield Finding(
            rule="drills",
            severity="error",
            message=(
                "drills.hanging_task and service.ecs_exec are both on, but a task has room for one SSM agent: AWS FIS "
                "needs ECS Exec off; set one of them to false"
            ),
        )


RULES: tuple[Rule, ...] = (share_is_a_task, agent_is_alone)
