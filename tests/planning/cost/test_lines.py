"""Worked examples of each pricer, in round prices, and what holds for any month."""

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.planning.cost.estimate import estimate
from modules.planning.cost.lines import Estimate
from modules.planning.cost.pricers.load_balancer import capacity_units, rules_processed
from modules.planning.cost.pricers.network import task_log_gb
from modules.planning.cost.prices import PriceBook
from modules.planning.cost.terraform_json import read_stack
from modules.planning.fargate import MEMORY_MIB_BY_CPU_UNITS
from modules.settings.usage import Usage

from .conftest import BOOK, month, plan, stack, usage

QUIET = usage(requests_per_second=0)


def priced(used: Usage = QUIET, **changed: Any) -> Estimate:
    return estimate([plan(**changed)], used, BOOK)


def line(found: Estimate, what: str, type_: str = "") -> float:
    """USD of the lines of that name."""
    amounts = [one.usd for one in found.lines if one.what == what and one.address.startswith(type_)]
    assert amounts, f"no line {what!r} among {[one.what for one in found.lines]}"
    return sum(amounts)


def whats(found: Estimate, type_: str = "") -> set[str]:
    return {one.what for one in found.lines if one.address.startswith(type_)}


def test_four_tasks_of_4_vcpu_and_8_gb() -> None:
    found = priced()
    assert line(found, "vCPU, on demand") == pytest.approx(4 * 4 * 730 * 0.04)
    assert line(found, "memory, on demand") == pytest.approx(4 * 8 * 730 * 0.004)


def test_autoscaling_bounds_the_quiet_and_the_busy_month() -> None:
    target = {
        "aws_appautoscaling_target": {
            "t": {"min_capacity": 2, "max_capacity": 10, "resource_id": "service/${aws_ecs_service.service.name}"}
        }
    }
    vcpu = 4 * 730 * 0.04
    for scenario, tasks in (("low", 2), ("typical", 4), ("high", 10)):
        found = estimate([plan(**target)], QUIET, BOOK, scenario)  # type: ignore[arg-type]
        assert line(found, "vCPU, on demand") == pytest.approx(tasks * vcpu)


def test_the_usages_own_number_of_tasks_goes_before_it() -> None:
    assert line(priced(QUIET.with_tasks(7)), "vCPU, on demand") == pytest.approx(7 * 4 * 730 * 0.04)


