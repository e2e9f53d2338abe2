"""A quick rehearsal with small tasks, and the means to start an experiment on it."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modules.rehearsal.lifecycle import Rehearsal

from ..tasks.conftest import Ecs, ecs as ecs, service as service, wait_until

ROLE = "arn:aws:iam::123456789012:role/faults"
ALARM = "faults-users-hurt"
LOG_GROUP = "/aws/vendedlogs/fis/tests"
WORK = "trap 'exit 0' TERM; while :; do sleep 0.1; done"


@dataclass
class Experiments:
    """FIS, as a person's script sees it."""

    ecs: Ecs
    fis: Any
    alarm_arn: str

    @property
    def rehearsal(self) -> Rehearsal:
        return self.ecs.rehearsal

    def template(self, actions: dict[str, Any], targets: dict[str, Any]) -> str:
        created = self.fis.create_experiment_template(
            description="A fault of the tests",
            roleArn=ROLE,
            stopConditions=[{"source": "aws:cloudwatch:alarm", "value": self.alarm_arn}],
            actions=actions,
            targets=targets,
            experimentOptions={"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"},
            logConfiguration={
                "logSchemaVersion": 2,
                "cloudWatchLogsConfiguration": {
                    "logGroupArn": f"arn:aws:logs:us-east-1:123456789012:log-group:{LOG_GROUP}:*"
                },
            },
        )
        template: str = created["experimentTemplate"]["id"]
        return template

    def on_tasks(self, service: str, action_id: str, selection: str = "COUNT(1)", **parameters: str) -> str:
        """The template of a fault of a service's tasks."""
        action = {"actionId": action_id, "targets": {"Tasks": "tasks"}, "parameters": parameters}
        target = {
            "resourceType": "aws:ecs:task",
            "selectionMode": selection,
            "parameters": {"cluster": "tests", "service": service},
        }
        return self.template({"fault": action}, {"tasks": target})

    def start(self, template: str) -> str:
        started = self.fis.start_experiment(experimentTemplateId=template)["experiment"]
        assert started["state"]["status"] == "initiating"
        id_: str = started["id"]
        return id_

    def get(self, id_: str) -> dict[str, Any]:
        found: dict[str, Any] = self.fis.get_experiment(id=id_)["experiment"]
        return found

    def reaches(self, id_: str, *statuses: str, seconds: float = 20) -> dict[str, Any]:
        wait_until(lambda: self.get(id_)["state"]["status"] in statuses, seconds, lambda: self.get(id_)["state"])
        return self.get(id_)

    def targets(self, id_: str) -> list[str]:
        found = self.fis.list_experiment_resolved_targets(experimentId=id_)["resolvedTargets"]
        return [one["targetInformation"]["arn"] for one in found]

    def status(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.rehearsal.url}/_rehearsal/status", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@pytest.fixture
def experiments(ecs: Ecs) -> Iterator[Experiments]:
    """Nothing is in progress when the test ends."""
    cloudwatch = ecs.aws("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="Tests",
        MetricName="Hurt",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="tests")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    logs = ecs.aws("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]:
        logs.create_log_group(logGroupName=LOG_GROUP)
    found = Experiments(ecs, ecs.aws("fis"), alarm["AlarmArn"])
    yield found
    for one in found.status()["parts"]["faults"]["experiments"]:
        found.fis.stop_experiment(id=one["id"])
        found.reaches(one["id"], "stopped")


def process_state(pid: int) -> str:
    """R or S: it runs or sleeps; T: it hangs."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
