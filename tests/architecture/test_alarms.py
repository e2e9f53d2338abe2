"""Alarms: the source's six, those for what fails otherwise, and what all of them promise."""

import re
from pathlib import Path
from typing import Any

import pytest

from modules.environment_file import load

from .conftest import CERTIFICATE, Environments, Json, Variant, referenced, resources, the_only

RUNBOOK = Path(__file__).parents[2] / "docs" / "alarms.md"
BYTES_PER_GIB = 2**30
CACHE = {"cache": {"nodes": 2}}
ZONES = ("us-east-1a", "us-east-1b")


def alarms(stack: Json) -> list[Json]:
    return resources(stack, "aws_cloudwatch_metric_alarm")


def everything(stack: Json) -> list[Json]:
    return [*alarms(stack), *resources(stack, "aws_cloudwatch_composite_alarm")]


def names(stack: Json) -> set[str]:
    """Without the environment's prefix."""
    return {alarm["alarm_name"].partition("-litellm-")[2] for alarm in everything(stack)}


def alarm(stack: Json, name: str) -> Json:
    (found,) = [alarm for alarm in everything(stack) if alarm["alarm_name"].partition("-litellm-")[2] == name]
    return found


def metrics(alarm: Json) -> dict[str, Json]:
    """The metrics of an alarm on an expression, by the names that the expression uses."""
    return {query["id"]: query["metric"] for query in alarm["metric_query"] if "metric" in query}


def expression(alarm: Json) -> str:
    (query,) = [query for query in alarm["metric_query"] if "expression" in query]
    assert query["return_data"] is True
    result: str = query["expression"]
    return result


def everything_on(variant: Variant) -> Json:
    """Each optional thing that has alarms of its own."""
    changes = (
        CERTIFICATE
        | CACHE
        | {
            "database.instance_class": "db.t4g.large",
            "database.parameters": {
                "max_connections": 800,
                "shared_buffers_mib": 2048,
                "effective_cache_size_mib": 6144,
                "maintenance_work_mem_mib": 256,
                "work_mem_mib": 5,
            },
        }
    )
    return variant("production", changes).environment


# The source's "Recommended Alarms", in its order.


def test_more_than_one_percent_of_server_errors(benchmark: Json) -> None:
    found = alarm(benchmark, "error-rate")
    assert (found["comparison_operator"], found["threshold"]) == ("GreaterThanThreshold", 1)
    watched = {id_: metric["metric_name"] for id_, metric in metrics(found).items()}
    assert watched == {
        "requests": "RequestCount",
        "rejected": "HTTPCode_ELB_503_Count",
        "balancer": "HTTPCode_ELB_5XX_Count",
        "targets": "HTTPCode_Target_5XX_Count",
    }
    for metric in metrics(found).values():
        assert (metric["namespace"], metric["stat"], set(metric["dimensions"])) == (
            "AWS/ApplicationELB",
            "Sum",
            {"LoadBalancer"},
        )


@pytest.mark.parametrize(
    ("requests", "rejected", "balancer", "targets", "percent"),
    [
        (1000, 0, 0, 0, 0),
        (1000, 0, 0, 10, 1),
        (1000, 0, 5, 5, 1),
        # All tasks are gone: such requests are not in RequestCount, and all of them failed.
        (0, 200, 200, 0, 100),
        (100, 100, 100, 0, 50),
        (0, 0, 0, 0, 0),
    ],
)
def test_the_share_of_errors_is_right_in_an_outage_and_without_traffic(
    benchmark: Json, requests: int, rejected: int, balancer: int, targets: int, percent: float
) -> None:
    """The expression as CloudWatch's "Using metric math" defines its functions."""
    found = alarm(benchmark, "error-rate")
    # CloudWatch leaves a point out where it would divide by zero.
    condition, value, otherwise = re.fullmatch(
        r"IF\((.+ > 0), (.+), (0)\)", re.sub(r"FILL\((\w+), 0\)", r"\1", expression(found))
    ).groups()  # type: ignore[union-attr]
    values = {"requests": requests, "rejected": rejected, "balancer": balancer, "targets": targets}
    assert eval(value if eval(condition, values) else otherwise, values) == percent
    assert found["treat_missing_data"] == "notBreaching"


