"""The cache: encrypted, highly available, reached with the task's role, and LiteLLM's use of it."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from . import conftest
from .conftest import (
    Environments,
    Json,
    Variant,
    container,
    differences,
    litellm_file,
    named,
    resources,
    task_definition,
    the_only,
)

NAME = "production-litellm"
CONNECT_IN_LITELLM = """
import json, sys
import litellm
from litellm._redis import get_redis_async_client, get_redis_client, get_redis_connection_pool
from litellm.proxy._types import CoordinationRedisParams
from litellm.proxy.proxy_server import _resolve_coordination_redis_env_refs

block = json.load(sys.stdin)
params = CoordinationRedisParams.model_validate(_resolve_coordination_redis_env_refs(block))
assert params.has_connection_target()
given = params.model_dump(exclude_none=True)
clients = {"sync": get_redis_client(**given).connection_pool, "pool": get_redis_connection_pool(**given)}
clients["async"] = get_redis_async_client(**given).connection_pool
seen = {}
for kind, pool in clients.items():
    arguments = pool.connection_kwargs
    provider = arguments["credential_provider"]
    user, token = provider.get_credentials()
    seen[kind] = {
        "connection": pool.connection_class.__name__,
        "target": [arguments["host"], int(arguments["port"])],
        "provider": type(provider).__name__,
        "user": user,
        "signed": token.split("?")[0],
        "password": arguments.get("password"),
    }
json.dump(seen, sys.stdout)
"""


def referenced(stack: Json, expression: str, attribute: str) -> Json:
    """Without its comments, so that it equals what `resources` lists."""
    return {key: value for key, value in conftest.referenced(stack, expression, attribute).items() if key != "//"}


def variables(stack: Json) -> dict[str, str]:
    return {
        variable["name"]: variable["value"]
        for variable in container(stack)["environment"]
        if variable["name"].startswith("REDIS_")
    }


def general_settings(stack: Json) -> Json:
    settings: Json = yaml.safe_load(litellm_file(stack)["content"])["general_settings"]
    return settings


def test_production_has_a_cache_that_survives_a_zone(production: Json) -> None:
    group = the_only(production, "aws_elasticache_replication_group")
    assert (group["engine"], group["engine_version"]) == ("valkey", "8.0")
    assert group["num_cache_clusters"] == 2
    assert (group["automatic_failover_enabled"], group["multi_az_enabled"]) == (True, True)
    subnets = referenced(production, group["subnet_group_name"], "name")["subnet_ids"]
    zones = {referenced(production, subnet, "id")["availability_zone"] for subnet in subnets}
    assert zones == {"us-east-1a", "us-east-1b"}


def test_one_node_fails_over_to_nobody(variant: Variant) -> None:
    group = the_only(variant("production", {"cache.nodes": 1}).environment, "aws_elasticache_replication_group")
    assert (group["automatic_failover_enabled"], group["multi_az_enabled"]) == (False, False)


def test_it_is_encrypted_in_transit_and_at_rest_with_its_own_key(production: Json) -> None:
    group = the_only(production, "aws_elasticache_replication_group")
    assert (group["transit_encryption_enabled"], group["transit_encryption_mode"]) == (True, "required")
    assert group["at_rest_encryption_enabled"] == "true"
    assert referenced(production, group["kms_key_id"], "arn")["description"] == f"{NAME}: cache and its snapshots"


def test_without_customer_keys_it_is_encrypted_all_the_same(variant: Variant) -> None:
    stack = variant("production", {"encryption.customer_keys": False}).environment
    group = the_only(stack, "aws_elasticache_replication_group")
    assert group["at_rest_encryption_enabled"] == "true"
    assert "kms_key_id" not in group


def test_it_has_snapshots_and_hours_of_its_own(production: Json, variant: Variant) -> None:
    group = the_only(production, "aws_elasticache_replication_group")
    assert (group["snapshot_retention_limit"], group["snapshot_window"]) == (1, "03:00-04:00")
    assert group["maintenance_window"] == "sun:06:00-sun:07:00"
    none = variant("production", {"cache.snapshot_retention_days": 0}).environment
    assert the_only(none, "aws_elasticache_replication_group")["snapshot_retention_limit"] == 0


def test_a_full_cache_says_so_instead_of_dropping_budgets(production: Json) -> None:
    group = the_only(production, "aws_elasticache_replication_group")
    parameters = referenced(production, group["parameter_group_name"], "name")
    assert parameters["family"] == "valkey8"
    assert parameters["parameter"] == [{"name": "maxmemory-policy", "value": "noeviction"}]


@pytest.mark.parametrize(("engine", "version", "family"), [("redis", "7.1", "redis7"), ("valkey", "7.2", "valkey7")])
def test_the_engine_and_its_version_are_settings(variant: Variant, engine: str, version: str, family: str) -> None:
    stack = variant("production", {"cache.engine": engine, "cache.engine_version": version}).environment
    group = the_only(stack, "aws_elasticache_replication_group")
    assert (group["engine"], group["engine_version"]) == (engine, version)
    assert referenced(stack, group["parameter_group_name"], "name")["family"] == family
    assert {user["engine"] for user in resources(stack, "aws_elasticache_user")} == {engine}


def test_its_one_user_logs_in_with_a_role_under_the_name_that_is_its_id(production: Json) -> None:
    """Amazon ElastiCache User Guide, "Authenticating with IAM": the two have to be equal."""
    user = the_only(production, "aws_elasticache_user")
    assert user["user_id"] == user["user_name"] == user["user_id"].lower()
    assert user["authentication_mode"] == {"type": "iam"}
    users = the_only(production, "aws_elasticache_user_group")
    assert [referenced(production, one, "user_id") for one in users["user_ids"]] == [user]
    group = the_only(production, "aws_elasticache_replication_group")
    assert [referenced(production, one, "user_group_id") for one in group["user_group_ids"]] == [users]


def test_no_password_of_the_cache_exists(environments: Environments, variant: Variant) -> None:
    """The provider could keep one in Terraform's state alone."""
    redis = variant("production", {"cache.engine": "redis", "cache.engine_version": "7.1"}).environment
    for stack in (redis, *(stacks.environment for stacks in environments.values())):
        assert not [group for group in resources(stack, "aws_elasticache_replication_group") if "auth_token" in group]
        for user in resources(stack, "aws_elasticache_user"):
            assert "passwords" not in json.dumps(user)


