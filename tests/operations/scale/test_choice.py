"""What `make scale` sets, what it refuses, and what it says becomes of it."""

import pytest

from modules import environment_file, rules
from modules.operations.scale.choice import RefusedError, Scaling, Wish, as_it_runs, choose
from modules.operations.scale.running import Running
from modules.settings import Environment
from modules.settings.change import changed

BENCHMARK, DEV = environment_file.load("benchmark"), environment_file.load("dev")


def running(wanted: int, minimum: int | None = None, maximum: int | None = None, deployments: int = 1) -> Running:
    return Running(
        wanted=wanted,
        running=wanted,
        healthy=wanted,
        deployments=deployments,
        load_balancer="app/x/1",
        target_group_arn="arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/x/1",
        minimum=minimum,
        maximum=maximum,
    )


def stopping(environment: Environment) -> list[str]:
    return [f"{finding.rule}: {finding.message}" for finding in rules.errors(rules.check(environment))]


def chosen(environment: Environment, now: Running, **wish: int) -> Scaling:
    return choose(environment, now, Wish(**wish), stopping)


def test_without_autoscaling_the_number_is_set_and_the_next_deployment_sets_it_back() -> None:
    scaling = chosen(changed(DEV, {"litellm.database_connection_pool": 5}), running(2), tasks=3)
    assert (scaling.tasks, scaling.minimum, scaling.maximum) == (3, None, None)
    assert scaling.lines == "service:\n  desired_tasks: 3"
    assert scaling.next_deployment == "sets the number of tasks back to the file's 2"
    assert scaling.way_back == "TASKS=2"


def test_with_autoscaling_the_number_is_the_minimum_too_so_that_it_is_not_undone() -> None:
    scaling = chosen(BENCHMARK, running(4, 2, 10), tasks=8)
    assert (scaling.tasks, scaling.minimum, scaling.maximum) == (8, 8, 10)
    assert scaling.lines == "service:\n  desired_tasks: 8\n  autoscaling:\n    minimum_tasks: 8"
    assert scaling.next_deployment.startswith("sets the bounds back to the file's 2 to 10")
    assert scaling.way_back == "TASKS=4 MINIMUM_TASKS=2 MAXIMUM_TASKS=10"


def test_the_way_back_is_the_file_again() -> None:
    scaling = chosen(BENCHMARK, running(8, 8, 10), tasks=4, minimum=2, maximum=10)
    assert (scaling.tasks, scaling.minimum, scaling.maximum) == (4, 2, 10)
    assert scaling.lines == ""


@pytest.mark.parametrize(
    ("wish", "becomes"),
    [
        ({"minimum": 6}, (6, 6, 10)),
        ({"maximum": 8}, (4, 2, 8)),
        ({"tasks": 8, "maximum": 8}, (8, 8, 8)),
        ({"tasks": 3}, (3, 3, 10)),
        ({"tasks": 6, "minimum": 4}, (6, 4, 10)),
    ],
)
def test_what_is_not_stated_stays_as_far_as_it_can(wish: dict[str, int], becomes: tuple[int, int, int]) -> None:
    scaling = chosen(BENCHMARK, running(4, 2, 10), **wish)
    assert (scaling.tasks, scaling.minimum, scaling.maximum) == becomes


def test_more_tasks_than_the_database_has_connections_for_are_refused_although_auto_would_fit_in_a_deployment() -> None:
    with pytest.raises(RefusedError) as refused:
        chosen(BENCHMARK, running(4, 2, 10), tasks=12)
    said = str(refused.value)
    assert "connection_budget: 3 connections x 4 workers x 18 tasks" in said
    assert (
        "can be deployed: service: desired_tasks: 12 autoscaling: minimum_tasks: 12 maximum_tasks: 12 in "
        "environments/benchmark.yaml; workers' pools go from 3 to 2 connections" in said
    )


@pytest.mark.parametrize(
    ("environment", "now", "wish", "why"),
    [
        (DEV, running(2), {"maximum": 4}, "dev has no autoscaling"),
        (DEV, running(2), {"tasks": 1}, "fewer than the 2 availability zones"),
        (BENCHMARK, running(4, 2, 10), {"tasks": 6, "minimum": 8}, "service.desired_tasks 6 is not between"),
        (BENCHMARK, running(4, 2, 10), {"minimum": 6, "maximum": 5}, "minimum_tasks 6 exceeds maximum_tasks 5"),
        (BENCHMARK, running(4, 2, 10, deployments=2), {"tasks": 6}, "being replaced by a deployment"),
    ],
)
def test_what_is_refused_is_said_in_a_line(
    environment: Environment, now: Running, wish: dict[str, int], why: str
) -> None:
    with pytest.raises(RefusedError, match=why) as refused:
        chosen(environment, now, **wish)
    assert all(": " in line for line in str(refused.value).splitlines()[1:])


def test_with_schedules_the_next_moment_of_theirs_decides() -> None:
    office = {"name": "office", "cron": "0 7 ? * MON-FRI *", "minimum_tasks": 4, "maximum_tasks": 10}
    environment = changed(BENCHMARK, {"service.autoscaling.schedules": [office]})
    scaling = chosen(environment, running(4, 2, 10), tasks=6)
    assert "the next moment of service.autoscaling.schedules" in scaling.next_deployment


def test_what_runs_keeps_the_pools_that_it_was_deployed_with() -> None:
    now = as_it_runs(BENCHMARK, running(8, 8, 14))
    assert now.service.desired_tasks == 8
    assert now.litellm.database_connection_pool == 3
