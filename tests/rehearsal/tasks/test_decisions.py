"""What the scheduler decides, without a process."""

import random
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from modules.rehearsal.addresses import Addresses
from modules.rehearsal.settings import RehearsalSettings
from modules.rehearsal.tasks.container import Surroundings, health_check_arguments, launch
from modules.rehearsal.tasks.images import CannotPullContainerError, program
from modules.rehearsal.tasks.machine import Machine
from modules.rehearsal.tasks.orphans import ProcessRecord
from modules.rehearsal.tasks.scheduler import placement
from modules.rehearsal.tasks.scheduler.deployment import Counts, failures_allowed, pause_seconds, plan
from modules.rehearsal.tasks.scheduler.rebalancing import is_uneven
from modules.rehearsal.tasks.scheduler.service import ServiceScheduler

LITELLM = {"name": "litellm", "image": "ghcr.io/berriai/litellm-database:v1.106.2"}


def counts(primary: int = 0, healthy: int = 0, former: int = 0, former_healthy: int = 0) -> Counts:
    return Counts(primary=primary, primary_healthy=healthy, former=former, former_healthy=former_healthy)


@pytest.mark.parametrize(
    ("desired", "running", "percents", "start", "stop"),
    [
        (4, counts(), (100, 200), 4, 0),
        (4, counts(former=4, former_healthy=4), (100, 200), 4, 0),
        (4, counts(4, 2, 4, 4), (100, 200), 0, 2),
        (4, counts(4, 4, 4, 4), (100, 200), 0, 4),
        (4, counts(former=4, former_healthy=4), (50, 100), 0, 2),
        (4, counts(former=2, former_healthy=2), (50, 100), 2, 0),
        (4, counts(former=4, former_healthy=4), (100, 150), 2, 0),
        (0, counts(former=3, former_healthy=3), (100, 200), 0, 3),
    ],
)
def test_a_deployment_stays_between_its_percentages(
    desired: int, running: Counts, percents: tuple[int, int], start: int, stop: int
) -> None:
    step = plan(desired, running, minimum_percent=percents[0], maximum_percent=percents[1])
    assert (step.start, step.stop_former_healthy, step.stop_primary) == (start, stop, 0)


def test_a_failed_deployment_starts_nothing_and_surplus_tasks_stop() -> None:
    assert plan(4, counts(1), minimum_percent=100, maximum_percent=200, failed=True).start == 0
    assert plan(2, counts(5, 5), minimum_percent=100, maximum_percent=200).stop_primary == 3


@pytest.mark.parametrize(("desired", "failures"), [(1, 3), (4, 3), (25, 13), (1000, 200)])
def test_the_circuit_breaker_opens_as_amazon_documents_it(desired: int, failures: int) -> None:
    assert failures_allowed(desired) == failures


def test_pauses_grow_to_27_minutes() -> None:
    pauses = [pause_seconds(failures) for failures in range(20)]
    assert pauses[:3] == [0, 0, 0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 27 * 60


@pytest.mark.parametrize(
    ("running", "cut", "uneven"),
    [
        ("aaaa", "", True),
        ("aab", "", False),
        ("aabbb", "", False),
        ("aaab", "", True),
        ("aaaa", "b", False),
        ("", "", False),
        ("aaaa", "ab", False),
    ],
)
def test_tasks_move_when_zones_differ_by_two_and_never_into_one_that_is_cut(
    running: str, cut: str, uneven: bool
) -> None:
    assert is_uneven({"a", "b"}, running, cut) is uneven


def test_the_emptiest_zone_that_is_not_cut_gets_the_next_task() -> None:
    zones = {"subnet-1": "a", "subnet-2": "b", "subnet-3": "c"}
    assert placement.subnet(zones, ["a", "b"], ()) == "subnet-3"
    assert placement.subnet(zones, ["a", "b"], ("c",)) == "subnet-1"
    assert placement.subnet(zones, [], ("a", "b", "c")) is None


def test_the_base_is_on_demand_and_the_rest_follows_the_weights() -> None:
    strategy = [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 25},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 75},
    ]
    chosen: list[str] = []
    for _ in range(10):
        chosen.append(placement.capacity_provider(strategy, chosen, random.Random(1)))
    assert chosen[:2] == ["FARGATE", "FARGATE"]
    assert chosen.count("FARGATE_SPOT") == 6


def surroundings(tmp_path: Path, **more: Any) -> Surroundings:
    return Surroundings(
        url="http://127.0.0.1:5000",
        region="us-east-1",
        address="127.99.0.1",
        scratch=tmp_path,
        workers_limit=1,
        **more,
    )


