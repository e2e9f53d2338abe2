"""What the tasks run on, what confines them, who gets a shell in them, and which keys they are given."""

import json
import subprocess
import sys
from typing import Any

import pytest

from .conftest import (
    Environments,
    Json,
    Variant,
    container,
    container_of,
    differences,
    gated_task,
    named,
    referenced,
    resources,
    statements,
    task_definition,
    the_only,
)

KEYS = {"OPENAI_API_KEY": "litellm/openai", "AZURE_API_KEY": "litellm/azure"}
SHELL = {"service.ecs_exec": True, "service.read_only_root_filesystem": False}
URL_IN_LITELLM = """
import json, os, sys
os.environ.update(json.load(sys.stdin))
from litellm.proxy.db.db_url_settings import DatabaseURLSettings
from litellm.proxy.db.token_auth import resolve_database_token_auth
settings = DatabaseURLSettings.from_env()
json.dump([settings.build_writer_url(), type(resolve_database_token_auth()).__name__], sys.stdout)
"""


def every_container(stack: Json) -> list[Json]:
    return [container_of(definition) for definition in resources(stack, "aws_ecs_task_definition")]


def variables(definition: Json) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in definition["environment"]}


def secrets(definition: Json) -> dict[str, str]:
    return {secret["name"]: secret["valueFrom"] for secret in definition["secrets"]}


