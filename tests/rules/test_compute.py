"""What the rules say of shells in tasks and of Spot."""

from typing import Any

import pytest

from modules.environment_file import load
from modules.settings import Environment

from .conftest import findings

PRODUCTION = load("production")


def changed(**service: Any) -> Environment:
    content = PRODUCTION.model_dump()
    content["service"] |= service
    return Environment.model_validate(content)


def test_a_shell_in_a_task_that_cannot_be_written_to_is_refused() -> None:
    (finding,) = findings(changed(ecs_exec=True, read_only_root_filesystem=True), "ecs_exec")
    assert finding.severity == "error"
    assert "the agent of ECS Exec writes to the container's root file system" in finding.message
    assert finding.message.endswith("set service.read_only_root_filesystem: false, or service.ecs_exec: false")


@pytest.mark.parametrize(("ecs_exec", "read_only"), [(True, False), (False, True), (False, False)])
def test_either_alone_is_let_pass(ecs_exec: bool, read_only: bool) -> None:
    assert findings(changed(ecs_exec=ecs_exec, read_only_root_filesystem=read_only), "ecs_exec") == []


def test_without_spot_there_is_nothing_to_say_about_it() -> None:
    assert findings(changed(spot=None), "spot") == []


def test_fewer_tasks_on_demand_than_zones_are_a_warning() -> None:
    """AWS may take back all Spot tasks of a zone together: then nobody serves there until capacity is found."""
    assert len(PRODUCTION.availability_zones) == 2
    assert findings(changed(spot={"on_demand_tasks": 2, "percent": 50}), "spot") == []
    (finding,) = findings(changed(spot={"on_demand_tasks": 1, "percent": 50}), "spot")
    assert finding.severity == "warning"
    assert "service.spot.on_demand_tasks 1 is below the 2 availability_zones" in finding.message


def test_spot_that_never_comes_to_use_is_a_warning() -> None:
    most = PRODUCTION.service.maximum_tasks
    assert findings(changed(spot={"on_demand_tasks": most - 1, "percent": 50}), "spot") == []
    (finding,) = findings(changed(spot={"on_demand_tasks": most, "percent": 50}), "spot")
    assert finding.severity == "warning"
    assert f"service.spot.on_demand_tasks {most} covers all of the {most} tasks" in finding.message


@pytest.mark.parametrize("percent", [0, 100])
def test_a_share_of_nothing_or_of_everything_is_no_share(percent: int) -> None:
    with pytest.raises(ValueError, match="percent"):
        changed(spot={"on_demand_tasks": 2, "percent": percent})