def test_without_an_engine_litellm_gets_no_database_and_it_is_said(tmp_path: Path) -> None:
    stated = {"DATABASE_HOST": "db", "IAM_TOKEN_DB_AUTH": "True", "REDIS_HOST": "cache", "LITELLM_LOG": "INFO"}
    environment = [{"name": name, "value": value} for name, value in stated.items()]
    found = launch(LITELLM | {"environment": environment}, {"DATABASE_PASSWORD": "x"}, surroundings(tmp_path))
    assert {"LITELLM_LOG", "REDIS_HOST"} <= found.environment.keys()
    assert not [name for name in found.environment if name.startswith(("DATABASE_", "IAM_TOKEN"))]
    (off,) = found.features_off
    assert "Prisma" in off
    assert found.arguments[-2:] == ("--host", "127.99.0.1")


def test_another_program_in_litellms_image_is_told_where_to_listen(tmp_path: Path) -> None:
    definition = LITELLM | {"entryPoint": ["python3", "-c"], "command": ["print(1)"]}
    found = launch(definition, {}, surroundings(tmp_path))
    assert found.arguments == ("python3", "-c", "print(1)")
    assert found.environment["HOST"] == "127.99.0.1"
    assert found.features_off == ()
    assert "HOST" not in launch(LITELLM, {}, surroundings(tmp_path)).environment