def test_a_share_of_spot_comes_on_top_of_tasks_on_demand(variant: Variant) -> None:
    stack = variant("benchmark", {"service.spot": {"on_demand_tasks": 3, "percent": 70}}).environment
    assert {
        one["capacity_provider"]: (one["base"], one["weight"])
        for one in the_only(stack, "aws_ecs_service")["capacity_provider_strategy"]
    } == {"FARGATE": (3, 30), "FARGATE_SPOT": (0, 70)}
    offered = the_only(stack, "aws_ecs_cluster_capacity_providers")
    assert offered["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert referenced(stack, offered["cluster_name"], "name")["name"] == "benchmark-litellm"
    awaited = the_only(stack, "aws_ecs_service")["depends_on"]
    assert "aws_ecs_cluster_capacity_providers.cluster_capacity_providers" in awaited


def test_without_spot_every_task_is_on_demand(environments: Environments) -> None:
    for stacks in environments.values():
        stack = stacks.environment
        (capacity,) = the_only(stack, "aws_ecs_service")["capacity_provider_strategy"]
        assert capacity["capacity_provider"] == "FARGATE"
        assert the_only(stack, "aws_ecs_cluster_capacity_providers")["capacity_providers"] == ["FARGATE"]


def test_spot_changes_the_services_capacity_and_nothing_else(variant: Variant) -> None:
    """In place: the provider would replace a service that has a launch type now, and so end it for a while."""
    off = variant("benchmark").environment
    on = variant("benchmark", {"service.spot": {}}).environment
    assert {path.split(".")[3] for path in differences(off, on)} == {"capacity_provider_strategy", "capacity_providers"}
    assert the_only(on, "aws_ecs_service")["force_new_deployment"] is True


@pytest.mark.parametrize(("setting", "architecture"), [("x86_64", "X86_64"), ("arm64", "ARM64")])
def test_every_task_runs_on_the_stated_architecture(variant: Variant, setting: str, architecture: str) -> None:
    stack = variant("dev", {"service.cpu_architecture": setting}).environment
    for definition in resources(stack, "aws_ecs_task_definition"):
        assert definition["runtime_platform"] == {
            "cpu_architecture": architecture,
            "operating_system_family": "LINUX",
        }


def test_no_container_has_privileges(environments: Environments) -> None:
    for stacks in environments.values():
        for definition in every_container(stacks.environment):
            assert definition["privileged"] is False
            assert definition["linuxParameters"]["capabilities"] == {"add": [], "drop": ["ALL"]}
            # Forwards SIGTERM, on which the graceful shutdown depends, and reaps.
            assert definition["linuxParameters"]["initProcessEnabled"] is True
            assert definition["ulimits"] == [{"name": "nofile", "softLimit": 65536, "hardLimit": 65536}]


def test_no_container_can_change_its_image_and_litellm_writes_to_a_volume_of_its_task(production: Json) -> None:
    for definition in (task_definition(production), gated_task(production, "migration")):
        litellm = container_of(definition)
        assert litellm["readonlyRootFilesystem"] is True
        assert definition["volume"] == [{"name": "scratch"}]
        assert litellm["mountPoints"] == [{"sourceVolume": "scratch", "containerPath": "/tmp", "readOnly": False}]
        assert variables(litellm)["XDG_CACHE_HOME"].startswith("/tmp/")
        # Fargate's volumes are root's: as another user LiteLLM could write nowhere.
        assert "user" not in litellm
    # Prisma wants to write beside its migrations; the serving tasks have none to apply.
    assert variables(container_of(gated_task(production, "migration")))["LITELLM_MIGRATION_DIR"].startswith("/tmp/")
    assert "LITELLM_MIGRATION_DIR" not in variables(container(production))


def test_prismas_engines_stay_where_the_image_has_them(environments: Environments) -> None:
    """LiteLLM's image has them offline in /opt/prisma (litellm.md section 3)."""
    for stacks in environments.values():
        for definition in every_container(stacks.environment):
            assert not [name for name in variables(definition) if name.startswith("PRISMA_") or name == "HOME"]


def test_the_root_file_system_can_be_made_writable(variant: Variant) -> None:
    stack = variant("dev", {"service.read_only_root_filesystem": False}).environment
    assert container(stack)["readonlyRootFilesystem"] is False


def test_psql_runs_as_nobody_and_writes_nowhere(production: Json) -> None:
    accounts = container_of(gated_task(production, "accounts"))
    assert accounts["user"] == "65534"
    assert accounts["readonlyRootFilesystem"] is True
    assert accounts["mountPoints"] == []
    assert "volume" not in gated_task(production, "accounts")


def test_litellm_starts_without_asking_the_internet(environments: Environments) -> None:
    """The prices of models come from its package instead of GitHub."""
    for stacks in environments.values():
        assert variables(container(stacks.environment))["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"


def test_without_ecs_exec_there_is_no_shell_and_nobody_may_offer_one(environments: Environments) -> None:
    for stacks in environments.values():
        stack = stacks.environment
        assert the_only(stack, "aws_ecs_service")["enable_execute_command"] is False
        assert "configuration" not in the_only(stack, "aws_ecs_cluster")
        assert "ssmmessages" not in json.dumps(resources(stack, "aws_iam_role_policy"))
        assert not [group for group in resources(stack, "aws_cloudwatch_log_group") if group["name"].endswith("-exec")]


def test_a_shell_is_encrypted_and_written_down_in_a_log_of_its_own(variant: Variant) -> None:
    stack = variant("production", SHELL).environment
    assert the_only(stack, "aws_ecs_service")["enable_execute_command"] is True
    session = the_only(stack, "aws_ecs_cluster")["configuration"]["execute_command_configuration"]
    key = referenced(stack, session["kms_key_id"], "arn")
    assert key["description"].startswith("production-litellm: logs")
    assert session["logging"] == "OVERRIDE"
    group = referenced(stack, session["log_configuration"]["cloud_watch_log_group_name"], "name")
    assert group["name"] == "/ecs/production-litellm-exec"
    assert referenced(stack, group["kms_key_id"], "arn") == key
    assert session["log_configuration"]["cloud_watch_encryption_enabled"] is True


def test_the_task_role_offers_the_shell_and_writes_its_log_and_no_other(variant: Variant) -> None:
    """Amazon ECS Developer Guide, "ECS Exec", Task IAM role and Logging permissions."""
    stack = variant("production", SHELL).environment
    before = {json.dumps(one) for one in statements(variant("production").environment, "production-litellm-task")}
    added = [one for one in statements(stack, "production-litellm-task") if json.dumps(one) not in before]
    by_action = {action: statement["Resource"] for statement in added for action in statement["Action"]}
    channels = {"CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"}
    assert {f"ssmmessages:{channel}" for channel in channels} == {
        action for action, resource in by_action.items() if resource == ["*"]
    }
    for action in ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"):
        (streams,) = by_action[action]
        assert referenced(stack, streams.removesuffix(":*"), "arn")["name"] == "/ecs/production-litellm-exec"
    (key,) = by_action["kms:Decrypt"]
    assert referenced(stack, key, "arn")["description"].startswith("production-litellm: logs")


def test_without_customer_keys_a_shell_is_encrypted_by_tls_alone(variant: Variant) -> None:
    """A log group without a key refuses a session that demands encryption."""
    stack = variant("dev", {**SHELL, "encryption.customer_keys": False}).environment
    session = the_only(stack, "aws_ecs_cluster")["configuration"]["execute_command_configuration"]
    assert "kms_key_id" not in session
    assert session["log_configuration"]["cloud_watch_encryption_enabled"] is False
    assert not any("kms:Decrypt" in one["Action"] for one in statements(stack, "dev-litellm-task"))


def test_alarms_of_users_roll_a_deployment_back_unless_told_not_to(variant: Variant) -> None:
    on = the_only(variant("production").environment, "aws_ecs_service")
    assert (on["alarms"]["enable"], on["alarms"]["rollback"]) == (True, True)
    assert on["alarms"]["alarm_names"]
    off = variant("production", {"service.deployment": {"roll_back_on_alarms": False}}).environment
    assert "alarms" not in the_only(off, "aws_ecs_service")


def test_tasks_carry_the_environments_tags(environments: Environments) -> None:
    """Fault injection finds them by their tags."""
    for stacks in environments.values():
        service = the_only(stacks.environment, "aws_ecs_service")
        assert (service["propagate_tags"], service["enable_ecs_managed_tags"]) == ("SERVICE", True)


def test_the_projects_environments_name_no_provider_keys_and_may_read_none(environments: Environments) -> None:
    for name, stacks in environments.items():
        assert "aws_secretsmanager_secret" not in stacks.environment.get("data", {})
        services = [
            statement.get("Condition", {}).get("StringEquals", {})
            for statement in statements(stacks.environment, f"{name}-litellm-execution")
        ]
        assert not any("kms:ViaService" in condition for condition in services)


def test_provider_keys_are_references_to_secrets_that_are_there(variant: Variant) -> None:
    stack = variant("production", {"litellm.provider_keys": KEYS}).environment
    found = {
        f"${{data.aws_secretsmanager_secret.{address}.arn}}": data["name"]
        for address, data in stack["data"]["aws_secretsmanager_secret"].items()
    }
    assert sorted(found.values()) == ["litellm/azure", "litellm/openai"]
    for definition in (container(stack), container_of(gated_task(stack, "migration"))):
        given = {variable: found[arn] for variable, arn in secrets(definition).items() if variable in KEYS}
        assert given == KEYS
    assert not KEYS.keys() & secrets(container_of(gated_task(stack, "accounts"))).keys()
    # No secret is created, and no value is read by Terraform.
    created = {secret["name"] for secret in resources(stack, "aws_secretsmanager_secret")}
    assert not created & set(KEYS.values())
    assert "aws_secretsmanager_secret_version" not in stack["data"]


def test_the_execution_role_reads_and_decrypts_exactly_these_secrets(variant: Variant) -> None:
    stack = variant("production", {"litellm.provider_keys": KEYS}).environment
    arns = [
        f"${{data.aws_secretsmanager_secret.{address}.arn}}" for address in stack["data"]["aws_secretsmanager_secret"]
    ]
    added = [one for one in statements(stack, "production-litellm-execution") if "${data." in json.dumps(one)]
    read, decrypt = added
    assert (read["Action"], sorted(read["Resource"])) == (["secretsmanager:GetSecretValue"], sorted(arns))
    assert decrypt["Action"] == ["kms:Decrypt"]
    assert decrypt["Resource"] == ["arn:aws:kms:us-east-1:123456789012:key/*"]
    condition = decrypt["Condition"]["StringEquals"]
    assert condition["kms:ViaService"] == "secretsmanager.us-east-1.amazonaws.com"
    assert sorted(condition["kms:EncryptionContext:SecretARN"]) == sorted(arns)


@pytest.mark.parametrize(("generation", "user"), [(1, "litellm_a"), (2, "litellm_b"), (3, "litellm_a")])
def test_passwords_take_turns_between_two_users(variant: Variant, generation: int, user: str) -> None:
    stack = variant("dev", {"database.password_generation": generation}).environment
    for definition in (container(stack), container_of(gated_task(stack, "migration"))):
        assert variables(definition)["DATABASE_USERNAME"] == user
        arn, part, stage, version = secrets(definition)["DATABASE_PASSWORD"].split(":")
        assert referenced(stack, arn, "arn")["name"] == "dev-litellm/database-password"
        assert (part, stage) == ("litellm", "")
        # The version: tasks of the revision before go on with the one that they were made for.
        assert referenced(stack, version, "version_id")


def test_litellm_speaks_tls_to_the_database(environments: Environments) -> None:
    for stacks in environments.values():
        stack = stacks.environment
        assert variables(container(stack))["DATABASE_SSLMODE"] == "require"
        assert variables(container_of(gated_task(stack, "accounts")))["PGSSLMODE"] == "require"


def test_with_iam_the_tasks_role_logs_in_as_one_user_and_no_password_is_given(variant: Variant) -> None:
    stack = variant("production", {"database.authentication": "iam"}).environment
    for definition in (container(stack), container_of(gated_task(stack, "migration"))):
        assert "DATABASE_PASSWORD" not in secrets(definition)
        stated = variables(definition)
        assert (stated["IAM_TOKEN_DB_AUTH"], stated["DATABASE_USER"]) == ("True", "litellm_iam")
        assert referenced(stack, stated["DATABASE_HOST"], "address")["identifier"] == "production-litellm"
        assert stated["DATABASE_PORT"] == "5432"
    (connect,) = [one for one in statements(stack, "production-litellm-task") if one["Action"] == ["rds-db:connect"]]
    (user,) = connect["Resource"]
    assert user.startswith("arn:aws:rds-db:us-east-1:123456789012:dbuser:${aws_db_instance.")
    assert user.endswith(".resource_id}/litellm_iam")
    readable = [
        one for one in statements(stack, "production-litellm-execution") if "secretsmanager" in str(one["Action"])
    ]
    assert readable
    assert "database_password" not in json.dumps(readable)


def test_with_passwords_no_role_may_log_in_without_one(environments: Environments) -> None:
    for stacks in environments.values():
        assert "rds-db:connect" not in json.dumps(resources(stacks.environment, "aws_iam_role_policy"))


def test_what_the_tasks_are_told_makes_the_pinned_litellm_ask_for_a_token(variant: Variant) -> None:
    """Its command line asks for the token in the same way at its start (litellm/proxy/proxy_cli.py, 1.106.2)."""
    stated = variables(container(variant("production", {"database.authentication": "iam"}).environment))
    told: dict[str, Any] = {
        **{name: value for name, value in stated.items() if name.startswith(("DATABASE_", "IAM_", "AWS_"))},
        "DATABASE_HOST": "database.example",
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
    }
    answered = subprocess.run(
        [sys.executable, "-c", URL_IN_LITELLM], input=json.dumps(told), capture_output=True, text=True, check=True
    )
    url, kind = json.loads(answered.stdout.splitlines()[-1])
    assert kind == "RdsIamTokenAuth"
    assert url.startswith("postgresql://litellm_iam:database.example%3A5432")
    assert "DBUser%3Dlitellm_iam" in url
    assert url.endswith("@database.example:5432/litellm?sslmode=require")


def test_the_service_waits_for_the_migration_and_the_migration_for_the_accounts(environments: Environments) -> None:
    for stacks in environments.values():
        stack = stacks.environment
        runs = stack["resource"]["terraform_data"]
        assert set(runs) == {"service_accounts", "service_migration"}
        assert "terraform_data.service_migration" in the_only(stack, "aws_ecs_service")["depends_on"]
        assert "terraform_data.service_accounts" in runs["service_migration"]["depends_on"]


def test_a_gated_task_runs_again_for_each_new_revision_of_its_definition_and_only_then(production: Json) -> None:
    for purpose in ("accounts", "migration"):
        run = production["resource"]["terraform_data"][f"service_{purpose}"]
        ((_, arn),) = run["triggers_replace"].items()
        assert referenced(production, arn, "arn")["family"] == f"production-litellm-{purpose}"


def test_a_gated_task_starts_when_it_can_reach_what_it_needs(production: Json) -> None:
    """Nothing of this is named in a task definition; without it the task could not start, or reach the database."""
    needed = set(production["resource"]["terraform_data"]["service_accounts"]["depends_on"])
    service = named(production, "aws_security_group", "production-litellm-service")
    for type_ in ("aws_route", "aws_route_table_association", "aws_nat_gateway", "aws_vpc_endpoint", "aws_db_instance"):
        assert {f"{type_}.{name}" for name in production["resource"][type_]} <= needed
    ways_out = {
        f"aws_vpc_security_group_egress_rule.{name}"
        for name, rule in production["resource"]["aws_vpc_security_group_egress_rule"].items()
        if referenced(production, rule["security_group_id"], "id") == service and "cache" not in name
    }
    assert ways_out <= needed
    policies = {
        f"aws_iam_role_policy.{name}"
        for name, policy in production["resource"]["aws_iam_role_policy"].items()
        if referenced(production, policy["role"], "name")["name"] == "production-litellm-accounts"
    }
    assert policies <= needed


def test_a_gated_task_is_run_by_the_projects_own_program_from_the_projects_folder(variant: Variant) -> None:
    stack = variant("production", {"service.migration_timeout_seconds": 1234}, rehearsal=False).environment
    (provisioner,) = stack["resource"]["terraform_data"]["service_migration"]["provisioner"]
    local = provisioner["local-exec"]
    assert local["working_dir"] == "${path.root}/../../.."
    words = local["command"].split()
    assert words[:5] == ["exec", ".venv/bin/python", "-m", "modules.operations.gated_task", "migration"]
    assert words[words.index("--timeout-seconds") + 1] == "1234"
    assert words[words.index("--region") + 1] == "us-east-1"
    subnets = words[words.index("--subnets") + 1 : words.index("--security-group")]
    assert subnets == the_only(stack, "aws_ecs_service")["network_configuration"]["subnets"]
    (group,) = the_only(stack, "aws_ecs_service")["network_configuration"]["security_groups"]
    assert words[words.index("--security-group") + 1] == group


def test_the_migration_is_the_same_litellm_with_the_same_configuration_that_serves_nobody(production: Json) -> None:
    serving, migration = container(production), container_of(gated_task(production, "migration"))
    assert migration["image"] == serving["image"]
    assert migration["command"][-1] == "--skip_server_startup"
    assert (
        migration["command"][migration["command"].index("--config") + 1]
        == (serving["command"][serving["command"].index("--config") + 1])
    )
    assert migration["command"][migration["command"].index("--num_workers") + 1] == "1"
    assert migration["secrets"] == serving["secrets"]
    assert migration["portMappings"] == []
    assert "healthCheck" not in migration
    for role in ("execution_role_arn", "task_role_arn"):
        assert gated_task(production, "migration")[role] == task_definition(production)[role]


def test_only_the_migration_changes_the_schema(environments: Environments) -> None:
    """LiteLLM issue #14400: tasks that migrate at their start race."""
    for stacks in environments.values():
        stack = stacks.environment
        assert variables(container(stack))["DISABLE_SCHEMA_UPDATE"] == "true"
        assert "DISABLE_SCHEMA_UPDATE" not in variables(container_of(gated_task(stack, "migration")))


def test_the_migration_has_the_memory_that_litellms_own_module_gives_it(production: Json) -> None:
    """4096 MiB, "peaks well above 1 GiB" (litellm.md section 3)."""
    task = gated_task(production, "migration")
    assert int(task["memory"]) >= 4096
    assert int(task["cpu"]) >= 1024


def test_the_accounts_are_made_by_the_administrator_for_the_user_of_this_generation(production: Json) -> None:
    accounts = container_of(gated_task(production, "accounts"))
    stated = variables(accounts)
    assert referenced(production, stated["PGHOST"], "address")["identifier"] == "production-litellm"
    assert (stated["PGUSER"], stated["PGDATABASE"]) == ("litellm", "litellm")
    assert (stated["OWNER"], stated["USERS"]) == ("litellm_owner", "litellm_a,litellm_b")
    assert stated["LITELLM_USER"] == variables(container(production))["DATABASE_USERNAME"]
    given = secrets(accounts)
    assert {variable: reference.split(":")[1] for variable, reference in given.items()} == {
        "PGPASSWORD": "administrator",
        "LITELLM_PASSWORD": "litellm",
    }
    assert given["LITELLM_PASSWORD"] == secrets(container(production))["DATABASE_PASSWORD"]


def test_with_iam_the_accounts_task_makes_the_one_user_and_gets_no_password_for_it(variant: Variant) -> None:
    accounts = container_of(
        gated_task(variant("production", {"database.authentication": "iam"}).environment, "accounts")
    )
    assert (variables(accounts)["USERS"], variables(accounts)["LITELLM_USER"]) == ("litellm_iam", "litellm_iam")
    assert secrets(accounts).keys() == {"PGPASSWORD"}


def test_the_accounts_task_reads_the_databases_secret_and_nothing_else(production: Json) -> None:
    task = gated_task(production, "accounts")
    assert "task_role_arn" not in task
    assert referenced(production, task["execution_role_arn"], "arn")["name"] == "production-litellm-accounts"
    read, log, decrypt = statements(production, "production-litellm-accounts")
    (arn,) = read["Resource"]
    assert referenced(production, arn, "arn")["name"] == "production-litellm/database-password"
    assert set(log["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert decrypt["Action"] == ["kms:Decrypt"]