def test_a_95th_percentile_above_500_milliseconds(benchmark: Json) -> None:
    found = alarm(benchmark, "latency")
    assert (found["metric_name"], found["extended_statistic"]) == ("TargetResponseTime", "p95")
    assert (found["comparison_operator"], found["threshold"]) == ("GreaterThanThreshold", 0.5)
    assert "statistic" not in found
    assert found["evaluate_low_sample_count_percentiles"] == "ignore"


def test_fewer_than_two_healthy_tasks(benchmark: Json) -> None:
    found = alarm(benchmark, "healthy-targets")
    assert (found["metric_name"], found["statistic"]) == ("HealthyHostCount", "Minimum")
    assert (found["comparison_operator"], found["threshold"]) == ("LessThanThreshold", 2)
    assert set(found["dimensions"]) == {"LoadBalancer", "TargetGroup"}
    # No target at all is no data.
    assert found["treat_missing_data"] == "breaching"


def test_more_than_80_percent_of_the_databases_cpu(benchmark: Json) -> None:
    found = alarm(benchmark, "database-cpu")
    assert (found["namespace"], found["metric_name"]) == ("AWS/RDS", "CPUUtilization")
    assert (found["comparison_operator"], found["threshold"]) == ("GreaterThanThreshold", 80)
    identifier = found["dimensions"]["DBInstanceIdentifier"]
    assert referenced(benchmark, identifier, "identifier")["identifier"] == "benchmark-litellm"


def test_more_than_180_database_connections_derived_from_the_200(benchmark: Json, variant: Variant) -> None:
    """design.md: 90 % of max_connections, so that the alarm follows the limit."""
    found = alarm(benchmark, "database-connections")
    assert (found["metric_name"], found["statistic"]) == ("DatabaseConnections", "Maximum")
    assert (found["comparison_operator"], found["threshold"]) == ("GreaterThanThreshold", 180)
    doubled = variant("benchmark", {"database.parameters.max_connections": 400}).environment
    assert alarm(doubled, "database-connections")["threshold"] == 360


def test_a_task_that_stops_unexpectedly(benchmark: Json) -> None:
    found = alarm(benchmark, "task-stopped")
    assert (found["namespace"], found["metric_name"]) == ("AWS/Events", "TriggeredRules")
    rule = referenced(benchmark, found["dimensions"]["RuleName"], "name")
    assert rule["name"] == "benchmark-litellm-task-stopped"
    assert (found["threshold"], found["comparison_operator"]) == (0, "GreaterThanThreshold")


# What all alarms promise.


def test_every_alarm_tells_somebody_or_does_something(environments: Environments, variant: Variant) -> None:
    for stack in [*(stacks.environment for stacks in environments.values()), everything_on(variant)]:
        (topic_policy,) = [
            policy
            for policy in resources(stack, "aws_sns_topic_policy")
            if referenced(stack, policy["arn"], "arn")["name"].endswith("-notifications")
        ]
        for found in everything(stack):
            assert found["alarm_actions"], found["alarm_name"]
            if found["alarm_name"].endswith(("-scale-out", "-scale-in")):
                referenced(stack, found["alarm_actions"][0], "arn")["step_scaling_policy_configuration"]
                continue
            assert found["ok_actions"] == found["alarm_actions"]
            (action,) = found["alarm_actions"]
            assert referenced(stack, action, "arn")["policy"] == topic_policy["policy"]


def test_every_alarm_states_what_no_data_means(environments: Environments, variant: Variant) -> None:
    for stack in [*(stacks.environment for stacks in environments.values()), everything_on(variant)]:
        for found in alarms(stack):
            assert found["treat_missing_data"] in ("breaching", "notBreaching", "missing", "ignore")


