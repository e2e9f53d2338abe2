"""The Fargate service: its tasks, their container, their roles, their rollout and their autoscaling."""

import json
from typing import Any

import pytest

from .conftest import (
    ACCOUNT_ID,
    Environments,
    Json,
    Variant,
    container,
    container_of,
    differences,
    gated_task,
    litellm_file,
    named,
    referenced,
    resources,
    statements,
    task_definition,
    the_only,
    without_hashes,
)

GIB = 1024
VCPU = 1024


def variables(stack: Json) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container(stack)["environment"]}


AUTOSCALINGS_OWN = {"benchmark-litellm-scale-out", "benchmark-litellm-scale-in", "benchmark-litellm-maximum-tasks"}


def alarm_and_policy(stack: Json, name: str) -> tuple[Json, Json]:
    (alarm,) = [alarm for alarm in resources(stack, "aws_cloudwatch_metric_alarm") if alarm["alarm_name"] == name]
    (action,) = alarm["alarm_actions"]
    return alarm, referenced(stack, action, "arn")


def test_four_tasks_run_on_fargate_in_both_private_subnets(benchmark: Json) -> None:
    """Source, section 2: launch type Fargate, task count 4. The same tasks by way of a capacity provider, so that a
    share of Spot can come and go without another service."""
    service = the_only(benchmark, "aws_ecs_service")
    (capacity,) = service["capacity_provider_strategy"]
    assert (capacity["capacity_provider"], service["desired_count"]) == ("FARGATE", 4)
    assert "launch_type" not in service
    network = service["network_configuration"]
    cidrs = {referenced(benchmark, subnet, "id")["cidr_block"] for subnet in network["subnets"]}
    assert cidrs == {"10.0.11.0/24", "10.0.12.0/24"}
    (group,) = network["security_groups"]
    assert referenced(benchmark, group, "id")["name"] == "benchmark-litellm-service"