def test_spot_takes_its_share_of_the_tasks_beyond_the_base() -> None:
    service = stack()["resource"]["aws_ecs_service"]["service"]
    strategy = [
        {"capacity_provider": "FARGATE", "base": 2, "weight": 25},
        {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": 75},
    ]
    found = priced(aws_ecs_service={"service": {**service, "capacity_provider_strategy": strategy}})
    # Of four tasks two are on demand before the share; three quarters of the other two are on Spot.
    assert line(found, "vCPU, on demand") == pytest.approx(2.5 * 4 * 730 * 0.04)
    assert line(found, "vCPU, Spot") == pytest.approx(1.5 * 4 * 730 * 0.01)


def test_tasks_that_run_beside_the_old_ones_and_those_that_run_once_are_charged_by_the_minute() -> None:
    used = Usage.model_validate(
        {"tasks": {"deployments": 6, "deployment_minutes": 10, "gated_task_minutes": 5, "starts": 0}}
    )
    found = priced(used)
    # Half of four tasks more, six times for ten minutes: two task-hours.
    assert line(found, "vCPU, while deploying") == pytest.approx(2 * 4 * 0.04)
    assert line(found, "vCPU, before deployments") == pytest.approx(0.5 * 1 * 0.04)


def test_public_tasks_pay_for_their_addresses_and_send_nothing_through_nat() -> None:
    service = stack()["resource"]["aws_ecs_service"]["service"]
    network = {**service["network_configuration"], "assign_public_ip": True}
    found = priced(
        usage(requests_per_second=10), aws_ecs_service={"service": {**service, "network_configuration": network}}
    )
    assert line(found, "public IPv4 of tasks") == pytest.approx(4 * 730 * 0.005)
    assert "bytes: prompts and answers" not in whats(found)


@pytest.mark.parametrize(
    ("traffic", "units", "decides"),
    [
        # 100 requests/s of 20 kB are 7.2 GB an hour.
        ({"requests_per_second": 100, "request_kb": 15, "response_kb": 5}, 7.2, "bytes"),
        (
            {"requests_per_second": 100, "request_kb": 1, "response_kb": 1, "requests_per_connection": 1},
            4,
            "new connections",
        ),
        (
            {
                "requests_per_second": 100,
                "request_kb": 0,
                "response_kb": 0,
                "requests_per_connection": 10,
                "connection_seconds": 600,
            },
            2,
            "active connections",
        ),
        # The 30th rule fits: 20 beyond the free ten.
        ({"requests_per_second": 100, "request_kb": 0, "response_kb": 0, "path": "/30/x"}, 2, "rule evaluations"),
    ],
)
def test_the_largest_dimension_of_a_capacity_unit_counts(traffic: dict[str, Any], units: float, decides: str) -> None:
    found = capacity_units(month(usage(**traffic)))
    assert found.charged == pytest.approx(units)
    assert found.decides == decides


@pytest.mark.parametrize(("path", "rules"), [("/1/x", 1), ("/12/x", 12), ("/nowhere", 30)])
def test_rules_are_gone_through_until_one_fits_the_path(path: str, rules: int) -> None:
    assert rules_processed(month(usage(path=path))) == rules


def test_internet_bytes_are_answers_and_prompts_and_reach_the_second_tier() -> None:
    found = priced(usage(requests_per_second=1000 / 2628, request_kb=100, response_kb=1_900))
    # A million requests: 1,900 GB of answers, and 100 GB of prompts on to the providers.
    assert line(found, "to the internet") == pytest.approx(1_000 * 0.09)
    assert line(found, "to the internet, from 1,000") == pytest.approx(1_000 * 0.05)
    assert line(found, "bytes: prompts and answers") == pytest.approx(2_000 * 0.05)
    # Half of the tasks are in the zone without a gateway; both ends pay.
    assert line(found, "across zones: NAT gateway") == pytest.approx(
        2 * 0.5 * 0.01 * (2_000 + _logs_gb(usage(requests_per_second=1000 / 2628))), rel=0.01
    )


def _logs_gb(used: Usage) -> float:

    return task_log_gb(month(used))


def test_an_internal_load_balancer_has_no_addresses_and_answers_nobody_outside() -> None:
    balancer = {"lb": {"load_balancer_type": "application", "internal": True, "subnets": ["a", "b"]}}
    found = priced(usage(requests_per_second=10), aws_lb=balancer)
    assert "public IPv4 of the load balancer" not in whats(found)
    assert "0.0 GB of answers" in next(one.because for one in found.lines if one.what == "to the internet")


def test_a_standby_doubles_instance_and_storage() -> None:
    database = stack()["resource"]["aws_db_instance"]["database"]
    found = priced(aws_db_instance={"database": {**database, "multi_az": True}})
    assert line(found, "instance hours") == pytest.approx(730 * 0.14)
    assert line(found, "storage") == pytest.approx(100 * 0.2)


def test_a_read_replica_is_an_instance_with_its_primarys_storage() -> None:
    database = stack()["resource"]["aws_db_instance"]["database"]
    replica = {"replicate_source_db": "${aws_db_instance.database.identifier}", "instance_class": "db.t3.medium"}
    found = priced(aws_db_instance={"database": database, "replica": replica})
    assert line(found, "instance hours") == pytest.approx(2 * 730 * 0.07)
    assert line(found, "storage") == pytest.approx(2 * 100 * 0.1)


def test_backups_cost_what_goes_beyond_the_storage() -> None:
    used = Usage.model_validate({"database": {"used_gb": 80, "daily_change_gb": 10}})
    # 80 GB and seven days of 10 GB are 150; a hundred of them are free.
    assert line(priced(used), "backups") == pytest.approx(50 * 0.1)
    assert "backups" not in whats(priced())


def test_an_alarm_costs_each_metric_that_it_looks_at_and_more_when_it_looks_often() -> None:
    metric = {"metric": {"period": 60}}
    alarms = {
        "one": {"period": 60},
        "math": {"metric_query": [{"expression": "a + b"}, metric, metric]},
        "fast": {"period": 10},
    }
    found = priced(aws_cloudwatch_metric_alarm=alarms)
    assert line(found, "alarm") == pytest.approx(0.1 + 0.2 + 0.3)


@pytest.mark.parametrize(
    ("actions", "usd"),
    [
        ([{"parameter": []}], 0.1),
        ([{"parameter": [{"key": "duration", "value": "PT5M"}]}], 0.5),
        ([{"parameter": [{"key": "duration", "value": "PT1H30M"}]}, {"parameter": None}], 9.1),
    ],
)
def test_a_drill_costs_the_minutes_of_its_actions(actions: list[dict[str, Any]], usd: float) -> None:
    found = priced(aws_fis_experiment_template={"drill": {"action": actions}})
    assert line(found, "action minutes") == pytest.approx(usd)


def test_the_firewall_costs_its_rules_and_each_request_and_says_what_it_leaves_out() -> None:
    bots = {"statement": {"managed_rule_group_statement": {"name": "AWSManagedRulesBotControlRuleSet"}}}
    found = priced(usage(requests_per_second=1), aws_wafv2_web_acl={"acl": {"rule": [{"statement": {}}, bots]}})
    assert line(found, "rules") == pytest.approx(2)
    assert line(found, "requests") == pytest.approx(730 * 3600 * 0.0000006)
    assert [one.why for one in found.not_priced if one.address == "aws_wafv2_web_acl.acl"] == [
        "the rule group AWSManagedRulesBotControlRuleSet has fees of its own, which have no pricer"
    ]


def test_a_log_group_is_charged_by_who_writes_to_it() -> None:
    tasks = stack()["resource"]["aws_ecs_task_definition"]
    tasks["task"]["container_definitions"] = json.dumps([{"awslogs-group": "${aws_cloudwatch_log_group.litellm.name}"}])
    groups = {
        "litellm": {"name": "/ecs/litellm", "retention_in_days": 30},
        "flows": {"name": "/vpc/litellm", "retention_in_days": 30},
        "database": {"name": "/aws/rds/instance/litellm/postgresql", "retention_in_days": 30},
        "stranger": {"name": "/who/knows"},
    }
    found = priced(
        usage(requests_per_second=1),
        aws_ecs_task_definition=tasks,
        aws_cloudwatch_log_group=groups,
        aws_flow_log={"flows": {"log_destination": "${aws_cloudwatch_log_group.flows.arn}"}},
    )
    # 2.628 million requests of 100 bytes, and 5 MB a day of each of four tasks.
    assert line(found, "ingestion: LiteLLM") == pytest.approx(0.5 * (0.2628 + 4 * 5 * 730 / 24 / 1000))
    assert line(found, "ingestion: flow logs") == pytest.approx(0.5 * 2.628 * 0.11)
    assert line(found, "ingestion: PostgreSQL") == pytest.approx(0.5 * 20 * 730 / 24 / 1000)
    assert [one.address for one in found.not_priced] == ["aws_cloudwatch_log_group.stranger"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"aws_lambda_function": {"f": {}}}, "no pricer for the type aws_lambda_function"),
        ({"aws_lb": {"lb": {"load_balancer_type": "network"}}}, "a load balancer of the type network has no pricer"),
        ({"aws_db_instance": {"d": {"engine": "mysql"}}}, "a database of the engine mysql has no pricer"),
        ({"aws_ecs_task_definition": {}}, "its task definition is not in the plan, and with it the tasks' size"),
        ({"aws_vpc_endpoint": {"e": {"vpc_endpoint_type": "GatewayLoadBalancer"}}}, "an endpoint of the type Gateway"),
    ],
)
def test_what_has_no_pricer_is_listed_and_never_zero(changed: dict[str, Any], told: str) -> None:
    (listed,) = priced(**changed).not_priced
    assert listed.why.startswith(told)