def test_its_user_can_neither_remove_everything_nor_administrate(production: Json) -> None:
    rules = the_only(production, "aws_elasticache_user")["access_string"].split()
    assert rules[:4] == ["on", "~*", "&*", "-@all"]
    for category in ("-@admin", "-@dangerous"):
        assert rules.index(category) > max(rules.index(allowed) for allowed in ("+@read", "+@write", "+@connection"))
    # INFO is among the dangerous ones and TIME in no category of its own: scripts for rate limits ask for it.
    assert rules[-2:] == ["+info", "+time"]


def test_redis_gets_a_default_user_that_is_switched_off(variant: Variant) -> None:
    """Groups of Redis must hold one, and AWS's own may do everything without a password."""
    stack = variant("production", {"cache.engine": "redis", "cache.engine_version": "7.1"}).environment
    (default,) = [user for user in resources(stack, "aws_elasticache_user") if user["user_name"] == "default"]
    assert default["access_string"] == "off ~* -@all"
    assert default["user_id"] != "default"
    members = [
        referenced(stack, one, "user_id")["user_name"]
        for one in the_only(stack, "aws_elasticache_user_group")["user_ids"]
    ]
    assert members == [NAME, "default"]


def test_only_the_tasks_reach_it_and_only_on_its_port(production: Json) -> None:
    security_group = named(production, "aws_security_group", f"{NAME}-cache")
    (rule,) = [
        rule
        for rule in resources(production, "aws_vpc_security_group_ingress_rule")
        if referenced(production, rule["security_group_id"], "id") == security_group
    ]
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 6379, 6379)
    tasks = named(production, "aws_security_group", f"{NAME}-service")
    assert referenced(production, rule["referenced_security_group_id"], "id") == tasks
    (way_out,) = [
        rule
        for rule in resources(production, "aws_vpc_security_group_egress_rule")
        if "referenced_security_group_id" in rule
        and referenced(production, rule["referenced_security_group_id"], "id") == security_group
    ]
    assert referenced(production, way_out["security_group_id"], "id") == tasks
    assert not [
        rule
        for rule in resources(production, "aws_vpc_security_group_egress_rule")
        if referenced(production, rule["security_group_id"], "id") == security_group
    ]


def test_the_tasks_role_may_log_in_as_that_user_to_that_cache(production: Json) -> None:
    task = referenced(production, task_definition(production)["task_role_arn"], "arn")
    statements = [
        statement
        for policy in resources(production, "aws_iam_role_policy")
        if referenced(production, policy["role"], "name") == task
        for statement in json.loads(policy["policy"])["Statement"]
        if "elasticache:Connect" in statement["Action"]
    ]
    (statement,) = statements
    group, user = (referenced(production, resource, "arn") for resource in statement["Resource"])
    assert group == the_only(production, "aws_elasticache_replication_group")
    assert user == the_only(production, "aws_elasticache_user")