def test_a_task_has_four_vcpu_and_eight_gigabytes(benchmark: Json) -> None:
    """Source, section 2: 4 vCPU (4096 units) and 8 GB (8192 MB); 16 vCPU, 32 GB and 16 workers together."""
    task = task_definition(benchmark)
    assert (task["cpu"], task["memory"]) == (str(4 * VCPU), str(8 * GIB)) == ("4096", "8192")
    assert (task["requires_compatibilities"], task["network_mode"]) == (["FARGATE"], "awsvpc")
    tasks = the_only(benchmark, "aws_ecs_service")["desired_count"]
    workers = int(container(benchmark)["command"][3])
    assert (tasks * int(task["cpu"]) // VCPU, tasks * int(task["memory"]) // GIB, tasks * workers) == (16, 32, 16)


def test_the_container_listens_on_port_4000_with_four_workers(benchmark: Json) -> None:
    """Source, section 2: `--port 4000 --num_workers 4`."""
    definition = container(benchmark)
    assert definition["command"][:4] == ["--port", "4000", "--num_workers", "4"]
    assert definition["portMappings"] == [{"containerPort": 4000, "hostPort": 4000, "protocol": "tcp"}]
    (balanced,) = the_only(benchmark, "aws_ecs_service")["load_balancer"]
    assert (balanced["container_name"], balanced["container_port"]) == (definition["name"], 4000)
    assert definition["essential"] is True


def test_litellms_command_line_reads_the_configuration_that_holds_the_pool(environments: Environments) -> None:
    """`litellm` puts the pool into the database's URL before it starts its workers, from the configuration only when
    `--config` is stated (litellm/proxy/proxy_cli.py, "if config is not None"); which file then does not matter, as
    LITELLM_CONFIG_BUCKET_NAME wins (proxy_server.py, ProxyConfig.get_config)."""
    for stacks in environments.values():
        assert "--config" in container(stacks.environment)["command"]


def test_the_image_is_the_sources_pinned_to_a_version(benchmark: Json) -> None:
    """Source, section 2, names `main-latest`, which changes under a running service."""
    repository, _, tag = container(benchmark)["image"].partition(":")
    assert repository == "ghcr.io/berriai/litellm-database"
    assert tag.removeprefix("v").replace(".", "").isdigit()


def test_the_image_can_be_pinned_to_its_content_as_well(benchmark: Json, variant: Variant) -> None:
    digest = f"sha256:{'0123456789abcdef' * 4}"
    pinned = variant("benchmark", {"service.digest": digest}).environment
    assert container(pinned)["image"] == f"{container(benchmark)['image']}@{digest}"


def test_the_container_checks_its_own_liveliness_without_curl_or_wget(benchmark: Json) -> None:
    """Source, section 2: HTTP GET /health/liveliness; the image has neither tool (litellm.md section 3)."""
    check = container(benchmark)["healthCheck"]
    assert check["command"][0] == "CMD"
    assert check["command"][1] == "python3"
    assert "http://127.0.0.1:4000/health/liveliness" in check["command"][-1]
    compile(check["command"][-1], "health check", "exec")
    assert not {"curl", "wget"} & set(" ".join(check["command"]).split())


def test_the_container_gets_the_sources_variables(benchmark: Json) -> None:
    """Source, section 2, with the URL in parts so that the password has one home, and the master key under the name
    that LiteLLM reads (design.md)."""
    stated = variables(benchmark)
    assert stated["STORE_MODEL_IN_DB"] == "True"
    assert referenced(benchmark, stated["DATABASE_HOST"], "endpoint")["identifier"] == "benchmark-litellm"
    # A user of LiteLLM's own, which the administrator makes (test_database_accounts.py).
    assert (stated["DATABASE_NAME"], stated["DATABASE_USERNAME"]) == ("litellm", "litellm_a")
    database = the_only(benchmark, "aws_db_instance")
    assert (database["db_name"], database["username"]) == ("litellm", "litellm")


def test_the_garbage_collection_of_the_settings_reaches_the_workers_and_them_alone(
    benchmark: Json, variant: Variant
) -> None:
    """In the words of LiteLLM's `configure_gc_thresholds`: three numbers, of which Python's own two stay."""
    assert variables(benchmark)["PYTHON_GC_THRESHOLD"] == "5000,10,10"
    stack = variant("benchmark", {"litellm.garbage_collection_threshold": 700}).environment
    assert variables(stack)["PYTHON_GC_THRESHOLD"] == "700,10,10"
    migration = container_of(gated_task(stack, "migration"))
    assert "PYTHON_GC_THRESHOLD" not in {one["name"] for one in migration["environment"]}


def test_the_timeouts_of_the_settings_reach_the_container(variant: Variant) -> None:
    stack = variant(
        "benchmark",
        {
            "litellm.keep_alive_seconds": 777,
            "litellm.graceful_shutdown_seconds": 55,
            "service.stop_timeout_seconds": 66,
            "service.health_check": {"interval_seconds": 11, "timeout_seconds": 7, "retries": 4, "path": "/x"},
        },
    ).environment
    assert variables(stack)["KEEPALIVE_TIMEOUT"] == "777"
    assert variables(stack)["GRACEFUL_SHUTDOWN_TIMEOUT"] == "55"
    assert container(stack)["stopTimeout"] == 66
    check = container(stack)["healthCheck"]
    assert (check["interval"], check["timeout"], check["retries"]) == (11, 7, 4)
    assert "http://127.0.0.1:4000/x'" in check["command"][-1]
    assert f"timeout={7 - 1})" in check["command"][-1]


def test_the_containers_log_is_in_the_sources_group_for_seven_days(benchmark: Json) -> None:
    """Source, section 6: /ecs/[stack-name]-litellm, 7 days."""
    assert named(benchmark, "aws_cloudwatch_log_group", "/ecs/benchmark-litellm")["retention_in_days"] == 7
    log = container(benchmark)["logConfiguration"]
    assert log["logDriver"] == "awslogs"
    assert referenced(benchmark, log["options"]["awslogs-group"], "name")["name"] == "/ecs/benchmark-litellm"
    assert log["options"]["awslogs-region"] == "us-east-1"


def test_the_tasks_read_their_configuration_from_the_object_that_the_stack_writes(benchmark: Json) -> None:
    stated = variables(benchmark)
    file = referenced(benchmark, stated["LITELLM_CONFIG_BUCKET_OBJECT_KEY"], "key")
    bucket = referenced(benchmark, stated["LITELLM_CONFIG_BUCKET_NAME"], "bucket")
    assert referenced(benchmark, file["bucket"], "bucket") == bucket
    assert "database_connection_pool_limit" in file["content"]


def test_changing_litellms_file_rolls_the_service_and_changes_nothing_else(benchmark: Json, variant: Variant) -> None:
    other = variant("benchmark", litellm="litellm_settings: {drop_params: false}").environment
    changed = differences(without_hashes(benchmark), without_hashes(other))
    assert set(changed) == {"resource.aws_s3_object.configuration_litellm.content"}
    assert litellm_file(benchmark)["key"] != litellm_file(other)["key"]
    # The task definition names the object by its key, so that a new key is a new revision, which the service takes.
    for stack in (benchmark, other):
        key = variables(stack)["LITELLM_CONFIG_BUCKET_OBJECT_KEY"]
        assert referenced(stack, key, "key")["key"] == litellm_file(stack)["key"]
        task_definition = the_only(stack, "aws_ecs_service")["task_definition"]
        assert referenced(stack, task_definition, "arn")["family"] == "benchmark-litellm"
    # A task of the former revision still finds its file until the rollout is over.
    assert litellm_file(other)["lifecycle"]["create_before_destroy"] is True


def test_a_comment_in_litellms_file_rolls_nothing(variant: Variant) -> None:
    plain = "litellm_settings: {drop_params: true, num_retries: 2}"
    commented = "# another order, and a remark\nlitellm_settings: {num_retries: 2, drop_params: true}"
    assert differences(variant("dev", litellm=plain).environment, variant("dev", litellm=commented).environment) == {}


@pytest.mark.parametrize("template", ["${date}", "%{if}"])
def test_what_looks_like_a_terraform_template_in_litellms_file_is_escaped(variant: Variant, template: str) -> None:
    """Terraform's JSON syntax evaluates every string as a template; `$${` and `%%{` stand for the plain text."""
    stack = variant("dev", litellm=f"litellm_settings: {{default_prompt: 'Today is {template}'}}").environment
    assert f"{template[0]}{template}" in litellm_file(stack)["content"]


def test_the_execution_role_reads_the_three_secrets_and_writes_the_log_and_nothing_else(
    environments: Environments,
) -> None:
    for name, stacks in environments.items():
        stack = stacks.environment
        secrets, logs, *decryption = statements(stack, f"{name}-litellm-execution")
        keys = {
            secret["kms_key_id"] for secret in resources(stack, "aws_secretsmanager_secret") if "kms_key_id" in secret
        }
        assert [(one["Action"], one["Resource"]) for one in decryption] == [(["kms:Decrypt"], [key]) for key in keys]
        assert secrets["Action"] == ["secretsmanager:GetSecretValue"]
        read = {referenced(stack, arn, "arn")["name"] for arn in secrets["Resource"]}
        assert read == {secret["name"] for secret in resources(stack, "aws_secretsmanager_secret")}
        assert set(logs["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
        (streams,) = logs["Resource"]
        assert referenced(stack, streams.removesuffix(":*"), "arn")["name"] == f"/ecs/{name}-litellm"


def test_the_task_role_reads_the_configuration_and_nothing_else(environments: Environments) -> None:
    """Beside the cache, where there is one (test_cache.py)."""
    for name, stacks in environments.items():
        read, *decrypt = [
            statement
            for statement in statements(stacks.environment, f"{name}-litellm-task")
            if statement["Action"] != ["elasticache:Connect"]
        ]
        assert read["Action"] == ["s3:GetObject"]
        (objects,) = read["Resource"]
        bucket = referenced(stacks.environment, objects.removesuffix("/*"), "arn")
        assert bucket["bucket"].startswith(f"{name}-litellm-configuration-")
        if "aws_kms_key" in stacks.environment["resource"]:
            (statement,) = decrypt
            assert statement["Action"] == ["kms:Decrypt"]
            (key,) = statement["Resource"]
            assert "configuration" in referenced(stacks.environment, key, "arn")["description"]
        else:
            assert decrypt == []


def test_no_role_may_do_everything_or_reach_everything(environments: Environments) -> None:
    for stacks in environments.values():
        for policy in resources(stacks.environment, "aws_iam_role_policy"):
            if referenced(stacks.environment, policy["role"], "name")["name"].endswith("-faults"):
                # That of the drills is in test_faults.py.
                continue
            for statement in json.loads(policy["policy"])["Statement"]:
                assert statement["Effect"] == "Allow"
                assert not any("*" in action for action in statement["Action"])
                # Log groups can be listed only all together; that is reading, and this account's alone.
                listed = ["arn:aws:logs:us-east-1:123456789012:log-group:*"]
                # RDS writes the metrics of all databases into one group that it names (test_database.py).
                metrics = "arn:aws:logs:us-east-1:123456789012:log-group:RDS*"
                assert statement["Resource"] == listed or all(
                    arn.startswith(("${aws_", metrics)) for arn in statement["Resource"]
                )
                assert statement["Resource"] != listed or statement["Action"] == ["logs:DescribeLogGroups"]
        assert "aws_iam_role_policy_attachment" not in stacks.environment["resource"]
        assert not any("managed_policy_arns" in role for role in resources(stacks.environment, "aws_iam_role"))


def test_only_ecs_tasks_of_the_same_account_can_take_the_roles(variant: Variant) -> None:
    stack = variant("dev", account_id=ACCOUNT_ID).environment
    roles = resources(stack, "aws_iam_role")
    assert {role["name"] for role in roles} == {"dev-litellm-execution", "dev-litellm-task", "dev-litellm-accounts"}
    for role in roles:
        (trust,) = json.loads(role["assume_role_policy"])["Statement"]
        assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}
    task = task_definition(stack)
    assert referenced(stack, task["execution_role_arn"], "arn")["name"] == "dev-litellm-execution"
    assert referenced(stack, task["task_role_arn"], "arn")["name"] == "dev-litellm-task"


def test_a_rollout_that_fails_is_rolled_back_and_fails_the_deployment(environments: Environments) -> None:
    for stacks in environments.values():
        service = the_only(stacks.environment, "aws_ecs_service")
        assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
        (condition,) = service["lifecycle"]["postcondition"]
        wanted = service["task_definition"].removeprefix("${").removesuffix("}")
        assert condition["condition"] == f"${{self.task_definition == {wanted}}}"
        assert task_definition(stacks.environment)["skip_destroy"] is True


def test_a_deployment_keeps_every_wanted_task_and_adds_at_most_the_stated_share(variant: Variant) -> None:
    shares = {"minimum_healthy_percent": 50, "maximum_percent": 160}
    service = the_only(variant("benchmark", {"service.deployment": shares}).environment, "aws_ecs_service")
    assert (service["deployment_minimum_healthy_percent"], service["deployment_maximum_percent"]) == (50, 160)


@pytest.mark.parametrize("waits", [True, False])
def test_terraform_waits_for_a_steady_service_unless_told_not_to(variant: Variant, waits: bool) -> None:
    stack = variant("dev", {"service.deployment": {"wait_until_steady": waits}}).environment
    assert the_only(stack, "aws_ecs_service")["wait_for_steady_state"] is waits


def test_autoscaling_keeps_the_sources_bounds(benchmark: Json) -> None:
    """Source, "Auto Scaling": 2 to 10 tasks."""
    target = the_only(benchmark, "aws_appautoscaling_target")
    assert (target["min_capacity"], target["max_capacity"]) == (2, 10)
    assert (target["service_namespace"], target["scalable_dimension"]) == ("ecs", "ecs:service:DesiredCount")
    _, cluster, service = target["resource_id"].split("/")
    assert referenced(benchmark, cluster, "name") == next(iter(benchmark["resource"]["aws_ecs_cluster"].values()))
    assert referenced(benchmark, service, "name")["name"] == "benchmark-litellm"


@pytest.mark.parametrize(
    ("name", "comparison", "threshold", "step"),
    [
        ("benchmark-litellm-scale-out", "GreaterThanThreshold", 70, 1),
        ("benchmark-litellm-scale-in", "LessThanThreshold", 30, -1),
    ],
)
def test_a_task_is_added_above_70_percent_of_cpu_and_removed_below_30(
    benchmark: Json, name: str, comparison: str, threshold: int, step: int
) -> None:
    """Source, "Auto Scaling"."""
    alarm, policy = alarm_and_policy(benchmark, name)
    assert (alarm["comparison_operator"], alarm["threshold"]) == (comparison, threshold)
    assert (alarm["namespace"], alarm["metric_name"], alarm["statistic"]) == ("AWS/ECS", "CPUUtilization", "Average")
    assert referenced(benchmark, alarm["dimensions"]["ServiceName"], "name")["name"] == "benchmark-litellm"
    assert referenced(benchmark, alarm["dimensions"]["ClusterName"], "name")["name"] == "benchmark-litellm"
    scaling = policy["step_scaling_policy_configuration"]
    assert scaling["adjustment_type"] == "ChangeInCapacity"
    (adjustment,) = scaling["step_adjustment"]
    assert adjustment["scaling_adjustment"] == step
    # The step covers everything on the far side of the threshold, which is where the alarm fires.
    open_side = "metric_interval_upper_bound" if step > 0 else "metric_interval_lower_bound"
    assert open_side not in adjustment


def test_autoscaling_owns_the_number_of_tasks_while_it_is_on(benchmark: Json) -> None:
    assert the_only(benchmark, "aws_ecs_service")["lifecycle"]["ignore_changes"] == ["desired_count"]


def test_without_autoscaling_nothing_of_it_is_there_and_terraform_owns_the_number_of_tasks(
    benchmark: Json, variant: Variant
) -> None:
    # Four tasks alone do not carry the source's load when a zone is lost.
    off = variant("benchmark", {"service.autoscaling": None, "load.requests_per_second": 800}).environment
    assert not [type_ for type_ in off["resource"] if "autoscaling" in type_]
    assert "ignore_changes" not in the_only(off, "aws_ecs_service")["lifecycle"]
    changed = differences(without_hashes(benchmark), without_hashes(off))
    gone = {path.split(".")[1] for path, (_, now) in changed.items() if now is None}
    assert gone == {"aws_appautoscaling_target", "aws_appautoscaling_policy", "aws_cloudwatch_metric_alarm"} | {
        "aws_ecs_service"
    }
    names = [
        {alarm["alarm_name"] for alarm in resources(stack, "aws_cloudwatch_metric_alarm")} for stack in (benchmark, off)
    ]
    assert names[0] - names[1] == AUTOSCALINGS_OWN
    assert names[1] < names[0]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [({"service.autoscaling.evaluation_minutes": 7}, 7), ({}, 3)],
)
def test_the_minutes_that_cpu_has_to_stay_beyond_its_threshold_are_a_setting(
    variant: Variant, changes: dict[str, Any], wanted: int
) -> None:
    alarm, _ = alarm_and_policy(variant("benchmark", changes).environment, "benchmark-litellm-scale-out")
    assert alarm["period"] * alarm["evaluation_periods"] == wanted * 60


def test_the_cluster_reports_its_tasks_metrics(benchmark: Json) -> None:
    """Source, section 6: ECS CPU, memory and task count; the last comes from Container Insights alone."""
    cluster = named(benchmark, "aws_ecs_cluster", "benchmark-litellm")
    assert cluster["setting"] == [{"name": "containerInsights", "value": "enabled"}]
