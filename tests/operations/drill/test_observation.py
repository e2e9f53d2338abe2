"""What each source tells is kept once, with its own time; a source in trouble is left alone, and said."""

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from modules.operations.drill import sources
from modules.operations.drill.facts import Fact
from modules.operations.drill.observation import Changes, Observation, Watched, read

from .played_fis import PlayedFis
from .shapes import PlayedClient, error
from .timelines import NOON

LATER = NOON + 60


def date(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOON + seconds, UTC)


def seen(watched: Watched) -> list[tuple[str, str, str, float | None]]:
    """Source, subject, text and the source's own time, seconds from noon."""
    return [
        (fact.source, fact.about, fact.text, None if fact.at is None else fact.at - NOON)
        for fact in read(watched, LATER)
    ]


def test_targets_are_counted_and_told_one_by_one() -> None:
    client: Any = PlayedClient(
        "elbv2",
        DescribeTargetHealth={
            "TargetHealthDescriptions": [
                {"Target": {"Id": "10.0.0.1", "Port": 4000}, "TargetHealth": {"State": "healthy"}},
                {
                    "Target": {"Id": "10.0.0.2", "Port": 4000},
                    "TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout"},
                },
            ]
        },
    )
    watched = sources.targets(client, "arn", 1)
    assert seen(watched) == [
        ("fleet", "targets", "1 of 2 healthy", None),
        ("target", "10.0.0.1:4000", "healthy", None),
        ("target", "10.0.0.2:4000", "unhealthy Target.Timeout", None),
    ]
    assert read(watched, LATER)[0].values == {"healthy": 1, "registered": 2}


def test_the_service_tells_its_tasks_and_what_happened_since() -> None:
    events = [
        {"id": "2", "createdAt": date(5), "message": "(service litellm) has started 1 tasks"},
        {"id": "1", "createdAt": date(-500), "message": "(service litellm) has reached a steady state."},
    ]
    client: Any = PlayedClient(
        "ecs",
        DescribeServices={"services": [{"desiredCount": 4, "runningCount": 3, "pendingCount": 1, "events": events}]},
    )
    assert seen(sources.service(client, "benchmark", "litellm", NOON, 1)) == [
        ("fleet", "service", "3 of 4 run, 1 pending", None),
        ("service event", "", "(service litellm) has started 1 tasks", 5),
    ]


def test_tasks_tell_their_lives_and_ecs_the_time_of_their_ends() -> None:
    class Ecs:
        def list_tasks(self, *, desiredStatus: str, **_: Any) -> Any:  # noqa: N803  AWS's name
            return {"taskArns": ["arn:task/b/1"] if desiredStatus == "RUNNING" else ["arn:task/b/2", "arn:task/b/3"]}

        def describe_tasks(self, *, tasks: list[str], **_: Any) -> Any:
            stopped = {"lastStatus": "STOPPED", "stoppedReason": "Task stopped by FIS", "healthStatus": "UNKNOWN"}
            known = {
                "arn:task/b/1": {"lastStatus": "RUNNING", "healthStatus": "HEALTHY"},
                "arn:task/b/2": {**stopped, "stoppedAt": date(7)},
                "arn:task/b/3": {**stopped, "stoppedAt": date(-500)},
            }
            return {"tasks": [{"taskArn": arn, **known[arn]} for arn in tasks]}

    client: Any = Ecs()
    assert seen(sources.tasks(client, "benchmark", "litellm", NOON, 1)) == [
        ("task", "1", "RUNNING HEALTHY", None),
        ("task", "2", "STOPPED Task stopped by FIS", 7),
    ]


def test_the_database_tells_its_state_and_its_events() -> None:
    client: Any = PlayedClient(
        "rds",
        DescribeDBInstances={"DBInstances": [{"DBInstanceStatus": "rebooting", "AvailabilityZone": "us-east-1b"}]},
        DescribeEvents={
            "Events": [
                {
                    "Message": "Multi-AZ instance failover started",
                    "Date": date(3),
                    "EventCategories": ["failover", "notification"],
                }
            ]
        },
    )
    assert seen(sources.database(client, "benchmark", 1)) == [
        ("database", "benchmark", "rebooting, primary in us-east-1b", None)
    ]
    watched = sources.database_events(client, "benchmark", NOON, 1)
    assert seen(watched) == [("database event", "benchmark", "Multi-AZ instance failover started", 3)]
    assert read(watched, LATER)[0].values == {"categories": "failover, notification"}


def test_alarms_tell_when_they_changed_and_only_those_that_are_watched() -> None:
    def item(name: str, summary: str, at: float) -> dict[str, Any]:
        return {"AlarmName": name, "HistorySummary": summary, "Timestamp": date(at)}

    client: Any = PlayedClient(
        "cloudwatch",
        DescribeAlarmHistory={
            "AlarmHistoryItems": [
                item("errors", "Alarm updated from OK to ALARM", 95),
                item("of-somebody-else", "Alarm updated from OK to ALARM", 90),
                item("errors", "Alarm updated from INSUFFICIENT_DATA to OK", -20),
            ]
        },
    )
    watched = sources.alarms(client, ["errors"], NOON, 10)
    assert seen(watched) == [
        ("alarm", "errors", "Alarm updated from OK to ALARM", 95),
        ("alarm", "errors", "Alarm updated from INSUFFICIENT_DATA to OK", -20),
    ]
    assert [fact.values["state"] for fact in read(watched, LATER)] == ["ALARM", "OK"]


def test_the_experiment_tells_its_state_and_that_of_its_actions() -> None:
    fis = PlayedFis()
    fis.begin("EXP1")
    fis.now += 40
    assert seen(sources.experiment(fis, "EXP1", 1)) == [
        ("experiment", "EXP1", "completed", None),
        ("experiment", "EXP1 stop", "completed", None),
    ]


@pytest.mark.parametrize(
    ("trouble", "text"),
    [
        (error("ThrottlingException", "DescribeServices"), "ThrottlingException: played ThrottlingException"),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="https://ecs"), "EndpointConnectionError"),
    ],
)
def test_a_source_that_cannot_be_asked_is_a_fact(trouble: Exception, text: str) -> None:
    client: Any = PlayedClient("ecs", DescribeServices=trouble)
    (fact,) = read(sources.service(client, "benchmark", "litellm", NOON, 1), LATER)
    assert fact.trouble
    assert text in fact.text


def test_a_service_that_is_gone_is_a_fact_as_well() -> None:
    client: Any = PlayedClient("ecs", DescribeServices={"services": []})
    (fact,) = read(sources.service(client, "benchmark", "litellm", NOON, 1), LATER)
    assert fact.trouble


def test_only_changes_are_kept() -> None:
    def state(text: str, about: str = "a") -> Fact:
        return Fact(source="target", about=about, text=text, seen=NOON)

    def event(at: float) -> Fact:
        return Fact(source="database event", text="restarted", seen=NOON, at=NOON + at)

    def trouble(text: str) -> Fact:
        return Fact(source="target", about="a", text=text, seen=NOON, trouble=True)

    changes = Changes()
    polls: list[list[Fact]] = [
        [state("healthy"), state("healthy", "b"), event(1)],
        [trouble("throttled")],
        [state("healthy"), state("unhealthy", "b"), event(1), event(2)],
        [state("healthy"), state("healthy", "b")],
        [trouble("throttled")],
        [trouble("throttled")],
    ]
    assert [changes.of(poll) for poll in polls] == [
        polls[0],
        polls[1],
        [state("unhealthy", "b"), event(2)],
        [state("healthy", "b")],
        polls[4],
        [],
    ]


def counted(interval_seconds: float, answers: Iterable[Fact] | Exception) -> tuple[Watched, list[float]]:
    asked: list[float] = []

    def ask(now: float) -> Iterable[Fact]:
        asked.append(time.monotonic())
        if isinstance(answers, Exception):
            raise answers
        return answers

    return Watched(source="target", about="", interval_seconds=interval_seconds, read=ask), asked


def test_each_source_has_its_own_interval_and_one_that_hangs_delays_no_other(tmp_path: Path) -> None:
    hang = threading.Event()

    def hanging(now: float) -> Iterable[Fact]:
        hang.wait(30)
        return []

    often, asked_often = counted(0.02, [Fact(source="target", about="a", text="healthy", seen=NOON)])
    seldom, asked_seldom = counted(0.2, [])
    stuck = Watched(source="database", about="", interval_seconds=0.1, read=hanging)
    file = tmp_path / "facts.jsonl"
    with Observation([stuck, often, seldom], clock=time.time, file=file) as observation:
        time.sleep(1)
        assert [fact.text for fact in observation.facts] == ["healthy"]
        hang.set()
    assert len(asked_often) > 2 * len(asked_seldom) > 4
    assert [Fact.model_validate_json(line) for line in file.read_text().splitlines()] == observation.facts


def test_a_source_that_throttles_is_asked_less_often() -> None:
    fine, asked_fine = counted(0.05, [])
    busy, asked_busy = counted(0.05, error("ThrottlingException", "DescribeTargetHealth"))
    with Observation([fine, busy], clock=time.time) as observation:
        time.sleep(1.5)
    assert len(asked_busy) < len(asked_fine) / 2
    assert [fact.trouble for fact in observation.facts] == [True]


def test_facts_come_in_the_order_in_which_they_happened_not_in_which_they_were_told() -> None:
    observation = Observation([], clock=time.time)
    observation.note(Fact(source="target", text="unhealthy", seen=NOON + 10))
    observation.note(Fact(source="database event", text="failover started", at=NOON + 3, seen=NOON + 60))
    assert [fact.text for fact in observation.facts] == ["failover started", "unhealthy"]


def test_a_source_can_be_added_while_it_runs() -> None:
    with Observation([], clock=time.time) as observation:
        watched, asked = counted(0.02, [Fact(source="target", about="a", text="healthy", seen=NOON)])
        observation.watch(watched)
        time.sleep(0.3)
    assert asked
    assert len(observation.facts) == 1