def test_litellm_asks_nobody_for_prices_when_it_starts(tmp_path: Path) -> None:
    postgresql = {"image": "public.ecr.aws/docker/library/postgres:16-alpine"}
    assert launch(LITELLM, {}, surroundings(tmp_path)).environment["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert "LITELLM_LOCAL_MODEL_COST_MAP" not in launch(postgresql, {}, surroundings(tmp_path)).environment


def test_a_task_trusts_the_authorities_of_its_machine_or_those_that_it_is_given(tmp_path: Path) -> None:
    given = tmp_path / "authorities.pem"
    assert launch(LITELLM, {}, surroundings(tmp_path, authorities=given)).environment["SSL_CERT_FILE"] == str(given)
    assert "SSL_CERT_FILE" not in launch(LITELLM, {}, surroundings(tmp_path)).environment


def test_with_an_engine_litellm_keeps_its_database(tmp_path: Path) -> None:
    environment = [{"name": "DATABASE_HOST", "value": "127.99.0.9:5432"}]
    around = surroundings(tmp_path, query_engine=tmp_path / "query-engine")
    found = launch(LITELLM | {"environment": environment}, {}, around)
    assert found.environment["DATABASE_HOST"] == "127.99.0.9:5432"
    assert found.environment["PRISMA_QUERY_ENGINE_BINARY"] == str(tmp_path / "query-engine")
    assert found.features_off == ()


def test_the_migration_keeps_its_database_and_runs_without_an_engine(tmp_path: Path) -> None:
    environment = [{"name": "DATABASE_HOST", "value": "127.99.0.9:5432"}]
    definition = LITELLM | {"environment": environment, "command": ["--port", "4000", "--skip_server_startup"]}
    found = launch(definition, {"DATABASE_PASSWORD": "x"}, surroundings(tmp_path))
    assert found.arguments[1:] == ("-m", "modules.rehearsal.database.migrations")
    assert found.environment["DATABASE_HOST"] == "127.99.0.9:5432"
    assert found.environment["DATABASE_PASSWORD"] == "x"


@pytest.mark.parametrize("command", [["--num_workers", "4"], ["--num_workers=4"]])
def test_workers_are_capped_and_the_cap_is_said(tmp_path: Path, command: list[str]) -> None:
    found = launch(LITELLM | {"command": command}, {}, surroundings(tmp_path))
    assert "1" in " ".join(found.arguments[1:3])
    assert "4" not in " ".join(found.arguments[1:3])
    assert found.capped_workers == 4


def test_another_version_of_litellm_is_said() -> None:
    assert program("ghcr.io/berriai/litellm:v1.106.2").remark is None
    assert "stands in for the image's v1.0.0" in (program("ghcr.io/berriai/litellm:v1.0.0").remark or "")
    with pytest.raises(CannotPullContainerError, match=r"no program for docker\.io/nginx:1"):
        program("docker.io/nginx:1")


def test_a_health_check_asks_the_tasks_own_address() -> None:
    assert health_check_arguments(["CMD", "python3", "-c", "open('http://127.0.0.1:4000/')"], "127.99.0.1") == (
        "python3",
        "-c",
        "open('http://127.99.0.1:4000/')",
    )
    assert health_check_arguments(["CMD-SHELL", "curl localhost"], "127.99.0.1") == ("sh", "-c", "curl 127.99.0.1")


@dataclass
class FakeRun:
    """A running task of the service's first deployment."""

    model: Any
    target_states: dict[str, str | None] = field(default_factory=dict)
    load_balancers: tuple[tuple[str, int], ...] = (("group", 4000),)
    container_health: str = "HEALTHY"
    state: str = "RUNNING"
    wanted: bool = True
    healthy: bool = True
    was_healthy: bool = True
    ran: bool = True
    counted: bool = False
    running_since: float = 0
    zone: str = "us-east-1a"

    def ask_to_stop(self, code: str, reason: str) -> None:
        self.wanted = self.healthy = False
        self.model.stop_code, self.model.stopped_reason = code, reason


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


def scheduler(tmp_path: Path, clock: list[float], ringing: set[str], **service: Any) -> ServiceScheduler:
    machine = Machine(
        url="",
        folder=tmp_path,
        settings=RehearsalSettings(),
        addresses=cast(Addresses, None),
        record=ProcessRecord(tmp_path),
        alarm_state=lambda name: "ALARM" if name in ringing else "OK",
        clock=lambda: clock[0],
    )
    settings = {
        "name": "proxy",
        "_account_id": "123456789012",
        "arn": "arn:aws:ecs:us-east-1:123456789012:service/core/proxy",
        "cluster_arn": "arn",
        "region_name": "us-east-1",
        "status": "ACTIVE",
        "desired_count": 1,
        "task_definition": "good",
        "launch_type": "FARGATE",
        "platform_version": None,
        "network_configuration": {},
        "events": [],
        "deployments": [{"id": "ecs-svc/1", "taskDefinition": "good", "rolloutState": "COMPLETED", "failedTasks": 0}],
    }
    settings["deployments"][0]["rolloutStateReason"] = ""
    return ServiceScheduler(machine, None, SimpleNamespace(**settings | service))


def never(_: Any) -> Any:
    raise AssertionError("no task is to be started")


def test_a_target_that_is_unhealthy_after_the_grace_period_loses_its_task(tmp_path: Path, clock: list[float]) -> None:
    found = scheduler(tmp_path, clock, set(), health_check_grace_period_seconds=60)
    model = SimpleNamespace(id="task", started_by="ecs-svc/1", stop_code=None, stopped_reason=None)
    run = FakeRun(model, {"group": "unhealthy"})
    clock[0] = 59
    found.turn([run], never)
    assert run.wanted
    clock[0] = 61
    found.turn([run], never)
    assert model.stop_code == "ServiceSchedulerInitiated"
    assert model.stopped_reason == "Task failed ELB health checks in (target-group group)"


def test_an_alarm_that_begins_during_a_deployment_rolls_it_back(tmp_path: Path, clock: list[float]) -> None:
    ringing = {"old"}
    alarms = {"alarmNames": ["old", "new"], "enable": True, "rollback": True}
    found = scheduler(tmp_path, clock, ringing, deployment_configuration={"alarms": alarms})
    service = found.service
    former = FakeRun(SimpleNamespace(id="task", started_by="ecs-svc/1", stop_code=None, stopped_reason=None))
    found.turn([former], never)
    service.deployments[0]["status"] = "ACTIVE"
    service.deployments.insert(
        0,
        {
            "id": "ecs-svc/2",
            "status": "PRIMARY",
            "taskDefinition": "bad",
            "rolloutState": "IN_PROGRESS",
            "rolloutStateReason": "in progress",
            "failedTasks": 0,
        },
    )
    service.task_definition = "bad"
    model = SimpleNamespace(id="new", started_by="ecs-svc/2", stop_code=None, stopped_reason=None)
    new = FakeRun(model, healthy=False, was_healthy=False)
    found.turn([former, new], never)
    assert service.deployments[0]["id"] == "ecs-svc/2", "an alarm that rang before does not count"
    ringing.add("new")
    found.turn([former, new], never)
    assert service.task_definition == "good"
    assert [one["rolloutState"] for one in service.deployments] == ["IN_PROGRESS", "FAILED"]
    assert (former.wanted, new.wanted) == (True, False)
    new.state = "STOPPED"
    found.turn([former], never)
    assert [one["rolloutState"] for one in service.deployments] == ["COMPLETED"]