def test_a_price_that_the_book_lacks_is_listed_beside_the_lines_that_it_has() -> None:
    book = PriceBook(row for row in BOOK.rows if row.key != "nat.hour")
    found = estimate([plan()], QUIET, book)
    assert [(one.address, one.why.split(":")[0]) for one in found.not_priced] == [("aws_nat_gateway.nat", "hours")]
    assert "bytes: logs" in whats(found, "aws_nat_gateway")


@given(st.floats(0, 5_000), st.floats(0, 5_000))
@settings(max_examples=50)
def test_more_requests_never_cost_less(one: float, other: float) -> None:
    less, more = (estimate([PLAN], usage(requests_per_second=load), BOOK) for load in sorted([one, other]))
    assert less.usd <= more.usd + 1e-6
    assert less.usd - less.usd_by_traffic == pytest.approx(more.usd - more.usd_by_traffic)


PLAN = read_stack(stack())
SIZES = st.sampled_from(sorted(MEMORY_MIB_BY_CPU_UNITS)).flatmap(
    lambda cpu: st.tuples(st.just(cpu), st.sampled_from(MEMORY_MIB_BY_CPU_UNITS[cpu]))
)


@given(SIZES, st.integers(1, 40), st.sampled_from(["X86_64", "ARM64"]))
@settings(max_examples=50)
def test_a_tasks_size_number_and_architecture_change_its_own_lines_alone(
    size: tuple[int, int], tasks: int, architecture: str
) -> None:
    changed = stack()
    changed["resource"]["aws_ecs_task_definition"]["task"] = {
        "cpu": str(size[0]),
        "memory": str(size[1]),
        "runtime_platform": [{"cpu_architecture": architecture}],
    }
    changed["resource"]["aws_ecs_service"]["service"]["desired_count"] = tasks
    before, after = (estimate([one], QUIET, BOOK).by_key() for one in (PLAN, read_stack(changed)))
    # Each task writes some log, which goes through NAT and from zone to zone.
    moving = {"bytes: logs", "across zones: NAT gateway"}
    own = {"vCPU, on demand", "memory, on demand"}
    differing = {
        key[1] for key in {*before, *after} if before.get(key, 0) != pytest.approx(after.get(key, 0), abs=1e-9)
    }
    assert differing <= own | moving
    vcpu, gb = {"X86_64": (0.04, 0.004), "ARM64": (0.03, 0.003)}[architecture]
    compute = sum(usd for key, usd in after.items() if key[1] in own)
    assert compute == pytest.approx(730 * tasks * (size[0] / 1024 * vcpu + size[1] / 1024 * gb))


@given(st.integers(20, 5_000), st.booleans(), st.floats(100, 744))
@settings(max_examples=50)
def test_a_databases_storage_and_standby_change_its_own_lines_alone(gib: int, standby: bool, hours: float) -> None:
    changed = stack()
    changed["resource"]["aws_db_instance"]["database"] |= {"allocated_storage": gib, "multi_az": standby}
    used = QUIET.model_copy(update={"hours": hours})
    before, after = (estimate([one], used, BOOK).by_key() for one in (PLAN, read_stack(changed)))
    differing = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    assert {address for address, _ in differing} <= {"aws_db_instance.database"}
    assert {what for _, what in differing} <= {"instance hours", "storage", "backups"}
    assert after["aws_db_instance.database", "instance hours"] == pytest.approx(hours * (0.14 if standby else 0.07))
