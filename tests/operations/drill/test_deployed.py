"""A deployment's outputs are all that a drill has to be told."""

from typing import Any

import pytest

from modules.operations.drill.deployed import Deployed, stop_alarms
from modules.operations.drill.observation import read
from modules.operations.drill.preconditions import checked
from modules.operations.drill.where import where
from modules.operations.outputs import Outputs
from modules.target import Target

from .played_fis import TEMPLATE, PlayedFis
from .shapes import PlayedClient, error
from .timelines import NOON

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/benchmark/0123456789abcdef"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/benchmark/0123456789abcdef"
OUTPUTS = Outputs(
    endpoint="http://127.0.0.1",
    cluster="benchmark-litellm",
    service="benchmark-litellm",
    database="benchmark-litellm",
    database_endpoint="127.0.0.1:5432",
    log_group="/ecs/benchmark-litellm",
    master_key_secret="master",
    salt_key_secret="salt",
    database_password_secret="password",
)


class Session:
    """Answers as a deployment of two healthy tasks and a database in one zone."""

    def __init__(self) -> None:
        service = {
            "status": "ACTIVE",
            "desiredCount": 2,
            "runningCount": 2,
            "pendingCount": 0,
            "deployments": [{"status": "PRIMARY", "rolloutState": "COMPLETED"}],
            "loadBalancers": [{"targetGroupArn": GROUP}],
            "events": [],
        }
        instance = {"DBInstanceStatus": "available", "AvailabilityZone": "us-east-1a", "MultiAZ": False}
        targets = [
            {"Target": {"Id": f"10.0.0.{number}", "Port": 4000}, "TargetHealth": {"State": "healthy"}}
            for number in (1, 2)
        ]
        self._clients: dict[str, Any] = {
            "ecs": PlayedClient(
                "ecs", DescribeServices={"services": [service]}, ListTasks=error("ThrottlingException", "ListTasks")
            ),
            "elbv2": PlayedClient(
                "elbv2",
                DescribeTargetGroups={"TargetGroups": [{"LoadBalancerArns": [BALANCER]}]},
                DescribeTargetHealth={"TargetHealthDescriptions": targets},
            ),
            "rds": PlayedClient("rds", DescribeDBInstances={"DBInstances": [instance]}, DescribeEvents={"Events": []}),
            "cloudwatch": PlayedClient(
                "cloudwatch",
                DescribeAlarms={"MetricAlarms": [{"AlarmName": "errors", "StateValue": "OK"}]},
                DescribeAlarmHistory={"AlarmHistoryItems": []},
            ),
            "ec2": PlayedClient("ec2"),
            "fis": PlayedFis(),
        }

    def client(self, name: str) -> Any:
        return self._clients[name]


@pytest.fixture
def deployed() -> Deployed:
    session: Any = Session()
    return Deployed.find(session, OUTPUTS)


def test_target_group_and_balancer_are_found(deployed: Deployed) -> None:
    assert (deployed.target_group_arn, deployed.load_balancer_arn) == (GROUP, BALANCER)


def test_every_source_is_watched_and_one_in_trouble_silences_no_other(deployed: Deployed) -> None:
    facts = [fact for one in deployed.sources(["errors"], NOON) for fact in read(one, NOON)]
    assert [(fact.source, fact.about) for fact in facts if not fact.trouble] == [
        ("fleet", "targets"),
        ("target", "10.0.0.1:4000"),
        ("target", "10.0.0.2:4000"),
        ("fleet", "service"),
        ("database", "benchmark-litellm"),
    ]
    assert [fact.source for fact in facts if fact.trouble] == ["task"]


def test_a_task_drill_may_begin_where_a_database_drill_may_not(deployed: Deployed) -> None:
    task = checked(deployed.checks(template_id=TEMPLATE, alarms=["errors"], least_survivors=1, needs_standby=False))
    assert [one.name for one in task] == ["service", "targets", "alarms", "blast radius"]
    assert all(one.holds for one in task)
    database = checked(deployed.checks(template_id=TEMPLATE, alarms=["errors"], least_survivors=2, needs_standby=True))
    assert [one.name for one in database if not one.holds] == ["blast radius", "standby"]


def test_the_alarms_that_end_an_experiment_are_known_by_name() -> None:
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:benchmark-error-rate"
    fis = PlayedFis(template={"stopConditions": [{"source": "aws:cloudwatch:alarm", "value": arn}]})
    assert stop_alarms(fis, TEMPLATE) == ["benchmark-error-rate"]
    assert stop_alarms(PlayedFis(template={"stopConditions": [{"source": "none"}]}), TEMPLATE) == []


AWS = Target(account_id="123456789012", region="us-east-1", rehearsal=False)
REHEARSAL = Target(account_id="123456789012", region="us-east-1", rehearsal=True)


@pytest.mark.parametrize(
    ("pace", "said"),
    [(1, "the rehearsal, with AWS's own waits"), (30.0, "the rehearsal, with AWS's waits 30 times shorter")],
)
def test_a_report_says_that_it_was_a_rehearsal_and_how_fast(pace: float, said: str) -> None:
    named = where(REHEARSAL, {"settings": {"pace": pace}})
    assert (named["target"], named["rehearsal"]["pace"]) == (said, pace)


def test_a_report_names_the_account() -> None:
    assert where(AWS, None) == {"target": "AWS account 123456789012, us-east-1", "rehearsal": None}


@pytest.mark.parametrize(("target", "status"), [(AWS, {"settings": {"pace": 1}}), (REHEARSAL, None)])
def test_neither_is_taken_for_the_other(target: Target, status: dict[str, Any] | None) -> None:
    with pytest.raises(ValueError, match="the target is"):
        where(target, status)
