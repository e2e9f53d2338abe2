"""What a choice saves, what availability costs, and the comparisons, in round prices."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.planning.cost.answers import (
    Answer,
    Question,
    availability,
    by_requests_per_second,
    drills,
    endpoint_break_even,
    fixed_usd,
    savings,
)
from modules.planning.cost.claims import Claim, check
from modules.planning.cost.compare import changes, side_by_side, unit_costs, waterfall
from modules.planning.cost.estimate import estimate
from modules.planning.cost.infracost import usage_file
from modules.planning.cost.lines import Estimate
from modules.settings.usage import Usage

from .conftest import BOOK, month, plan, stack, usage

QUIET = usage(requests_per_second=0)


def question(used: Usage = QUIET, **changed: Any) -> Question:
    return Question(plans=(plan(**changed),), usage=used, book=BOOK)


def named(answers: list[Answer], what: str) -> Answer:
    (found,) = [answer for answer in answers if answer.what == what]
    return found


TASK = 730 * (4 * 0.04 + 8 * 0.004)


def test_arm_costs_a_quarter_less_here_and_the_total_then_is_told() -> None:
    asked = question()
    answer = named(savings(asked), "tasks on ARM64")
    assert answer.usd == pytest.approx(-4 * TASK / 4)
    assert answer.total == pytest.approx(asked.estimate().usd - TASK)


def test_on_arm_the_question_is_what_x86_would_cost() -> None:
    tasks = {"task": {"cpu": "4096", "memory": "8192", "runtime_platform": {"cpu_architecture": "ARM64"}}}
    assert named(savings(question(aws_ecs_task_definition=tasks)), "tasks on X86_64").usd == pytest.approx(TASK)


def test_half_of_the_tasks_beyond_two_on_spot() -> None:
    answer = named(savings(question()), "half of the tasks beyond two on Spot")
    assert answer.usd == pytest.approx(-TASK * 0.75)


def test_a_savings_plan_is_for_the_tasks_that_always_run() -> None:
    target = {
        "aws_appautoscaling_target": {
            "t": {"min_capacity": 2, "max_capacity": 10, "resource_id": "service/${aws_ecs_service.service.name}"}
        }
    }
    answer = named(savings(question(**target)), "Savings Plan for 1 y")
    # A quarter less for two of the four tasks.
    assert answer.usd == pytest.approx(-2 * TASK / 4)
    assert "the 2 tasks that always run" in answer.remark


def test_a_plan_whose_price_is_not_in_the_book_saves_nothing() -> None:
    assert named(savings(question()), "Savings Plan for 3 y").usd == 0


def test_a_reserved_database_costs_at_most_the_share_less() -> None:
    assert named(savings(question()), "database reserved for 1 y").usd == pytest.approx(-0.3 * 730 * 0.07)


def test_a_variant_without_a_price_says_so() -> None:
    tasks = {"task": {"cpu": "4096", "memory": "8192", "runtime_platform": {"cpu_architecture": "ARM64"}}}
    answer = named(savings(question(aws_ecs_task_definition=tasks)), "half of the tasks beyond two on Spot")
    assert "not priced: vCPU, Spot: the price book has no fargate.spot.arm64.vcpu" in answer.remark


def test_each_step_of_availability_has_its_price_whether_it_is_there_or_not() -> None:
    database = stack()["resource"]["aws_db_instance"]["database"]
    standby = 730 * 0.07 + 100 * 0.1
    for there in (False, True):
        steps = availability(question(aws_db_instance={"database": {**database, "multi_az": there}}))
        answer = named(steps, "a standby of the database")
        assert answer.usd == pytest.approx(standby)
        assert answer.remark == ("there already" if there else "not there")


def test_a_second_nat_gateway_costs_its_hours_and_address_and_saves_the_way_between_zones() -> None:
    quiet = named(availability(question()), "a NAT gateway in each zone").usd
    busy = named(availability(question(usage(requests_per_second=100))), "a NAT gateway in each zone").usd
    assert quiet == pytest.approx(730 * 0.055, rel=0.01)
    assert busy < 0 < quiet


def test_one_more_task_costs_one_task_also_where_the_usage_states_their_number() -> None:
    for used in (QUIET, QUIET.with_tasks(7)):
        assert named(availability(question(used)), "one more task").usd == pytest.approx(TASK, rel=0.001)


def test_copies_in_a_second_region_are_what_goes_with_them() -> None:
    copied = {
        "aws_secretsmanager_secret": {"s": {"replica": [{"region": "us-east-1"}]}},
        "aws_secretsmanager_secret_version": {"v": {"provider": "aws.us-west-2"}},
    }
    assert named(availability(question(**copied)), "copies in a second region").usd == pytest.approx(0.4)


def test_an_endpoint_pays_from_where_the_cheaper_bytes_have_paid_its_hours() -> None:
    found = endpoint_break_even(question())
    # Two zones at 0.01 for 730 h, against 0.04 less for each GB.
    assert found.hours_usd == pytest.approx(14.6)
    assert found.gb == pytest.approx(365)
    assert not found.pays


def test_a_run_of_a_drill_has_its_price() -> None:
    templates = {
        "stop": {"description": "One task stops", "action": [{"parameter": []}]},
        "zone": {"description": "A zone", "action": [{"parameter": [{"key": "duration", "value": "PT5M"}]}]},
    }
    assert [(one.what, one.usd) for one in drills(question(aws_fis_experiment_template=templates))] == [
        ("One task stops", pytest.approx(0.1)),
        ("A zone", pytest.approx(0.5)),
    ]
    assert drills(question()) == []


def test_the_fixed_part_stays_at_any_load() -> None:
    points = by_requests_per_second(question(), [0, 10, 100])
    (fixed,) = {round(fixed_usd(found), 6) for _, found in points}
    # What the tasks log without a request is in the lines that follow the requests: cents.
    assert fixed == pytest.approx(points[0][1].usd, abs=0.1)
    assert [found.usd for _, found in points] == sorted(found.usd for _, found in points)


def test_a_claim_is_checked_without_a_single_request() -> None:
    asked = question(usage(requests_per_second=1000))
    fixed = fixed_usd(asked.estimate())
    checks = {one.way: one for one in check(asked, Claim(lowest_usd=0, highest_usd=fixed - 1, said="less"))}
    assert checks["x86, on demand"].usd == pytest.approx(fixed)
    assert not checks["x86, on demand"].holds
    assert checks["ARM, on demand"].usd == pytest.approx(fixed - TASK)
    assert checks["ARM, on demand"].holds


VARIANTS = st.fixed_dictionaries(
    {
        "desired_count": st.integers(0, 9),
        "multi_az": st.booleans(),
        "nat": st.sets(st.sampled_from(["a", "b", "c"])),
        "load": st.floats(0, 500),
    }
)


def varied(chosen: dict[str, Any]) -> Estimate:
    content = stack()["resource"]
    content["aws_ecs_service"]["service"]["desired_count"] = chosen["desired_count"]
    content["aws_db_instance"]["database"]["multi_az"] = chosen["multi_az"]
    content["aws_nat_gateway"] = {name: {} for name in chosen["nat"]}
    return estimate([plan(**content)], usage(requests_per_second=chosen["load"]), BOOK)


@given(VARIANTS, VARIANTS)
@settings(max_examples=50)
def test_a_waterfall_leads_from_one_total_to_the_other_and_changes_add_up(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    before, after = varied(one), varied(other)
    first, *between, last = waterfall(before, after, ("before", "after"))
    assert (first.start, first.end) == (0, pytest.approx(before.usd))
    assert (last.start, last.end) == (0, pytest.approx(after.usd))
    reached = first.end
    for step in between:
        assert step.start == pytest.approx(reached)
        reached = step.end
    assert reached == pytest.approx(after.usd, abs=0.1)
    assert sum(change.usd for change in changes(before, after)) == pytest.approx(after.usd - before.usd, abs=0.2)
    assert changes(before, before) == []


def test_estimates_side_by_side_have_a_row_for_each_component_and_the_totals() -> None:
    one, other = varied({"desired_count": 1, "multi_az": False, "nat": {"a"}, "load": 0}), Estimate(lines=())
    rows = dict(side_by_side({"one": one, "other": other}))
    assert rows["total"] == [pytest.approx(one.usd), 0]
    assert sum(amounts[0] for name, amounts in rows.items() if name != "total") == pytest.approx(one.usd)


def test_unit_costs_divide_by_what_is_served_and_what_could_be() -> None:
    found = question(usage(requests_per_second=1)).estimate()
    units = unit_costs(found, requests=2_628_000, capacity_requests_per_second=2_064)
    assert units.per_thousand_requests == pytest.approx(found.usd / 2_628)
    assert units.per_request_per_second == pytest.approx(found.usd / 2_064)
    assert unit_costs(found, 0, 0).per_thousand_requests is None


def test_infracosts_usage_file_says_the_same_quantities() -> None:
    used = usage(requests_per_second=100, request_kb=5, response_kb=5)
    groups = {"flows": {"name": "/vpc/litellm", "retention_in_days": 30}}
    logs = {"flows": {"log_destination": "${aws_cloudwatch_log_group.flows.arn}"}}
    asked = question(used, aws_cloudwatch_log_group=groups, aws_flow_log=logs, aws_secretsmanager_secret={"key": {}})
    content = usage_file(asked.estimate(), month(used))
    assert content["version"] == "0.1"
    resources = content["resource_usage"]
    gb = 100 * 730 * 3600 * 10 / 1e6
    assert resources["aws_lb.lb"] == {
        "new_connections": 5,
        "active_connections": 300,
        "processed_bytes_gb": pytest.approx(gb),
        "rule_evaluations": 3000,
    }
    assert resources["aws_nat_gateway.nat"]["monthly_data_processed_gb"] == pytest.approx(gb, rel=0.02)
    assert resources["aws_data_transfer.us-east-1"]["monthly_outbound_internet_gb"] == pytest.approx(gb)
    assert resources["aws_cloudwatch_log_group.flows"]["monthly_data_ingested_gb"] == pytest.approx(28.908)
    assert "aws_db_instance.database" not in resources