def test_litellm_is_told_host_and_port_and_never_a_url(production: Json) -> None:
    told = variables(production)
    assert set(told) == {
        "REDIS_HOST",
        "REDIS_PORT",
        "REDIS_SSL",
        "REDIS_AWS_IAM_AUTH",
        "REDIS_AWS_IAM_USER_NAME",
        "REDIS_AWS_IAM_CACHE_NAME",
        "REDIS_AWS_IAM_REGION",
    }
    group = the_only(production, "aws_elasticache_replication_group")
    assert referenced(production, told["REDIS_HOST"], "primary_endpoint_address") == group
    assert referenced(production, told["REDIS_AWS_IAM_CACHE_NAME"], "replication_group_id") == group
    assert told["REDIS_PORT"] == "6379"
    assert "redis://" not in json.dumps(production)


def test_litellm_keeps_counters_there_and_no_answers(production: Json) -> None:
    file = yaml.safe_load(litellm_file(production)["content"])
    assert file["general_settings"]["coordination_redis"] == {"host": "os.environ/REDIS_HOST"}
    assert "cache" not in file["litellm_settings"]


def test_what_the_tasks_are_told_makes_the_pinned_litellm_log_in_with_their_role_over_tls(production: Json) -> None:
    """LiteLLM's own code, with the container's variables and its file's block; nothing is connected."""
    told = {
        **variables(production),
        "REDIS_HOST": "primary.production-litellm.use1.cache.amazonaws.com",
        "REDIS_AWS_IAM_USER_NAME": NAME,
        "REDIS_AWS_IAM_CACHE_NAME": NAME,
    }
    credentials = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}
    result = subprocess.run(
        [sys.executable, "-c", CONNECT_IN_LITELLM],
        env={"PATH": os.environ["PATH"], "LITELLM_LOCAL_MODEL_COST_MAP": "True", **credentials, **told},
        input=json.dumps(general_settings(production)["coordination_redis"]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout.splitlines()[-1])
    assert set(seen) == {"sync", "pool", "async"}
    for kind, client in seen.items():
        assert client == {
            "connection": "SSLConnection",
            "target": [told["REDIS_HOST"], 6379],
            "provider": "ElastiCacheIAMCredentialProvider",
            "user": NAME,
            "signed": f"{NAME}/",
            "password": None,
        }, kind


@pytest.mark.parametrize(
    ("changes", "buffered"),
    [
        ({"service.autoscaling": None, "service.desired_tasks": 4, "load": {"requests_per_second": 999}}, False),
        ({"service.autoscaling": None, "service.desired_tasks": 10}, True),
        ({"service.autoscaling": None, "service.desired_tasks": 4, "load": {"requests_per_second": 1000}}, True),
        ({"litellm": {"transaction_buffer": False}}, False),
        ({"service.autoscaling": None, "service.desired_tasks": 4, "litellm": {"transaction_buffer": True}}, True),
    ],
)
def test_spend_is_collected_in_the_cache_where_litellm_recommends_it(
    variant: Variant, changes: Json, buffered: bool
) -> None:
    """LiteLLM, docs/proxy/prod.md: above 1,000 requests a second, or from 10 instances on."""
    stack = variant("production", changes).environment
    assert general_settings(stack)["use_redis_transaction_buffer"] is buffered


def test_without_a_cache_nothing_of_it_is_left(benchmark: Json, production: Json, variant: Variant) -> None:
    without = variant("production", {"cache": None}).environment
    for stack in (benchmark, without):
        assert not [type_ for type_ in stack["resource"] if "elasticache" in type_]
        assert not variables(stack)
        assert "elasticache" not in json.dumps(stack["resource"]["aws_iam_role_policy"])
        assert not {"coordination_redis", "use_redis_transaction_buffer"} & set(general_settings(stack))
    touched = {path.split(".")[1] for path in differences(without, production) if path.startswith("resource.")}
    assert touched == {
        "aws_cloudwatch_composite_alarm",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_metric_alarm",
        "aws_ecs_task_definition",
        "aws_elasticache_parameter_group",
        "aws_elasticache_replication_group",
        "aws_elasticache_subnet_group",
        "aws_elasticache_user",
        "aws_elasticache_user_group",
        "aws_iam_role_policy",
        "aws_s3_object",
        "aws_security_group",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }
