"""Drills, as an operator runs them: from the terminal, on the deployed environment, with a report in the end."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.operations.drill.deployed import stop_alarms
from modules.operations.drill.evidence import verify
from modules.operations.drill.preconditions import healthy_targets, quiet_alarms, steady_service
from modules.operations.drill.report import Report
from tests.rehearsal.parts import wait_until

from .checkout import Checkout, Result
from .conftest import Aws
from .fleet import held

pytestmark = pytest.mark.end_to_end
UNDER_WAY = ("pending", "initiating", "running", "stopping")


def wait_until_steady(checkout: Checkout, environment: str = "benchmark") -> None:
    """After one drill the fleet is spread over the zones again, and alarms look at minutes that are past."""
    aws, name = checkout.clients(environment), f"{environment}-litellm"
    ecs, fis, elbv2, cloudwatch = aws("ecs"), aws("fis"), aws("elbv2"), aws("cloudwatch")
    service = ecs.describe_services(cluster=name, services=[name])["services"][0]
    group = service["loadBalancers"][0]["targetGroupArn"]
    templates = [one["id"] for one in fis.list_experiment_templates()["experimentTemplates"]]
    alarms = [alarm for template in templates for alarm in stop_alarms(fis, template) if alarm.startswith(name)]

    def steady() -> bool:
        wrong = [*steady_service(ecs, name, name), *healthy_targets(elbv2, group), *quiet_alarms(cloudwatch, alarms)]
        return not wrong

    wait_until(steady, 240)


@pytest.fixture
def held_benchmark(checkout: Checkout, deployment: Result) -> Iterator[None]:
    with held(checkout.clients()):
        yield


@pytest.fixture
def held_production(production_checkout: Checkout, production: Result) -> Iterator[None]:
    with held(production_checkout.clients("production"), "production"):
        yield


def report_of(checkout: Checkout, result: Result) -> tuple[Report, str]:
    """The report's numbers and its page, whose evidence is as the drill left it."""
    page = checkout.directory / result.line("The report: ").removeprefix("The report: ")
    folder = page.with_suffix("")
    assert verify(folder) == []
    return Report.model_validate_json((folder / "report.json").read_text()), page.read_text()


def passed(checkout: Checkout, result: Result) -> Report:
    assert result.code == 0, result.output
    report, page = report_of(checkout, result)
    assert report.outcome == "pass"
    assert report.measures
    assert report.measures.effects
    assert report.measures.rto_full_seconds is not None
    assert report.measures.writes
    assert report.measures.writes.lost == ()
    assert 'src="data:image/png;base64,' in page
    assert "pass: every objective is met" in page
    return report


def test_a_stopped_task_is_replaced_and_the_report_says_how_long_that_took(
    checkout: Checkout, first_hour: dict[str, Result]
) -> None:
    report = passed(checkout, first_hour["make drill-task"])
    assert report.measures
    assert report.measures.rto_full_seconds
    assert any(effect.startswith("fewer tasks than wanted") for effect in report.measures.effects)


def test_a_lost_zone_hurts_until_the_balancer_leaves_it_out(checkout: Checkout, held_benchmark: None) -> None:
    wait_until_steady(checkout)
    report = passed(checkout, checkout.make("drill-az"))
    assert report.measures
    assert report.measures.rto_degraded_seconds
    assert any(error.startswith("no complete answer") or "504" in error for error in report.measures.errors)


def test_the_standby_of_production_takes_over_without_a_lost_write(
    production_checkout: Checkout, held_production: None
) -> None:
    wait_until_steady(production_checkout, "production")
    report = passed(production_checkout, production_checkout.make("drill-rds", "ENV=production"))
    assert report.measures
    assert report.measures.writes
    assert report.measures.writes.acknowledged > 100
    assert report.measures.writes.refused_seconds > 1


def test_all_drills_so_far_are_on_one_scorecard(checkout: Checkout, deployment: Result) -> None:
    result = checkout.make("-s", "drills")
    rows = [line for line in result.output.splitlines() if re.search(r"Z-benchmark-(task|az) ", line)]
    assert len(rows) >= 2
    assert all("unchanged" in row and " pass " in row for row in rows)


def test_a_database_in_one_zone_is_not_failed_over_and_the_way_back_is_named(
    checkout: Checkout, deployment: Result
) -> None:
    result = checkout.make("drill-rds")
    assert result.code != 0
    assert "Traceback" not in result.output
    error = result.line("error: ")
    assert "database.multi_az: false" in error
    assert "restore-db-instance-to-point-in-time" in error
    assert list((checkout.directory / ".drills").glob("*-rds*")) == []


@pytest.fixture
def zone_is_cut(checkout: Checkout, held_benchmark: None) -> Iterator["subprocess.Popen[str]"]:
    """A drill that has begun to break a zone."""
    wait_until_steady(checkout)
    process = checkout.start("drill-az")
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if "the experiment is running" in line:
            break
    assert process.poll() is None, "".join(said)
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def test_ctrl_c_ends_the_fault_and_a_second_drill_is_refused_until_then(
    checkout: Checkout, aws: Aws, zone_is_cut: "subprocess.Popen[str]"
) -> None:
    second = checkout.make("drill-task")
    assert second.code != 0
    assert "Traceback" not in second.output
    assert re.search(
        r"the experiment \S+ is running; wait for its end, or end it with 'make drill-abort'", second.output
    )

    os.killpg(zone_is_cut.pid, signal.SIGINT)
    output, _ = zone_is_cut.communicate(timeout=120)

    assert zone_is_cut.returncode != 0
    assert "Traceback" not in output
    states = {one["state"]["status"] for one in aws("fis").list_experiments()["experiments"]}
    assert not states & set(UNDER_WAY)
    assert "is cut off" not in checkout.make("status").output
    newest = max(Path(checkout.directory / ".drills").glob("*-az"))
    assert Report.model_validate_json((newest / "report.json").read_text()).outcome == "interrupted"
    assert verify(newest) == []

    again = checkout.make("drill-abort")
    assert again.code == 0, again.output
    assert "no experiment of this environment is under way" in again.output
