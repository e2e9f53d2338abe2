"""A drill is put together from what is deployed; what the environment cannot have is refused with the reason."""

from pathlib import Path
from typing import Any

import pytest

from modules.environment_file import load
from modules.operations.deployment import Deployment
from modules.operations.drill.choice import DrillName
from modules.operations.drill.prepare import Drill, Wish, prepare
from modules.operations.drill.run import RefusedError
from modules.operations.drill.verdict import LOST_WRITES, REFUSED_WRITES, RTO_DEGRADED, RTO_FULL, Bounds
from modules.settings.change import changed
from modules.target import Target

from .played_fis import TEMPLATE
from .shapes import PlayedClient
from .test_deployed import OUTPUTS, Session

BENCHMARK = changed(load("benchmark"), {"service.desired_tasks": 2})
FAULTS = ("stop-task", "stop-share", "zone-us-east-1a", "zone-us-east-1b")
WITH_STANDBY = (*FAULTS, "database-failover", "zone-us-east-1a-with-database", "zone-us-east-1b-with-database")
CONTAINER = {
    "environment": [
        {"name": name, "value": value}
        for name, value in {
            "DATABASE_HOST": "127.0.0.1:1",
            "DATABASE_USER": "litellm",
            "DATABASE_NAME": "litellm",
            "DATABASE_SSLMODE": "require",
        }.items()
    ]
}


def prepared(
    folder: Path,
    drill: DrillName,
    *,
    environment: Any = BENCHMARK,
    faults: tuple[str, ...] | None = FAULTS,
    pace: float | None = 1,
    home: str = "us-east-1a",
    endpoint: str = OUTPUTS.endpoint,
    **wish: Any,
) -> Drill:
    """
    Args:
        pace: of a rehearsal; None: on AWS.
        home: the database's zone.
    """
    session: Any = Session()
    session.client("ecs").answers["DescribeServices"]["services"][0]["taskDefinition"] = "litellm:1"
    session.client("ecs").answers["DescribeTaskDefinition"] = {"taskDefinition": {"containerDefinitions": [CONTAINER]}}
    session.client("rds").answers["DescribeDBInstances"]["DBInstances"][0]["AvailabilityZone"] = home
    session._clients["arc-zonal-shift"] = PlayedClient("arc-zonal-shift")
    session._clients["secretsmanager"] = PlayedClient("secretsmanager", GetSecretValue={"SecretString": "sk-1"})
    way = {"endpoint": "https://llm.example.com", "address": "127.9.9.9:443", "certificate_authority": "ca.pem"}
    status = {"settings": {"pace": pace}, "parts": {"balancer": {"https": [way]}}}
    deployment = Deployment(
        environment=environment,
        target=Target(account_id="123456789012", region="us-east-1", rehearsal=pace is not None),
        outputs=OUTPUTS.model_copy(
            update={
                "endpoint": endpoint,
                "fault_templates": None if faults is None else {**dict.fromkeys(faults, TEMPLATE)},
            }
        ),
        session=session,
        rehearsal_status=None if pace is None else status,
    )
    return prepare(drill, deployment, Wish(model="m", **wish), folder=folder / "evidence", confirm=lambda _: "")


NO_SHIFT = changed(BENCHMARK, {"load_balancer.zonal_shift": False})
MULTI_AZ = changed(BENCHMARK, {"database.multi_az": True, "objectives.database_failure_seconds": 120})


def test_a_task_drill_is_held_to_the_sources_two_minutes_and_to_the_predicted_bounds(tmp_path: Path) -> None:
    settings = prepared(tmp_path, "task").settings
    assert settings.objectives == {RTO_DEGRADED: 120, RTO_FULL: 120, LOST_WRITES: 0}
    assert set(settings.predictions) == {RTO_DEGRADED, RTO_FULL}
    assert settings.drill == "task"
    assert settings.template_ids == (TEMPLATE,) * 4


def test_the_source_s_zone_drill_is_predicted_to_miss_its_minute(tmp_path: Path) -> None:
    settings = prepared(tmp_path, "az").settings
    assert settings.objectives[RTO_DEGRADED] == 60
    assert settings.predictions[RTO_DEGRADED].least > 60


