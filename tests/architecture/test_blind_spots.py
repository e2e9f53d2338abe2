"""What checkov does not see in synthesized Terraform, over every stack of every environment.

Container definitions and policies are text to it, and of many a thing it asks only whether it is there. New resources
are held to this from the day on which they are there: nothing here names one, but where a comment says why.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import REFERENCE, Environments, Json, leaves, referenced, resources, the_only

STRICT = ("production",)
"""Environments that are not cheap on purpose."""
SECRET_NAME = re.compile(r"(PASSWORD|SECRET|TOKEN|CREDENTIALS?|(?<!OBJECT)_KEY|DATABASE_URL|REDIS_URL)$")
SECRET_VALUE = re.compile(r"sk-\w{8,}|AKIA[0-9A-Z]{16}|://[^/\s:]+:[^@\s]+@|-----BEGIN")
OTHER_REFERENCE = r"\$\{aws_\w+\.[\w-]+\.\w+}"
BEYOND_THE_STACK = {
    # Log groups can be listed only all together (Amazon VPC User Guide, flow logs' role).
    r"arn:aws:logs:[\w-]+:\d{12}:log-group:\*": {"logs:DescribeLogGroups"},
    # RDS's enhanced monitoring makes its group, RDSOSMetrics, itself (Amazon RDS User Guide, its role).
    r"arn:aws:logs:[\w-]+:\d{12}:log-group:RDS\*": {"logs:CreateLogGroup", "logs:PutRetentionPolicy"},
    r"arn:aws:logs:[\w-]+:\d{12}:log-group:RDS\*:log-stream:\*": {
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:GetLogEvents",
        "logs:PutLogEvents",
    },
    # AWS's own key for S3 has an ARN that nobody knows before it is used; its alias is a condition.
    r"arn:aws:kms:[\w-]+:\d{12}:key/\*": {"kms:Decrypt", "kms:Encrypt"},
    # Drills: the stack's own tasks, subnets and VPC, whose ARNs are put together; the lists that FIS makes itself, by
    # the tag of its own, and the former ones to go back to.
    rf"arn:aws:ecs:[\w-]+:\d{{12}}:task/{OTHER_REFERENCE}/\*": {"ecs:DescribeTasks", "ecs:StopTask"},
    rf"arn:aws:ec2:[\w-]+:\d{{12}}:subnet/{OTHER_REFERENCE}": {"ec2:ReplaceNetworkAclAssociation"},
    rf"arn:aws:ec2:[\w-]+:\d{{12}}:vpc/{OTHER_REFERENCE}": {"ec2:CreateNetworkAcl"},
    r"arn:aws:ec2:[\w-]+:\d{12}:network-acl/\*": {
        "ec2:CreateNetworkAcl",
        "ec2:CreateNetworkAclEntry",
        "ec2:CreateTags",
        "ec2:DeleteNetworkAcl",
        "ec2:ReplaceNetworkAclAssociation",
    },
    r"arn:aws:rds:[\w-]+:\d{12}:db:\*": {"rds:DescribeDBInstances"},
    # Actions without resources (Service Authorization Reference); all but the first look only.
    r"\*": {
        "logs:CreateLogDelivery",
        "ec2:DescribeManagedPrefixLists",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ecs:ListTasks",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "tag:GetResources",
    },
}
"""What roles may do to more than resources of their own stack, and why it cannot be less."""
PROTECTED_FROM_LOSS = ("aws_db_instance", "aws_elasticache_replication_group")
KNOWN_CAPACITY_PROVIDERS = {"FARGATE", "FARGATE_SPOT"}


def stacks(environments: Environments) -> Iterator[tuple[str, Json]]:
    for name, pair in environments.items():
        yield f"{name}/{name}", pair.environment
        yield f"{name}/state", pair.state


def of_type(environments: Environments, type_: str) -> list[tuple[str, Json, Json]]:
    """Where it is, its stack, and the resource, for all that there are; at least one has to be there."""
    found = [
        (f"{where}: {type_}.{name}", stack, resource)
        for where, stack in stacks(environments)
        for name, resource in stack["resource"].get(type_, {}).items()
    ]
    assert found, f"no environment has any {type_}"
    return found


def containers(environments: Environments) -> list[tuple[str, Json, Json]]:
    return [
        (where, stack, container)
        for where, stack, task in of_type(environments, "aws_ecs_task_definition")
        for container in json.loads(task["container_definitions"])
    ]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def policies(environments: Environments) -> Iterator[tuple[str, str, Json]]:
    """Every statement of every policy in any resource, with the argument that holds it."""
    for where, stack in stacks(environments):
        for path, value in leaves(stack["resource"]):
            if isinstance(value, str) and value.startswith("{") and '"Statement"' in value:
                for statement in json.loads(value)["Statement"]:
                    yield f"{where}: {'.'.join(path)}", path[-1], statement


def role_statements(environments: Environments) -> list[tuple[str, Json]]:
    return [
        (where, statement)
        for where, argument, statement in policies(environments)
        if argument == "policy" and "aws_iam_role_policy." in where and statement["Effect"] == "Allow"
    ]


def test_no_container_is_told_a_secret_in_plain_text(environments: Environments) -> None:
    for where, _, container in containers(environments):
        for variable in container["environment"]:
            assert not SECRET_NAME.search(variable["name"]), f"{where}: {variable['name']}"
        assert not SECRET_VALUE.search(json.dumps(container)), where


def test_every_secret_of_a_container_is_a_reference_to_secrets_manager(environments: Environments) -> None:
    found = 0
    for where, _, container in containers(environments):
        for secret in container.get("secrets", []):
            assert re.match(r"\$\{(data\.)?aws_secretsmanager_secret\.", secret["valueFrom"]), where
            found += 1
    assert found


def test_no_container_may_change_its_image_or_has_privileges(environments: Environments) -> None:
    for where, _, container in containers(environments):
        assert container["readonlyRootFilesystem"] is True, where
        assert not container.get("privileged"), where
        assert container["linuxParameters"]["capabilities"]["drop"] == ["ALL"], where
        assert not container["linuxParameters"]["capabilities"].get("add"), where
    for where, _, task in of_type(environments, "aws_ecs_task_definition"):
        assert "pid_mode" not in task, where
        assert task["network_mode"] == "awsvpc", where


def test_every_image_says_which_version_it_is(environments: Environments) -> None:
    for where, _, container in containers(environments):
        tag = container["image"].partition("@")[0].rpartition(":")[2]
        assert re.search(r"\d", tag), f"{where}: {container['image']}"
        assert tag not in ("latest", "main-latest", "stable"), where


def test_every_container_writes_its_log_to_a_group_of_the_stack(environments: Environments) -> None:
    for where, stack, container in containers(environments):
        options = container["logConfiguration"]["options"]
        assert referenced(stack, options["awslogs-group"], "name")["retention_in_days"], where
        assert options["awslogs-stream-prefix"], where


def test_every_container_that_serves_is_checked_and_has_time_to_stop(environments: Environments) -> None:
    serving = [(where, one) for where, _, one in containers(environments) if one.get("portMappings")]
    assert serving
    for where, container in serving:
        assert container["healthCheck"]["command"][0] in ("CMD", "CMD-SHELL"), where
        assert "exit 0" not in " ".join(container["healthCheck"]["command"]), where
        assert container["stopTimeout"] > 30, f"{where}: ECS's default cuts long requests"


def test_tasks_have_roles_of_their_own_for_starting_and_for_running(environments: Environments) -> None:
    for where, _, task in of_type(environments, "aws_ecs_task_definition"):
        assert task["execution_role_arn"] != task.get("task_role_arn"), where


def test_no_policy_allows_every_action_but_of_a_key_to_its_own_account(environments: Environments) -> None:
    seen = 0
    for where, _, statement in policies(environments):
        if statement["Effect"] != "Allow":
            continue
        seen += 1
        for action in listed(statement["Action"]):
            if action == "kms:*":
                assert "aws_kms_key." in where
                assert re.fullmatch(r"arn:aws:iam::\d{12}:root", statement["Principal"]["AWS"]), where
            elif "aws_vpc_endpoint." in where:
                # What an endpoint lets through is not what anybody may do; the condition is what it is there for.
                assert statement.get("Condition") or statement["Resource"] != "*", where
            else:
                assert not re.fullmatch(r"\*|\w+:\*", action), f"{where}: {action}"
    assert seen


def test_roles_reach_resources_of_their_own_stack_and_beyond_them_only_what_is_named_here(
    environments: Environments,
) -> None:
    used = set()
    for where, statement in role_statements(environments):
        for resource in listed(statement["Resource"]):
            if REFERENCE.match(resource):
                continue
            kinds = [kind for kind in BEYOND_THE_STACK if re.fullmatch(kind, resource)]
            allowed = {action for kind in kinds for action in BEYOND_THE_STACK[kind]}
            assert set(listed(statement["Action"])) <= allowed, f"{where}: {statement}"
            if ":kms:" in resource:
                assert "kms:ResourceAliases" in json.dumps(statement["Condition"]), where
            used.update(kinds)
    assert used == set(BEYOND_THE_STACK), "an exception that nothing needs any more"


def test_nobody_may_hand_on_a_role_or_change_permissions(environments: Environments) -> None:
    for where, statement in role_statements(environments):
        for action in listed(statement["Action"]):
            assert not action.startswith(("iam:", "sts:", "organizations:", "kms:Put", "kms:Create")), where


def test_every_role_can_be_taken_by_one_aws_service_alone(environments: Environments) -> None:
    for where, _, role in of_type(environments, "aws_iam_role"):
        (trust,) = json.loads(role["assume_role_policy"])["Statement"]
        assert list(trust["Principal"]) == ["Service"], where
        assert isinstance(trust["Principal"]["Service"], str), where
        assert trust["Action"] == "sts:AssumeRole", where
        # Without a source only where the service tells of none: the service's guide says so.
        if trust["Principal"]["Service"] not in ("cloudtrail.amazonaws.com", "s3.amazonaws.com"):
            assert "Condition" in trust, where
    for where, stack in stacks(environments):
        assert not resources(stack, "aws_iam_role_policy_attachment"), where
        assert not [role for role in resources(stack, "aws_iam_role") if role.get("managed_policy_arns")], where


def test_policies_of_resources_let_in_services_and_their_own_account_and_others_under_a_condition_alone(
    environments: Environments,
) -> None:
    for where, argument, statement in policies(environments):
        if argument != "policy" or "aws_iam_role" in where or statement["Effect"] != "Allow":
            continue
        principal = statement["Principal"]
        if principal in ("*", {"AWS": "*"}):
            assert statement.get("Condition") or "aws_vpc_endpoint." in where, where
        elif "AWS" in principal:
            for who in listed(principal["AWS"]):
                assert re.fullmatch(r"arn:aws:iam::\d{12}:root|\$\{aws_iam_role\.[\w-]+\.arn}", who), where


def test_every_customer_key_is_rotated_and_can_be_brought_back_for_a_week(environments: Environments) -> None:
    for where, _, key in of_type(environments, "aws_kms_key"):
        assert key["enable_key_rotation"] is True, where
        assert key["deletion_window_in_days"] >= 7, where
        account, *services = json.loads(key["policy"])["Statement"]
        assert account["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}, where
        for statement in services:
            assert not {"kms:*", "*"} & set(listed(statement["Action"])), where
            assert "Service" in statement["Principal"], where


def test_every_database_is_backed_up_and_outlives_a_mistake_in_production(environments: Environments) -> None:
    for where, _, instance in of_type(environments, "aws_db_instance"):
        assert instance["storage_encrypted"] is True, where
        assert instance["publicly_accessible"] is False, where
        if "replicate_source_db" in instance:
            continue
        assert instance["backup_retention_period"] >= 1, where
        if where.startswith(STRICT):
            assert instance["backup_retention_period"] >= 7, where
            assert instance["deletion_protection"] is True, where
            assert instance["skip_final_snapshot"] is False, where
            assert instance["final_snapshot_identifier"], where
            assert instance["delete_automated_backups"] is False, where
    for where, _, group in of_type(environments, "aws_elasticache_replication_group"):
        assert group["snapshot_retention_limit"] >= 1, where


def test_secrets_can_be_brought_back_in_production(environments: Environments) -> None:
    for where, _, secret in of_type(environments, "aws_secretsmanager_secret"):
        assert secret["recovery_window_in_days"] >= (7 if where.startswith(STRICT) else 0), where


def test_a_long_answer_is_cut_nowhere_on_its_way(environments: Environments) -> None:
    """The load balancer waits as long as LiteLLM does, and its targets longer than it."""
    for where, pair in environments.items():
        stack = pair.environment
        balancer, target_group = the_only(stack, "aws_lb"), the_only(stack, "aws_lb_target_group")
        (serving,) = [
            container
            for task in resources(stack, "aws_ecs_task_definition")
            for container in json.loads(task["container_definitions"])
            if container.get("portMappings")
        ]
        variables = {variable["name"]: variable["value"] for variable in serving["environment"]}
        assert 600 <= balancer["idle_timeout"] < int(variables["KEEPALIVE_TIMEOUT"]), where
        assert int(target_group["deregistration_delay"]) >= 60, where
        assert int(variables["GRACEFUL_SHUTDOWN_TIMEOUT"]) < serving["stopTimeout"], where


def test_every_service_rolls_back_by_itself_and_tags_its_tasks(environments: Environments) -> None:
    for where, stack, service in of_type(environments, "aws_ecs_service"):
        assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}, where
        assert service["deployment_minimum_healthy_percent"] > 0, where
        # FIS finds the tasks of a drill by their tags.
        assert service["propagate_tags"] == "SERVICE", where
        assert service["enable_ecs_managed_tags"] is True, where
        assert service["network_configuration"]["assign_public_ip"] is False, where
        launched = {one["capacity_provider"] for one in service.get("capacity_provider_strategy", [])}
        assert service.get("launch_type") == "FARGATE" or (launched and launched <= KNOWN_CAPACITY_PROVIDERS), where
        assert len(service["network_configuration"]["subnets"]) > 1, where
        assert stack["resource"]["aws_ecs_cluster"], where


def test_every_alarm_does_something_and_decides_about_missing_data(environments: Environments) -> None:
    """A part of a composite alarm may leave the doing to it."""
    for _, stack in stacks(environments):
        composed = " ".join(composite["alarm_rule"] for composite in resources(stack, "aws_cloudwatch_composite_alarm"))
        for name, alarm in stack["resource"].get("aws_cloudwatch_metric_alarm", {}).items():
            acts = alarm.get("alarm_actions") or f"aws_cloudwatch_metric_alarm.{name}." in composed
            assert acts, f"{name} has no action"
            assert alarm.get("actions_enabled", True) is True, name
            assert alarm["treat_missing_data"] in ("missing", "breaching", "notBreaching", "ignore"), name
            assert alarm["alarm_description"], name
        for composite in resources(stack, "aws_cloudwatch_composite_alarm"):
            assert composite.get("alarm_actions"), composite["alarm_name"]


def test_every_state_is_locked_and_encrypted_where_it_is_kept(environments: Environments) -> None:
    for where, stack in stacks(environments):
        backend = stack["terraform"]["backend"]["s3"]
        assert backend["encrypt"] is True, where
        assert backend["use_lockfile"] is True, where
        assert backend["kms_key_id"], where


def test_no_output_tells_a_secret(environments: Environments) -> None:
    for where, stack in stacks(environments):
        assert stack["output"], where
        for name, output in stack["output"].items():
            value = output["value"]
            value = value if isinstance(value, str) else json.dumps(value)
            assert "ephemeral" not in value, f"{where}: {name}"
            assert not re.search(r"\.(secret_string|password|auth_token|random_password)\b", value), f"{where}: {name}"
            assert not SECRET_VALUE.search(value), f"{where}: {name}"


def test_every_provider_tags_what_it_makes(environments: Environments) -> None:
    for where, stack in stacks(environments):
        for provider in stack["provider"]["aws"]:
            (tags,) = provider["default_tags"]
            assert tags["tags"]["project"] == "litellm", where
            assert provider["allowed_account_ids"], where


@pytest.mark.parametrize("kind", ["public", "private"])
def test_subnets_of_each_kind_are_spread_over_zones(environments: Environments, kind: str) -> None:
    for where, pair in environments.items():
        zones = [
            subnet["availability_zone"]
            for name, subnet in pair.environment["resource"]["aws_subnet"].items()
            if f"_{kind}_" in name
        ]
        assert len(zones) == len(set(zones)) >= 2, where


def test_databases_and_caches_are_spread_over_zones_in_subnets_without_public_addresses(
    environments: Environments,
) -> None:
    for type_ in ("aws_db_subnet_group", "aws_elasticache_subnet_group"):
        for where, stack, group in of_type(environments, type_):
            subnets = [referenced(stack, subnet, "id") for subnet in group["subnet_ids"]]
            assert len({subnet["availability_zone"] for subnet in subnets}) >= 2, where
            assert not any(subnet["map_public_ip_on_launch"] for subnet in subnets), where


def test_databases_and_caches_are_open_to_security_groups_and_never_to_addresses(environments: Environments) -> None:
    for _, stack in stacks(environments):
        guarded = {
            group
            for type_ in PROTECTED_FROM_LOSS
            for resource in resources(stack, type_)
            for group in resource.get("vpc_security_group_ids") or resource["security_group_ids"]
        }
        for rule in resources(stack, "aws_vpc_security_group_ingress_rule"):
            if rule["security_group_id"] in guarded:
                assert not {"cidr_ipv4", "cidr_ipv6", "prefix_list_id"} & set(rule)
                assert rule["from_port"] == rule["to_port"]


def test_every_log_group_forgets(environments: Environments) -> None:
    for where, _, group in of_type(environments, "aws_cloudwatch_log_group"):
        assert group["retention_in_days"] >= (365 if where.startswith(STRICT) else 1), where
        if where.startswith(STRICT):
            assert group["kms_key_id"], where


def test_the_readers_of_the_logs_are_in_the_audit_trail(production: Json) -> None:
    """checkov takes a bucket for watched that is itself the target of access logs; nobody logs requests to this one."""
    targets = {logging["target_bucket"] for logging in resources(production, "aws_s3_bucket_logging")}
    watched = {
        arn
        for selector in the_only(production, "aws_cloudtrail")["advanced_event_selector"]
        for field in selector["field_selector"]
        if field["field"] == "resources.ARN"
        for arn in field["starts_with"]
    }
    assert targets
    assert {target.replace(".bucket}", ".arn}/") for target in targets} <= watched