def sections() -> set[str]:
    return set(re.findall(r"^## (.+)$", RUNBOOK.read_text(), re.MULTILINE))


def section(found: Json) -> str:
    """The section that an alarm's description ends with."""
    url, _, name = str(found["alarm_description"]).rpartition("Runbook: ")[2].partition("#")
    assert url == "docs/alarms.md"
    return name


def test_every_alarm_links_to_its_section_of_the_runbook_and_every_section_is_some_alarms(
    environments: Environments, variant: Variant
) -> None:
    found = [found for stacks in environments.values() for found in everything(stacks.environment)]
    found += everything(everything_on(variant))
    replica = {"database.read_replica": {}}
    found += everything(variant("production", replica).environment)
    for one in found:
        name = one["alarm_name"].partition("-litellm-")[2]
        assert name == section(one) or name.startswith(f"{section(one)}-")
    assert {section(one) for one in found} == sections()


def test_every_section_says_what_it_means_where_to_look_and_what_to_do() -> None:
    parts = re.split(r"^## .+$", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    assert len(parts) == len(sections())
    for part in parts:
        for heading in ("**Means**", "**Look at**", "**Do**"):
            assert part.count(heading) == 1, part


def test_the_runbook_is_where_the_settings_say(variant: Variant) -> None:
    url = "https://wiki.example.com/litellm/alarms"
    stack = variant("dev", {"notifications.runbook_url": url}).environment
    assert str(alarm(stack, "latency")["alarm_description"]).endswith(f"Runbook: {url}#latency")


def test_no_two_alarms_have_one_name(environments: Environments) -> None:
    for stacks in environments.values():
        assert len(names(stacks.environment)) == len(everything(stacks.environment))


# The thresholds are settings.


@pytest.mark.parametrize(
    ("setting", "value", "name", "threshold"),
    [
        ("alarms.error_percent", 2.5, "error-rate", 2.5),
        ("alarms.latency_p95_milliseconds", 20_000, "latency", 20),
        ("alarms.healthy_targets", 3, "healthy-targets", 3),
        ("alarms.database_cpu_percent", 70, "database-cpu", 70),
        ("alarms.database_connections_percent", 75, "database-connections", 600),
        ("alarms.memory_percent", 60, "service-memory", 60),
        ("alarms.storage_free_percent", 3, "database-storage", 3 * BYTES_PER_GIB),
        ("alarms.overhead_p95_milliseconds", 99, "overhead", 99),
        ("service.autoscaling.scale_out_above_percent", 60, "service-cpu", 80),
        ("database.parameters.shared_buffers_mib", 2048, "database-memory", 512 * 2**20),
    ],
)
def test_a_threshold_of_the_settings_is_the_alarms(
    variant: Variant, setting: str, value: Any, name: str, threshold: float
) -> None:
    section_of_the_file = setting.split(".")[0]
    changes: dict[str, Any] = {setting: value}
    if section_of_the_file == "database":
        changes = {
            "database.parameters": load("production").database.parameters.model_dump() | {"shared_buffers_mib": value}
        }
    assert alarm(variant("production", changes).environment, name)["threshold"] == threshold


def test_storage_that_does_not_grow_rings_at_its_own_share(variant: Variant) -> None:
    stack = variant("production", {"database.maximum_storage_gib": None}).environment
    assert alarm(stack, "database-storage")["threshold"] == 15 * BYTES_PER_GIB


# What is there for what fails otherwise.


def test_each_zone_has_an_alarm_of_its_own_unhealthy_tasks(production: Json) -> None:
    for zone in ZONES:
        found = alarm(production, f"unhealthy-targets-{zone}")
        assert (found["metric_name"], found["dimensions"]["AvailabilityZone"]) == ("UnHealthyHostCount", zone)
        assert set(found["dimensions"]) == {"AvailabilityZone", "LoadBalancer", "TargetGroup"}


def test_tls_errors_are_watched_where_there_is_tls(production: Json, benchmark: Json) -> None:
    assert "tls-errors" in names(production)
    assert "tls-errors" not in names(benchmark)


def test_a_burst_of_refused_keys_rings_when_there_is_traffic_enough_for_a_share(production: Json) -> None:
    """LiteLLM issue #34479: the database at its limit shows as 401."""
    found = alarm(production, "client-errors")
    assert {metric["metric_name"] for metric in metrics(found).values()} == {
        "RequestCount",
        "HTTPCode_Target_4XX_Count",
    }
    assert expression(found).startswith("IF(FILL(requests, 0) > 60")


def test_missing_tasks_ring_only_after_autoscalings_steps_had_time(production: Json) -> None:
    found = alarm(production, "missing-tasks")
    assert expression(found) == "wanted - running"
    assert {(metric["namespace"], metric["metric_name"]) for metric in metrics(found).values()} == {
        ("ECS/ContainerInsights", "DesiredTaskCount"),
        ("ECS/ContainerInsights", "RunningTaskCount"),
    }
    assert found["evaluation_periods"] == found["datapoints_to_alarm"] == 10


def test_autoscaling_at_its_maximum_rings_unless_there_is_no_autoscaling(production: Json, variant: Variant) -> None:
    found = alarm(production, "maximum-tasks")
    assert (found["comparison_operator"], found["threshold"]) == ("GreaterThanOrEqualToThreshold", 12)
    off = variant("production", {"service.autoscaling": None}).environment
    assert names(production) - names(off) == {"maximum-tasks", "scale-out", "scale-in"}
    assert names(off) <= names(production)
    fixed = {"minimum_tasks": 8, "maximum_tasks": 8}
    assert "maximum-tasks" not in names(variant("production", {"service.autoscaling": fixed}).environment)


def test_the_overhead_is_watched_where_it_is_measured(production: Json, variant: Variant) -> None:
    found = alarm(production, "overhead")
    assert (found["namespace"], found["metric_name"]) == ("LiteLLM", "OverheadMilliseconds")
    assert (found["dimensions"], found["extended_statistic"]) == ({"Environment": "production"}, "p95")
    off = variant("production", {"litellm": {"overhead_metric": False}}).environment
    assert names(production) - names(off) == {"overhead"}
    assert "OverheadMilliseconds" not in str(off)


def test_credits_are_watched_for_burstable_classes_alone(benchmark: Json, production: Json) -> None:
    assert alarm(benchmark, "database-cpu-credits")["metric_name"] == "CPUSurplusCreditsCharged"
    assert "database-cpu-credits" not in names(production)


def test_the_cache_is_watched_node_by_node_and_without_a_cache_nothing_of_it_is(
    production: Json, variant: Variant
) -> None:
    two, one = (variant("production", {"cache": {"nodes": nodes}}).environment for nodes in (2, 1))
    kinds = {"cache-memory", "cache-evictions", "cache-cpu"}
    without = variant("production", {"cache": None}).environment
    assert not [name for name in names(without) if "cache" in name]
    assert names(one) - names(without) == {f"{kind}-001" for kind in kinds}
    assert names(two) - names(without) == {
        f"{kind}-{node}" for kind in (*kinds, "cache-lag") for node in ("001", "002")
    }
    for node in ("001", "002"):
        member = alarm(two, f"cache-memory-{node}")["dimensions"]["CacheClusterId"]
        assert member.endswith(f"-{node}")
    assert "cache" not in str([alarm["alarm_name"] for alarm in alarms(without)])


def test_each_nat_gateway_is_watched(production: Json, benchmark: Json) -> None:
    for zone in ZONES:
        found = alarm(production, f"nat-ports-{zone}")
        assert found["metric_name"] == "ErrorPortAllocation"
        referenced(production, found["dimensions"]["NatGatewayId"], "id")
    assert [name for name in names(benchmark) if name.startswith("nat-ports")] == ["nat-ports-us-east-1a"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("connections-refused", "FATAL: sorry, too many clients already"),
        (
            "connections-refused",
            "FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute",
        ),
        ("pool-exhausted", '{"message": "Timed out fetching a new connection from the connection pool"}'),
        ("database-unreachable", '{"message": "Can\'t reach database server at `x:5432`"}'),
        ("out-of-memory", "Child process [31] died"),
        ("migration-failed", "LiteLLM Proxy: Database migration cannot proceed. P3009"),
    ],
)
def test_what_the_log_says_in_trouble_raises_its_alarm(production: Json, name: str, line: str) -> None:
    found = alarm(production, name)
    (metric_filter,) = [
        filter_
        for filter_ in resources(production, "aws_cloudwatch_log_metric_filter")
        if filter_["metric_transformation"]["name"] == found["metric_name"]
    ]
    assert metric_filter["metric_transformation"]["namespace"] == found["namespace"]
    group = referenced(production, metric_filter["log_group_name"], "name")
    assert group["name"] == "/ecs/production-litellm"
    # CloudWatch Logs, "Filter pattern syntax": `?` before a term is an alternative.
    terms = re.findall(r'\?"([^"]+)"', metric_filter["pattern"])
    assert metric_filter["pattern"] == " ".join(f'?"{term}"' for term in terms)
    assert any(term in line for term in terms)
    assert not any(term in '{"message": "litellm.acompletion(model=x) 200 OK", "level": "INFO"}' for term in terms)


