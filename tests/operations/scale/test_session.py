"""Scaling against AWS's answers, each held to botocore's model of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from modules import environment_file
from modules.operations.rollout import RolloutError
from modules.operations.scale import right_size, tables
from modules.operations.scale.carry_out import Moment, carry_out
from modules.operations.scale.choice import Scaling
from modules.operations.scale.history import History, Series, read_history
from modules.operations.scale.running import Running, find_running
from modules.operations.table import Table
from tests.operations.drill.shapes import PlayedClient
from tests.operations.drill.test_deployed import BALANCER, GROUP, OUTPUTS

BENCHMARK = environment_file.load("benchmark")


def words(table: Table) -> str:
    """What it says, however wide its columns are."""
    return " ".join(str(table).split())


def find(**bounds: int) -> Running:
    service = {
        "desiredCount": 4,
        "runningCount": 3,
        "deployments": [{"status": "PRIMARY"}],
        "loadBalancers": [{"targetGroupArn": GROUP}],
    }
    targets = [{"TargetHealth": {"State": state}} for state in ("healthy", "healthy", "draining", "initial")]
    return find_running(
        PlayedClient("ecs", DescribeServices={"services": [service]}),  # type: ignore[arg-type]
        PlayedClient(  # type: ignore[arg-type]
            "elbv2",
            DescribeTargetGroups={"TargetGroups": [{"LoadBalancerArns": [BALANCER]}]},
            DescribeTargetHealth={"TargetHealthDescriptions": targets},
        ),
        PlayedClient(
            "application-autoscaling",
            DescribeScalableTargets={"ScalableTargets": [_target(**bounds)] if bounds else []},
        ),
        OUTPUTS,
    )


def _target(minimum: int, maximum: int) -> dict[str, Any]:
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/benchmark-litellm/benchmark-litellm",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": minimum,
        "MaxCapacity": maximum,
        "RoleARN": "arn:aws:iam::123456789012:role/scaling",
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
    }


def test_what_runs_is_told_beside_the_file_and_a_change_by_hand_shows() -> None:
    now = find(minimum=6, maximum=10)
    assert (now.wanted, now.running, now.healthy, now.minimum, now.maximum) == (4, 3, 2, 6, 10)
    assert now.load_balancer == "app/benchmark/0123456789abcdef"
    shown = words(tables.running(BENCHMARK, now))
    assert "tasks: minimum 6 2 set by hand, by a schedule, or not deployed yet" in shown
    assert "not as many as wanted" in shown


def test_a_service_that_nothing_scales_has_no_bounds() -> None:
    assert find().minimum is None


def test_history_is_read_page_by_page_without_the_period_that_is_not_over() -> None:
    noon = 1_800_000_000.0 // 60 * 60
    moments = [datetime.fromtimestamp(noon + 60 * minute, UTC) for minute in (-2, -1, 0)]
    pages: Iterator[dict[str, Any]] = iter(
        [
            {
                "MetricDataResults": [
                    {"Id": "cpu", "Timestamps": moments, "Values": [40.0, 50.0, 99.0]},
                    {"Id": "requests", "Timestamps": moments[:1], "Values": [600.0]},
                ],
                "NextToken": "more",
            },
            {"MetricDataResults": [{"Id": "requests", "Timestamps": moments[1:2], "Values": [1200.0]}]},
        ]
    )
    asked = []

    class Pages:
        def get_metric_data(self, **request: Any) -> dict[str, Any]:
            asked.append(request)
            return next(pages)

    history = read_history(Pages(), OUTPUTS, find(), now=noon + 30, hours=2)

    assert history.cpu_percent.values == (40, 50)
    assert history.requests_per_second.values == (10, 20)
    assert history.memory_percent.values == ()
    assert asked[1]["NextToken"] == "more"
    assert "CPU (%) 2 45.0 50.0 50.0" in words(tables.measured(history))


def test_right_sizing_says_what_to_change_and_when_it_knows_too_little() -> None:
    minutes = tuple(60.0 * minute for minute in range(60))

    def recorded(cpu: float, memory: float, minutes: tuple[float, ...]) -> History:
        return History(
            ended=3600,
            period_seconds=60,
            cpu_percent=Series(times=minutes, values=(cpu,) * len(minutes)),
            memory_percent=Series(times=minutes, values=(memory,) * len(minutes)),
            requests_per_second=Series(times=(), values=()),
            tasks=Series(times=minutes, values=(4.0,) * len(minutes)),
        )

    busy = words(right_size.right_sizing(BENCHMARK, recorded(90, 95, minutes)))
    assert "scale up 4.0 tasks served on average; 5 would have been busy" in busy
    assert "service.memory_mib: 10240, instead of 8192" in busy
    assert "already the least" in words(right_size.right_sizing(BENCHMARK, recorded(60, 20, minutes)))
    assert "59 of the 60 periods that it takes to judge are recorded" in words(
        right_size.right_sizing(BENCHMARK, recorded(10, 10, minutes[1:]))
    )
    assert "nothing is recorded yet" in words(right_size.right_sizing(BENCHMARK, recorded(0, 0, ())))
    assert len(right_size.picture(recorded(90, 95, minutes), title="x").axes) == 3


class Fleet:
    """Tasks that come one after the other, as soon as more are wanted."""

    def __init__(self, serve: bool = True) -> None:
        self.now, self.wanted, self.healthy, self.asked, self._serve = 0.0, 4, 4, list[str](), serve

    def register_scalable_target(self, **request: Any) -> dict[str, Any]:
        self.asked.append(f"{request['MinCapacity']} to {request['MaxCapacity']} of {request['ResourceId']}")
        return {}

    def describe_scalable_targets(self, **_: Any) -> dict[str, Any]:
        raise AssertionError("not asked for")

    def update_service(self, *, desiredCount: int, **_: Any) -> None:  # noqa: N803  AWS's name
        self.asked.append(f"{desiredCount} tasks")
        self.wanted = desiredCount

    def describe_services(self, **_: Any) -> dict[str, Any]:
        return {"services": [{"events": [{"message": "no capacity left"}]}]}

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self._serve and self.healthy != self.wanted:
            self.healthy += 1 if self.wanted > self.healthy else -1

    def read(self) -> Running:
        return Running(
            wanted=self.wanted,
            running=self.healthy,
            healthy=self.healthy,
            deployments=1,
            load_balancer="",
            target_group_arn=GROUP,
            minimum=2,
            maximum=10,
        )

    def scale(self, tasks: int, minimum: int | None, said: list[str]) -> list[Moment]:
        return carry_out(
            self,  # type: ignore[arg-type]
            self,
            OUTPUTS,
            Scaling(
                tasks=tasks,
                minimum=minimum,
                maximum=10,
                environment=BENCHMARK,
                lines="",
                pools="",
                next_deployment="",
                way_back="TASKS=4",
            ),
            self.read,
            timeout_seconds=120,
            clock=lambda: self.now,
            sleep=self.sleep,
            say=said.append,
        )


def test_bounds_are_set_before_the_tasks_and_the_end_is_when_all_serve() -> None:
    fleet = Fleet()
    moments = fleet.scale(6, 6, [])
    assert fleet.asked == ["6 to 10 of service/benchmark-litellm/benchmark-litellm", "6 tasks"]
    assert tables.outcome(moments) == "6 tasks serve 4.0 s after the change; 4 did before it."


def test_without_autoscaling_only_the_number_of_tasks_is_set() -> None:
    fleet = Fleet()
    fleet.scale(3, None, [])
    assert fleet.asked == ["3 tasks"]


def test_tasks_that_do_not_come_end_with_what_ecs_says_and_the_way_back() -> None:
    said: list[str] = []
    with pytest.raises(RolloutError, match=r"4 of 6 tasks run, 4 serve after 120 s; back: make scale TASKS=4"):
        Fleet(serve=False).scale(6, None, said)
    assert len(said) == 3