def test_a_database_drill_predicts_how_long_no_write_is_taken(tmp_path: Path) -> None:
    settings = prepared(tmp_path, "rds", environment=MULTI_AZ, faults=WITH_STANDBY).settings
    # RDS promises 60 to 120 s, 5 s of cached DNS and 3 s of the rehearsal come on top.
    assert settings.predictions[REFUSED_WRITES] == Bounds(least=60, most=128)
    assert settings.objectives[REFUSED_WRITES] == 120
    # LiteLLM may answer all the while.
    assert settings.predictions[RTO_DEGRADED].least == 0


def test_a_compressed_rehearsal_is_held_to_its_predictions_alone(tmp_path: Path) -> None:
    settings = prepared(tmp_path, "az", pace=5).settings
    assert settings.objectives == {LOST_WRITES: 0}
    assert settings.predictions[RTO_DEGRADED].least < 60


def test_without_writes_no_lost_write_is_an_objective(tmp_path: Path) -> None:
    drill = prepared(tmp_path, "rds", environment=MULTI_AZ, faults=WITH_STANDBY, write=False)
    assert drill.tools.writes is None
    assert not {LOST_WRITES, REFUSED_WRITES} & {*drill.settings.objectives, *drill.settings.predictions}


def test_the_prediction_is_for_the_fleet_that_autoscaling_has_left(tmp_path: Path) -> None:
    # The service wants 2 tasks at the moment.
    four = prepared(tmp_path, "az", environment=changed(BENCHMARK, {"service.desired_tasks": 4}))
    assert four.expectation.environment.service.desired_tasks == 2


@pytest.mark.parametrize(
    ("home", "zone", "cut"),
    [
        # The only NAT gateway is in the first zone.
        pytest.param("us-east-1a", "", "zone-us-east-1b", id="neither database nor NAT gateway"),
        pytest.param("us-east-1b", "", "zone-us-east-1b", id="each zone has one of them"),
        pytest.param("us-east-1b", "us-east-1a", "zone-us-east-1a", id="as the operator wants"),
    ],
)
def test_the_zone_is_the_one_that_only_tasks_live_in_or_the_operator_s(
    tmp_path: Path, home: str, zone: str, cut: str
) -> None:
    # Only the template of that zone is there.
    assert prepared(tmp_path, "az", home=home, zone=zone, faults=(cut,)).settings.template_id == TEMPLATE


def test_with_the_primary_s_zone_the_database_fails_over_too(tmp_path: Path) -> None:
    only = ("zone-us-east-1a-with-database",)
    drill = prepared(tmp_path, "az", environment=MULTI_AZ, zone="us-east-1a", faults=only)
    assert drill.expectation.fault == "zone of the database lost"


def test_an_operator_s_zonal_shift_may_end_the_errors_before_the_balancer_does(tmp_path: Path) -> None:
    drill = prepared(tmp_path, "az", shift_after_seconds=20)
    assert drill.tools.mitigate
    assert drill.settings.mitigate_after_seconds == 20
    assert drill.settings.predictions[RTO_DEGRADED] == Bounds(least=20, most=103)


def test_https_is_reached_where_the_rehearsal_has_it(tmp_path: Path) -> None:
    load: Any = prepared(tmp_path, "task", endpoint="https://llm.example.com").tools.load
    assert load._gateway.address == ("127.9.9.9", 443)
    assert load._gateway.ca_file == Path("ca.pem")


@pytest.mark.parametrize(
    ("drill", "how", "reason"),
    [
        pytest.param("task", {"faults": None}, "benchmark has no fault templates: state `drills: {}`", id="drills off"),
        pytest.param("rds", {}, "restore-db-instance-to-point-in-time", id="database in one zone"),
        pytest.param("az", {"zone": "eu-west-1a"}, "not in the zone eu-west-1a; it is in us-east-1a", id="other zone"),
        pytest.param(
            "rds",
            {"environment": MULTI_AZ, "faults": WITH_STANDBY, "shift_after_seconds": 9},
            "no zone is lost",
            id="no zone",
        ),
        pytest.param("az", {"environment": NO_SHIFT, "shift_after_seconds": 9}, "zonal_shift is off", id="no shift"),
        pytest.param("task", {"faults": ("stop-share",)}, "has no fault stop-task; it has stop-share", id="template"),
    ],
)
def test_a_refusal_says_why_and_leaves_no_evidence(
    tmp_path: Path, drill: DrillName, how: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        prepared(tmp_path, drill, **how)
    assert reason in str(refusal.value)
    assert list(tmp_path.iterdir()) == []