def test_two_environments_in_one_account_do_not_ring_for_each_other(production: Json, benchmark: Json) -> None:
    spaces = [
        {
            (filter_["metric_transformation"]["namespace"], filter_["metric_transformation"]["name"])
            for filter_ in resources(stack, "aws_cloudwatch_log_metric_filter")
        }
        for stack in (production, benchmark)
    ]
    assert spaces[0]
    assert not spaces[0] & spaces[1]


def test_rds_tells_of_failovers_failures_and_low_storage(production: Json) -> None:
    subscription = the_only(production, "aws_db_event_subscription")
    assert set(subscription["event_categories"]) >= {"failover", "failure", "low storage", "maintenance"}
    assert subscription["source_type"] == "db-instance"
    (identifier,) = subscription["source_ids"]
    assert referenced(production, identifier, "identifier")["identifier"] == "production-litellm"
    referenced(production, subscription["sns_topic"], "arn")


# The two sums.


def children(stack: Json, name: str) -> set[str]:
    rule = alarm(stack, name)["alarm_rule"]
    parts = rule.split(" OR ")
    found = [re.fullmatch(r'ALARM\("(.+)"\)', part) for part in parts]
    return {
        referenced(stack, match[1], "alarm_name")["alarm_name"].partition("-litellm-")[2]
        for match in found
        if match is not None
    }


def test_users_hurt_is_the_sum_of_what_users_meet(production: Json) -> None:
    assert children(production, "users-hurt") == {
        "error-rate",
        "latency",
        "overhead",
        "unhealthy-routing",
        "rejected-connections",
        "tls-errors",
    }


def test_redundancy_lost_is_the_sum_of_what_users_do_not_meet_yet(variant: Variant) -> None:
    stack = variant("production", CACHE).environment
    assert children(stack, "redundancy-lost") == {
        "healthy-targets",
        "missing-tasks",
        "cache-lag-001",
        "cache-lag-002",
        *(f"unhealthy-targets-{zone}" for zone in ZONES),
    }


def test_what_may_roll_a_deployment_back_depends_on_the_load_balancer_alone(production: Json) -> None:
    """Otherwise the service would wait for alarms that wait for the service."""
    for name in ("error-rate", *(f"unhealthy-targets-{zone}" for zone in ZONES)):
        assert not re.search(r"aws_ecs_|aws_db_|aws_nat", str(alarm(production, name)))
