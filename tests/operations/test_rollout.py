"""Waiting for tasks that serve, against what ECS answers."""

from collections.abc import Sequence
from typing import Any

import pytest

from modules.operations.rollout import RolloutError, wait_until_served


class PlayedEcs:
    """Answers DescribeServices with one rollout state after the other."""

    def __init__(self, states: Sequence[str]) -> None:
        self._states = list(states)

    def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        deployment = {
            "status": "PRIMARY",
            "rolloutState": state,
            "runningCount": 4,
            "desiredCount": 4,
            "failedTasks": 1,
        }
        return {"services": [{"deployments": [deployment], "events": [{"message": "(service x) is unhappy"}]}]}


def waited(states: Sequence[str], timeout_seconds: float = 100) -> tuple[float, list[str]]:
    now, said = [0.0], list[str]()

    def sleep(seconds: float) -> None:
        now[0] += seconds

    seconds = wait_until_served(
        PlayedEcs(states),  # type: ignore[arg-type]
        cluster="c",
        service="x",
        timeout_seconds=timeout_seconds,
        clock=lambda: now[0],
        sleep=sleep,
        say=said.append,
    )
    return seconds, said


def test_it_returns_at_once_when_the_deployment_is_completed() -> None:
    assert waited(["COMPLETED"]) == (0, [])


def test_it_says_how_far_a_long_one_is() -> None:
    seconds, said = waited(["IN_PROGRESS"] * 30 + ["COMPLETED"])
    assert seconds == 60
    assert said == ["x: deployment in progress, 4 of 4 tasks run, 1 failed"]


@pytest.mark.parametrize("states", [["IN_PROGRESS", "FAILED"], ["IN_PROGRESS"]])
def test_one_that_fails_or_lasts_too_long_ends_with_what_ecs_says(states: list[str]) -> None:
    with pytest.raises(
        RolloutError, match=r"x: deployment .*1 failed; the last of its events:\n  \(service x\) is unhappy"
    ):
        waited(states)
