"""Rule 10 of the design: autoscaling's bounds, and what the survivors of a lost zone carry."""

from typing import Any

import pytest

from modules.environment_file import load
from modules.settings.change import changed

from .conftest import findings, the_only_finding

PRODUCTION = load("production")
BENCHMARK = load("benchmark")
SCHEDULE = {"name": "office-hours", "cron": "0 7 ? * MON-FRI *", "minimum_tasks": 8, "maximum_tasks": 12}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"service.autoscaling.minimum_tasks": 1}, "service.autoscaling's lowest minimum_tasks"),
        (
            {"service.autoscaling.schedules": [SCHEDULE | {"minimum_tasks": 1}]},
            "service.autoscaling's lowest minimum_tasks",
        ),
        ({"service.autoscaling": None, "service.desired_tasks": 1}, "service.desired_tasks"),
    ],
)
def test_a_minimum_that_leaves_a_zone_without_a_task_is_refused(changes: dict[str, Any], named: str) -> None:
    # A load that no task feels, so that this is the only thing wrong.
    message = the_only_finding(changed(PRODUCTION, {"load.requests_per_second": 1} | changes), "autoscaling", "error")
    assert message.startswith(f"{named} is 1, fewer than the 2 availability zones")
    assert message.endswith("state at least 2")


@pytest.mark.parametrize("desired", [5, 13])
def test_a_number_of_tasks_outside_of_the_bounds_is_refused(desired: int) -> None:
    message = the_only_finding(changed(PRODUCTION, {"service.desired_tasks": desired}), "autoscaling", "error")
    assert f"service.desired_tasks {desired} is not between service.autoscaling.minimum_tasks 6" in message


@pytest.mark.parametrize("desired", [6, 12])
def test_a_number_of_tasks_on_a_bound_is_let_pass(desired: int) -> None:
    assert findings(changed(PRODUCTION, {"service.desired_tasks": desired}), "autoscaling") == []


def test_a_schedule_before_office_hours_is_let_pass() -> None:
    scheduled = changed(PRODUCTION, {"service.autoscaling.schedules": [SCHEDULE | {"timezone": "Europe/Berlin"}]})
    assert findings(scheduled, "autoscaling") == []


@pytest.mark.parametrize("cron", ["0 7 * * MON-FRI *", "0 7 ? * ? *"])
def test_a_schedule_that_application_auto_scaling_would_refuse_is_refused(cron: str) -> None:
    scheduled = changed(PRODUCTION, {"service.autoscaling.schedules": [SCHEDULE | {"cron": cron}]})
    message = the_only_finding(scheduled, "autoscaling", "error")
    assert f"office-hours: cron '{cron}'" in message
    assert "exactly one of the two has to be '?'" in message


def test_a_timezone_that_does_not_exist_is_refused() -> None:
    scheduled = changed(PRODUCTION, {"service.autoscaling.schedules": [SCHEDULE | {"timezone": "Europe/Brlin"}]})
    assert "no timezone 'Europe/Brlin'" in the_only_finding(scheduled, "autoscaling", "error")


def test_the_sources_four_tasks_do_not_carry_its_load_in_one_zone() -> None:
    """operations.md, section 0: losing one of two zones at 1,170 requests/s is overload, 1.07 to 1.14."""
    messages = [finding.message for finding in findings(BENCHMARK, "zone_loss")]
    assert {finding.severity for finding in findings(BENCHMARK, "zone_loss")} == {"warning"}
    (four,) = [message for message in messages if message.startswith("starting with 4 tasks over 2 zones leaves 2")]
    assert f"1170 requests/s / (2 tasks x 4 workers x 129 requests/s = {2 * 4 * 129})" in four
    assert f"= {100 * 1170 / (2 * 4 * 129):.1f} %" in four
    assert "state 6 tasks or more" in four
    (two,) = [message for message in messages if message.startswith("the minimum of 2 tasks over 2 zones leaves 1")]
    assert "= 226.7 %" in two


def test_following_the_advice_settles_it() -> None:
    six = {"service.desired_tasks": 6, "service.autoscaling.minimum_tasks": 6}
    assert findings(changed(BENCHMARK, six), "zone_loss") == []
    five = {"service.desired_tasks": 5, "service.autoscaling.minimum_tasks": 5}
    assert findings(changed(BENCHMARK, five), "zone_loss") != []


def test_a_load_that_saturates_even_the_maximum_in_one_zone_is_refused() -> None:
    most = 12 // 2 * 4 * 129
    message = the_only_finding(changed(PRODUCTION, {"load.requests_per_second": most + 1}), "zone_loss", "error")
    assert message.startswith("even the maximum of 12 tasks over 2 zones leaves 6 when a zone is lost")
    assert f"= {most}) = 100.0 %" in message


def test_three_zones_need_fewer_spare_tasks_than_two() -> None:
    """Of six tasks two zones leave three, 1300 / (3 x 4 x 129) = 84 %, and three zones four, 63 %."""
    heavy = changed(PRODUCTION, {"load.requests_per_second": 1300})
    assert "leaves 3" in the_only_finding(heavy, "zone_loss", "warning")
    three_zones = {"availability_zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}
    assert findings(changed(heavy, three_zones), "zone_loss") == []


def test_the_limit_is_a_setting() -> None:
    strict = changed(PRODUCTION, {"load.utilisation_limit_percent": 60})
    assert "load.utilisation_limit_percent is 60" in the_only_finding(strict, "zone_loss", "warning")
