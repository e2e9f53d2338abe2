"""What the rules find in an environment, and with which arithmetic they say so."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.environment_file import load
from modules.planning.connections import connection_budget, connection_pool
from modules.rules import check
from modules.settings import Notifications
from modules.settings.change import changed

from .conftest import findings, the_only_finding

BENCHMARK = load("benchmark")
PRODUCTION = load("production").model_copy(update={"notifications": Notifications(emails=("oncall@example.com",))})
"""With somebody to hear its alarms, whose address the project cannot know."""
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def test_production_has_no_findings_at_all() -> None:
    assert check(PRODUCTION) == []


def test_production_as_it_comes_only_lacks_somebody_who_listens() -> None:
    assert [(finding.rule, finding.severity) for finding in check(load("production"))] == [("listeners", "warning")]


def test_the_benchmark_has_exactly_the_warnings_of_the_sources_own_contradictions() -> None:
    """Health checks slower than the objective, readiness against a failover, no HTTPS, no firewall, single points of
    failure: design.md, "Where the source document cannot be followed to the letter". Four tasks that do not carry their
    load in one zone: operations.md, section 0. An alarm at two tasks of two, and one that suits the benchmark's fake
    LLM."""
    assert {(finding.rule, finding.severity) for finding in check(BENCHMARK)} == {
        ("detection", "warning"),
        ("readiness_kill", "warning"),
        ("plaintext", "warning"),
        ("firewall", "warning"),
        ("objectives", "warning"),
        ("transaction_buffer", "warning"),
        ("zone_loss", "warning"),
        ("alarms", "warning"),
        ("listeners", "warning"),
    }


def test_no_environment_of_the_project_is_stopped_by_a_rule() -> None:
    for name in ("dev", "benchmark", "production"):
        assert [finding for finding in check(load(name)) if finding.severity == "error"] == []


def test_errors_come_before_warnings() -> None:
    severities = [finding.severity for finding in check(changed(BENCHMARK, {"availability_zones": ["us-east-1a"]}))]
    assert severities == sorted(severities)
    assert {"error", "warning"} == set(severities)


def test_the_sources_pool_of_ten_breaks_at_its_autoscaling_maximum() -> None:
    """Source, "Database Connection Pooling" and "Auto Scaling": 10 x 4 workers x 10 tasks = 400 of 200, and while 150 %
    of the tasks run in a deployment 600."""
    message = the_only_finding(
        changed(BENCHMARK, {"litellm.database_connection_pool": 10, "service.deployment.maximum_percent": 150}),
        "connection_budget",
        "error",
    )
    at_the_maximum = 10 * 4 * 10
    in_a_deployment = at_the_maximum * 150 // 100
    assert (at_the_maximum, in_a_deployment) == (400, 600)
    assert (
        "10 connections x 4 workers x 15 tasks (10 at the maximum, 150 % of them during a deployment) = 600" in message
    )
    assert "200 max_connections - 15 reserved = 185" in message
    assert f"set litellm.database_connection_pool to {185 // (4 * 15)} or 'auto'" in message
    assert f"raise database.parameters.max_connections to {in_a_deployment + 15}" in message


def test_the_sources_pool_of_ten_breaks_at_the_maximum_even_without_counting_deployments() -> None:
    almost_none = {"litellm.database_connection_pool": 10, "service.deployment.maximum_percent": 101}
    assert "= 400, but" in the_only_finding(changed(BENCHMARK, almost_none), "connection_budget", "error")


def test_the_sources_pool_of_ten_fits_its_four_tasks() -> None:
    """Source, "Database Connection Pooling": 4 x 4 x 10 = 160 of 200, here with 15 in reserve."""
    assert 4 * 4 * 10 + 15 <= 200
    as_in_the_diagram = {
        "litellm.database_connection_pool": 10,
        "service.autoscaling": None,
        "service.deployment.maximum_percent": 101,
    }
    assert findings(changed(BENCHMARK, as_in_the_diagram), "connection_budget") == []


def test_following_the_advice_on_connections_settles_it() -> None:
    for advice in (
        {"litellm.database_connection_pool": 185 // (4 * 15)},
        {"litellm.database_connection_pool": "auto"},
        {"litellm.database_connection_pool": 10, "database.parameters.max_connections": 600 + 15},
    ):
        assert findings(changed(BENCHMARK, advice), "connection_budget") == []


def test_automatic_sizing_says_so_when_not_even_one_connection_a_worker_fits() -> None:
    message = the_only_finding(
        changed(BENCHMARK, {"service.autoscaling.maximum_tasks": 60}), "connection_budget", "error"
    )
    assert "1 connections x 4 workers x 90 tasks" in message
    assert f"raise database.parameters.max_connections to {4 * 90 + 15}" in message
    assert "database_connection_pool" not in message


@given(
    workers=st.integers(min_value=1, max_value=16),
    tasks=st.integers(min_value=1, max_value=60),
    percent=st.integers(min_value=101, max_value=200),
    max_connections=st.integers(min_value=20, max_value=5000),
)
def test_automatic_sizing_takes_the_largest_pool_that_fits(
    workers: int, tasks: int, percent: int, max_connections: int
) -> None:
    sized = changed(
        BENCHMARK,
        {
            "service.workers": workers,
            "service.desired_tasks": tasks,
            "service.autoscaling": None,
            "service.deployment.maximum_percent": percent,
            "database.parameters.max_connections": max_connections,
            "litellm.database_connection_pool": "auto",
        },
    )
    pool = connection_pool(sized)
    deploying = tasks * percent // 100

    def stops(pool: int) -> bool:
        return findings(changed(sized, {"litellm.database_connection_pool": pool}), "connection_budget") != []

    if pool == 0:
        assert workers * deploying > max_connections - sized.database.reserved_connections
        assert findings(sized, "connection_budget") != []
    else:
        assert findings(sized, "connection_budget") == []
        assert not stops(pool)
    assert stops(pool + 1)


def test_the_budget_counts_the_wanted_tasks_where_they_are_more_than_autoscalings_maximum() -> None:
    more = changed(BENCHMARK, {"service.desired_tasks": 12})
    assert connection_budget(more).maximum_tasks == max(12, 10)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"litellm.request_timeout_seconds": 601},
            "litellm.request_timeout_seconds 601 > load_balancer.idle_timeout_seconds 600: the load balancer answers "
            "504 while LiteLLM still waits; set the idle timeout to at least 601",
            id="a request outlives the load balancer's patience",
        ),
        pytest.param(
            {"litellm.keep_alive_seconds": 600},
            "load_balancer.idle_timeout_seconds 600 >= litellm.keep_alive_seconds 600: a worker closes a connection "
            "that the load balancer is about to use, and clients get 502; set keep-alive above 600",
            id="a worker hangs up first",
        ),
        pytest.param(
            {"litellm.graceful_shutdown_seconds": 120},
            "litellm.graceful_shutdown_seconds 120 >= service.stop_timeout_seconds 120: ECS kills the task before "
            "LiteLLM has finished its requests; set the graceful shutdown below 120",
            id="a task is killed in its shutdown",
        ),
        pytest.param(
            {"service.stop_timeout_seconds": 121},
            "service.stop_timeout_seconds 121 > 120, the most that Fargate allows; set it to 120 or less",
            id="more than Fargate waits",
        ),
    ],
)
def test_each_link_of_the_timeout_chain_that_breaks_is_an_error(changes: dict[str, Any], said: str) -> None:
    assert the_only_finding(changed(PRODUCTION, changes), "timeout_chain", "error") == said


@pytest.mark.parametrize(
    "changes",
    [
        {"litellm.request_timeout_seconds": 600},
        {"litellm.keep_alive_seconds": 601},
        {"litellm.graceful_shutdown_seconds": 119},
        {"service.stop_timeout_seconds": 120},
    ],
)
def test_the_timeout_chain_holds_up_to_its_last_second(changes: dict[str, Any]) -> None:
    assert check(changed(PRODUCTION, changes)) == []


def test_every_broken_link_of_the_timeout_chain_is_told_at_once() -> None:
    broken = {
        "litellm.request_timeout_seconds": 700,
        "litellm.keep_alive_seconds": 5,
        "litellm.graceful_shutdown_seconds": 300,
        "service.stop_timeout_seconds": 200,
    }
    assert len(findings(changed(PRODUCTION, broken), "timeout_chain")) == len(broken)


def test_the_sources_health_check_is_slower_than_its_objective_for_a_lost_zone() -> None:
    """Source, "Application Load Balancer" (30 s, 3 failures) against "Recovery Time Objectives" (below a minute)."""
    message = the_only_finding(BENCHMARK, "detection", "warning")
    timeout = BENCHMARK.load_balancer.health_check.timeout_seconds
    assert f"30 s x 3 checks + {timeout} s timeout = up to {30 * 3 + timeout} s (at best {30 * 2} s)" in message
    assert "objectives.zone_failure_seconds is 60" in message


@pytest.mark.parametrize(("interval", "warned"), [(18, False), (19, True)])
def test_a_health_check_is_warned_about_only_beyond_the_objective(interval: int, warned: bool) -> None:
    check_ = {"interval_seconds": interval, "timeout_seconds": 6, "unhealthy_threshold": 3}
    slow = changed(PRODUCTION, {f"load_balancer.health_check.{key}": value for key, value in check_.items()})
    assert warned == (interval * 3 + 6 > 60)
    assert bool(findings(slow, "detection")) is warned


def test_a_readiness_check_that_gives_up_within_a_failover_is_warned_about() -> None:
    """Source, "Database Failure": a Multi-AZ failover takes 60 to 120 s; the check gives up after 90."""
    message = the_only_finding(BENCHMARK, "readiness_kill", "warning")
    assert f"30 s x 3 = {30 * 3} s, but a failover takes up to 120 s" in message


@pytest.mark.parametrize(
    ("path", "interval", "threshold", "warned"),
    [
        ("/health/readiness", 60, 2, True),
        ("/health/readiness", 61, 2, False),
        ("/health/liveliness", 5, 2, False),
    ],
)
def test_a_readiness_check_may_only_outlast_the_failover(
    path: str, interval: int, threshold: int, warned: bool
) -> None:
    patient = {"path": path, "interval_seconds": interval, "timeout_seconds": 4, "unhealthy_threshold": threshold}
    environment = changed(PRODUCTION, {f"load_balancer.health_check.{key}": value for key, value in patient.items()})
    assert bool(findings(environment, "readiness_kill")) is warned


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param(
            {"network.private_subnet_cidrs": ["10.0.2.0/24", "10.0.12.0/24"]},
            "subnets 10.0.2.0/24 and 10.0.2.0/24 overlap",
            id="the same subnet twice",
        ),
        pytest.param(
            {"network.private_subnet_cidrs": ["10.0.0.0/22", "10.0.12.0/24"]},
            "subnets 10.0.1.0/24 and 10.0.0.0/22 overlap",
            id="a subnet within another",
        ),
        pytest.param(
            {"network.private_subnet_cidrs": ["10.0.11.0/24", "10.1.12.0/24"]},
            "private subnet 10.1.12.0/24 is outside network.vpc_cidr 10.0.0.0/16",
            id="a subnet outside the VPC",
        ),
        pytest.param(
            {"network.public_subnet_cidrs": ["10.0.1.0/24"]},
            "network.public_subnet_cidrs has 1 subnets for 2 availability zones; state one for each",
            id="a zone without a subnet",
        ),
        pytest.param(
            {"availability_zones": ["us-east-1a", "us-east-1a"]},
            "availability_zones us-east-1a, us-east-1a: at least two different ones are needed",
            id="a zone twice",
        ),
        pytest.param(
            {"availability_zones": ["us-east-1a", "eu-central-1b"]},
            "availability zone eu-central-1b is not in region us-east-1",
            id="a zone of another region",
        ),
        pytest.param(
            {"network.public_subnet_cidrs": ["10.0.1.0/24", "10.0.2.0/29"]},
            f"public subnet 10.0.2.0/29 has 8 - 5 = {2**3 - 5} free addresses, but 8 for the load balancer = 8",
            id="no room for the load balancer",
        ),
        pytest.param(
            {"network.private_subnet_cidrs": ["10.0.11.0/28", "10.0.12.0/24"]},
            f"private subnet 10.0.11.0/28 has 16 - 5 = {2**4 - 5} free addresses, but {2 * 12} for twice the maximum "
            f"of 12 tasks, all in one zone when the other is lost + 2 for the interface endpoints = {2 * 12 + 2}",
            id="no room for the tasks",
        ),
    ],
)
def test_a_network_that_cannot_work_is_an_error(changes: dict[str, Any], said: str) -> None:
    messages = [finding.message for finding in findings(changed(PRODUCTION, changes), "network")]
    assert said in messages
    assert all(finding.severity == "error" for finding in findings(changed(PRODUCTION, changes), "network"))


def test_one_availability_zone_is_not_enough() -> None:
    one = {
        "availability_zones": ["us-east-1a"],
        "network.public_subnet_cidrs": ["10.0.1.0/24"],
        "network.private_subnet_cidrs": ["10.0.11.0/24"],
        "network.isolated_subnet_cidrs": ["10.0.21.0/24"],
    }
    message = the_only_finding(changed(PRODUCTION, one), "network", "error")
    assert message == "availability_zones us-east-1a: at least two different ones are needed"


def test_three_availability_zones_are_fine() -> None:
    three = {
        "availability_zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
        "network.public_subnet_cidrs": ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"],
        "network.private_subnet_cidrs": ["10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24"],
        "network.isolated_subnet_cidrs": ["10.0.21.0/24", "10.0.22.0/24", "10.0.23.0/24"],
    }
    assert check(changed(PRODUCTION, three)) == []


@pytest.mark.parametrize(("tasks", "stopped"), [(13, False), (14, True)])
def test_a_subnet_of_32_addresses_holds_13_tasks_twice_beside_the_five_that_aws_keeps(
    tasks: int, stopped: bool
) -> None:
    assert stopped == (2 * tasks > 32 - 5)
    small = {"network.private_subnet_cidrs": ["10.0.11.0/27", "10.0.12.0/27"], "network.interface_endpoints": []}
    environment = changed(PRODUCTION, {**small, "service.autoscaling.maximum_tasks": tasks})
    assert bool(findings(environment, "network")) is stopped


@pytest.mark.parametrize(
    ("cpu_units", "memory_mib"), [(256, 2048), (512, 4096), (1024, 8192), (2048, 16384), (4096, 8192), (4096, 30720)]
)
def test_a_task_size_that_aws_documents_is_fine(cpu_units: int, memory_mib: int) -> None:
    """Amazon ECS Developer Guide, "Fargate task sizes"."""
    size = {"service.cpu_units": cpu_units, "service.memory_mib": memory_mib, "service.workers": 1}
    assert findings(changed(PRODUCTION, size), "task_size") == []


@pytest.mark.parametrize(
    ("cpu_units", "memory_mib", "allowed"),
    [
        pytest.param(4096, 4096, ", ".join(str(gib * 1024) for gib in range(8, 31)), id="too little for four vCPU"),
        pytest.param(1024, 9216, ", ".join(str(gib * 1024) for gib in range(2, 9)), id="too much for one vCPU"),
        pytest.param(8192, 18432, ", ".join(str(gib * 1024) for gib in range(16, 61, 4)), id="between two steps"),
    ],
)
def test_a_task_size_that_fargate_does_not_run_is_refused_with_those_that_it_does(
    cpu_units: int, memory_mib: int, allowed: str
) -> None:
    size = {"service.cpu_units": cpu_units, "service.memory_mib": memory_mib, "service.workers": 1}
    assert the_only_finding(changed(PRODUCTION, size), "task_size", "error") == (
        f"Fargate has no task with service.cpu_units {cpu_units} and memory_mib {memory_mib}; with this CPU the memory "
        f"is one of {allowed}"
    )


def test_a_share_of_cpu_that_fargate_does_not_offer_is_refused_with_those_that_it_does() -> None:
    message = the_only_finding(
        changed(PRODUCTION, {"service.cpu_units": 3072, "service.workers": 3}), "task_size", "error"
    )
    offered = ", ".join(str(int(vcpus * 1024)) for vcpus in (0.25, 0.5, 1, 2, 4, 8, 16))
    assert message == f"Fargate has no service.cpu_units 3072; allowed: {offered}"


def test_more_workers_than_vcpus_are_a_warning() -> None:
    sharing = changed(PRODUCTION, {"service.workers": 5, "service.memory_mib": 10240})
    assert the_only_finding(sharing, "task_size", "warning").startswith("5 workers share 4 vCPU; ")


def test_two_gibibytes_for_each_worker_are_what_litellm_recommends() -> None:
    assert findings(changed(PRODUCTION, {"service.memory_mib": 4 * 2048}), "task_size") == []


@pytest.mark.parametrize(
    ("memory_mib", "severity", "said"),
    [
        (1024, "warning", "1024 MiB / 1 workers = 1024 MiB for each; LiteLLM recommends at least 2048"),
        (512, "error", "512 MiB / 1 workers = 512 MiB for each; LiteLLM with its database engine needs 1024"),
    ],
)
def test_less_memory_for_a_worker_is_a_warning_down_to_a_floor(memory_mib: int, severity: str, said: str) -> None:
    small = changed(PRODUCTION, {"service.cpu_units": 256, "service.workers": 1, "service.memory_mib": memory_mib})
    assert said in the_only_finding(small, "task_size", severity)


def test_plaintext_on_the_internet_is_refused_until_somebody_opts_in() -> None:
    message = the_only_finding(changed(PRODUCTION, {"load_balancer.domain": None}), "plaintext", "error")
    assert "neither load_balancer.certificate_arn nor load_balancer.domain" in message
    assert message.endswith("set one of them, or load_balancer.allow_plaintext: true")


def test_plaintext_that_somebody_opted_into_is_a_warning() -> None:
    opted_in = {"load_balancer.domain": None, "load_balancer.allow_plaintext": True}
    message = the_only_finding(changed(PRODUCTION, opted_in), "plaintext", "warning")
    assert "API keys and prompts cross the internet unencrypted (load_balancer.allow_plaintext)" in message


@pytest.mark.parametrize("allow_plaintext", [False, True])
def test_with_a_certificate_there_is_nothing_to_say_about_plaintext(allow_plaintext: bool) -> None:
    encrypted = {
        "load_balancer.domain": None,
        "load_balancer.certificate_arn": CERTIFICATE,
        "load_balancer.allow_plaintext": allow_plaintext,
    }
    assert check(changed(PRODUCTION, encrypted)) == []


def test_a_database_in_one_zone_cannot_meet_an_objective_of_two_minutes() -> None:
    """Source, "Recovery Time Objectives": 30 to 60 minutes in a single zone."""
    single = changed(PRODUCTION, {"database.multi_az": False})
    refused = [finding.message for finding in findings(single, "objectives") if finding.severity == "error"]
    assert len(refused) == 1
    assert "objectives.database_failure_seconds is 120" in refused[0]
    assert f"restored from its backup in {30 * 60} s at best" in refused[0]


@pytest.mark.parametrize(("seconds", "refused"), [(30 * 60 - 1, True), (30 * 60, False)])
def test_a_database_in_one_zone_meets_half_an_hour_at_best(seconds: int, refused: bool) -> None:
    single = changed(PRODUCTION, {"database.multi_az": False, "objectives.database_failure_seconds": seconds})
    assert any(finding.severity == "error" for finding in findings(single, "objectives")) is refused


@pytest.mark.parametrize(("seconds", "warned"), [(119, True), (120, False)])
def test_a_failover_may_take_the_two_minutes_of_the_source(seconds: int, warned: bool) -> None:
    environment = changed(PRODUCTION, {"objectives.database_failure_seconds": seconds})
    assert bool(findings(environment, "objectives")) is warned
    if warned:
        assert "is 119, but a failover of RDS takes up to 120 s" in the_only_finding(
            environment, "objectives", "warning"
        )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"network.nat_gateways": "single"}, "network.nat_gateways: single: "),
        (
            {"database.multi_az": False, "objectives.database_failure_seconds": 3600},
            "database.multi_az: false: ",
        ),
        (
            {
                "network.nat_gateways": "single",
                "database.multi_az": False,
                "objectives.database_failure_seconds": 3600,
            },
            "network.nat_gateways: single and database.multi_az: false: ",
        ),
    ],
)
def test_what_stands_in_one_zone_only_is_named(changes: dict[str, Any], named: str) -> None:
    message = the_only_finding(changed(PRODUCTION, changes), "objectives", "warning")
    assert message.startswith(f"{named}losing the zone that holds it ends service until it is rebuilt")
    assert message.endswith("objectives.zone_failure_seconds (60) says")


def test_a_finding_reads_as_a_line_with_its_severity_and_rule() -> None:
    for finding in check(BENCHMARK):
        assert str(finding) == f"{finding.severity}: {finding.rule}: {finding.message}"
        assert "\n" not in str(finding)


def test_a_deployment_that_could_neither_start_nor_stop_a_task_is_refused() -> None:
    """101 % of 4 tasks is 4: no room for a fifth, and at 100 % none of the four may go."""
    stuck = changed(PRODUCTION, {"service.deployment.maximum_percent": 101, "service.autoscaling.minimum_tasks": 4})
    message = the_only_finding(stuck, "rollout", "error")
    assert "with 4 tasks, service.deployment.maximum_percent 101 allows 4" in message
    assert "minimum_healthy_percent 100 keeps 4" in message


@pytest.mark.parametrize(("minimum", "maximum"), [(100, 125), (75, 101)])
def test_a_deployment_with_room_for_one_task_either_way_is_let_pass(minimum: int, maximum: int) -> None:
    roomy = {"service.deployment.minimum_healthy_percent": minimum, "service.deployment.maximum_percent": maximum}
    assert findings(changed(PRODUCTION, roomy | {"service.autoscaling.minimum_tasks": 4}), "rollout") == []


def test_a_vpc_of_a_size_that_aws_does_not_have_is_refused() -> None:
    message = the_only_finding(changed(PRODUCTION, {"network.vpc_cidr": "10.0.0.0/8"}), "network", "error")
    assert message == "network.vpc_cidr 10.0.0.0/8: AWS allows sizes from /16 to /28"
