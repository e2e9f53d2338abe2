"""Drills that could not be carried out are refused before a deployment."""

from modules.environment_file import load
from modules.settings.change import changed

from .conftest import findings, the_only_finding


def test_the_projects_environments_can_be_drilled() -> None:
    assert not findings(load("benchmark"), "drills")
    assert not findings(load("production"), "drills")


def test_a_share_of_less_than_one_task_is_refused_with_the_share_that_would_do() -> None:
    # Autoscaling leaves two tasks at the least.
    environment = changed(load("benchmark"), {"drills.share_percent": 49})
    message = the_only_finding(environment, "drills", "error")
    assert "drills.share_percent 49 of 2 tasks is less than one task" in message
    assert "set it to 50 or more" in message
    assert not findings(changed(environment, {"drills.share_percent": 50}), "drills")


def test_without_drills_no_share_is_asked_for() -> None:
    assert not findings(changed(load("benchmark"), {"drills": None}), "drills")


def test_operators_shells_and_a_hanging_task_exclude_each_other() -> None:
    both = changed(load("benchmark"), {"drills.hanging_task": True, "service.ecs_exec": True})
    assert "one SSM agent" in the_only_finding(both, "drills", "error")
    assert not findings(changed(both, {"service.ecs_exec": False}), "drills")
