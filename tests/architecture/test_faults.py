"""What a drill may break, of which environment, for how long, and what ends it early."""

import json
from typing import Any

import pytest

from modules.architecture.synthesis import SynthesisError
from modules.operations.outputs import Outputs

from .conftest import Json, Variant, differences, named, referenced, resources, statements, task_definition

ACCOUNT = "us-east-1:123456789012"
TASKS_OF_PRODUCTION = {
    "cluster": "${aws_ecs_cluster.cluster.name}",
    "service": "${aws_ecs_service.service.name}",
}
DATABASE = "${aws_db_instance.database.arn}"
FIVE_MINUTES = "PT5M"


def template(stack: Json, fault: str) -> Json:
    """As the outputs name it."""
    return referenced(stack, stack["output"]["fault_templates"]["value"][fault], "id")


def actions(stack: Json, fault: str) -> dict[str, tuple[str, dict[str, str], dict[str, Any]]]:
    """Each action's id, its parameters and its target, which the action names in its own terms."""
    found = template(stack, fault)
    targets = {target["name"]: target for target in found["target"]}
    result = {}
    for action in found["action"]:
        aim = targets.pop(action["target"]["value"])
        parameters = {one["key"]: one["value"] for one in action["parameter"]}
        rest = {key: value for key, value in aim.items() if key != "name"}
        result[action["name"]] = (action["action_id"], parameters, {"key": action["target"]["key"]} | rest)
    assert not targets
    return result


def subnets(*kinds: str, zone: str) -> list[str]:
    return [f"arn:aws:ec2:{ACCOUNT}:subnet/${{aws_subnet.network_{kind}_{zone}.id}}" for kind in kinds]


def test_production_can_lose_a_task_a_share_a_zone_with_or_without_the_primary_and_its_database(
    production: Json,
) -> None:
    assert set(production["output"]["fault_templates"]["value"]) == {
        "stop-task",
        "stop-share",
        "zone-us-east-1a",
        "zone-us-east-1a-with-database",
        "zone-us-east-1b",
        "zone-us-east-1b-with-database",
        "database-failover",
    }


def test_one_task_or_a_share_of_exactly_this_service_stops(production: Json, variant: Variant) -> None:
    tasks = {"key": "Tasks", "resource_type": "aws:ecs:task", "parameters": TASKS_OF_PRODUCTION}
    for fault, selection in {"stop-task": "COUNT(1)", "stop-share": "PERCENT(50)"}.items():
        stop = ("aws:ecs:stop-task", {}, tasks | {"selection_mode": selection})
        assert actions(production, fault) == {"stop": stop}
    third = variant("production", {"drills": {"share_percent": 33}}).environment
    assert actions(third, "stop-share")["stop"][2]["selection_mode"] == "PERCENT(33)"


def test_a_lost_zone_cuts_the_subnets_of_tasks_and_data_in_that_zone_alone(production: Json, variant: Variant) -> None:
    def cut(zone: str, duration: str) -> tuple[str, dict[str, str], dict[str, Any]]:
        return (
            "aws:network:disrupt-connectivity",
            {"duration": duration, "scope": "all"},
            {
                "key": "Subnets",
                "resource_type": "aws:ec2:subnet",
                "selection_mode": "ALL",
                "resource_arns": subnets("private", "isolated", zone=zone),
            },
        )

    assert actions(production, "zone-us-east-1b") == {"cut": cut("us-east-1b", FIVE_MINUTES)}
    longer = variant("production", {"drills": {"duration_minutes": 20}}).environment
    assert actions(longer, "zone-us-east-1a") == {"cut": cut("us-east-1a", "PT20M")}


def test_where_tasks_and_database_share_subnets_each_is_cut_once(benchmark: Json) -> None:
    ((_, _, target),) = actions(benchmark, "zone-us-east-1a").values()
    assert target["resource_arns"] == subnets("private", zone="us-east-1a")


def test_a_failover_beside_a_lost_zone_happens_only_if_the_primary_is_in_it(production: Json) -> None:
    together = actions(production, "zone-us-east-1a-with-database")
    assert together["cut"] == actions(production, "zone-us-east-1a")["cut"]
    database = {
        "key": "DBInstances",
        "resource_type": "aws:rds:db",
        "selection_mode": "ALL",
        "resource_arns": [DATABASE],
    }
    failover = ("aws:rds:reboot-db-instances", {"forceFailover": "true"})
    assert together["fail-over"] == (
        *failover,
        database | {"parameters": {"availabilityZoneIdentifiers": "us-east-1a"}},
    )
    assert actions(production, "database-failover") == {"fail-over": (*failover, database)}
    # Without the zone's condition met there is no target, and without a target the experiment fails.
    for fault in production["output"]["fault_templates"]["value"]:
        options = template(production, fault)["experiment_options"]
        assert options == {"account_targeting": "single-account", "empty_target_resolution_mode": "fail"}


def test_a_database_in_one_zone_cannot_fail_over(benchmark: Json) -> None:
    assert set(benchmark["output"]["fault_templates"]["value"]) == {
        "stop-task",
        "stop-share",
        "zone-us-east-1a",
        "zone-us-east-1b",
    }
    assert not [
        one for one in statements(benchmark, "benchmark-litellm-faults") if "rds:RebootDBInstance" in one["Action"]
    ]


def test_somebody_elses_network_is_not_cut(variant: Variant) -> None:
    existing = {
        "vpc_id": "vpc-0123456789abcdef0",
        "public_subnet_ids": ["subnet-00000000000000001", "subnet-00000000000000002"],
        "private_subnet_ids": ["subnet-00000000000000003", "subnet-00000000000000004"],
    }
    network = {"existing": existing}
    stack = variant("benchmark", {"network": network}).environment
    assert set(stack["output"]["fault_templates"]["value"]) == {"stop-task", "stop-share"}
    assert "ec2:" not in json.dumps(statements(stack, "benchmark-litellm-faults"))


@pytest.mark.parametrize("environment", ["benchmark", "production"])
def test_an_alarm_of_users_being_hurt_ends_an_experiment_and_one_of_lost_redundancy_does_not(
    environments: dict[str, Any], environment: str
) -> None:
    stack = environments[environment].environment
    hurt = {"error-rate", "latency", "unhealthy-routing", "rejected-connections"}
    hurt |= {"tls-errors"} if environment == "production" else set()
    for found in resources(stack, "aws_fis_experiment_template"):
        assert {one["source"] for one in found["stop_condition"]} == {"aws:cloudwatch:alarm"}
        alarms = {referenced(stack, one["value"], "arn")["alarm_name"] for one in found["stop_condition"]}
        assert alarms == {f"{environment}-litellm-{alarm}" for alarm in hurt}
        # AWS FIS, "Quotas": stop conditions per experiment template.
        assert len(alarms) <= 5


def test_what_an_experiment_did_is_logged_under_the_environments_key_and_kept_as_long_as_other_logs(
    production: Json, benchmark: Json
) -> None:
    for stack, name, days in ((production, "production", 365), (benchmark, "benchmark", 7)):
        group = named(stack, "aws_cloudwatch_log_group", f"/aws/vendedlogs/fis/{name}-litellm")
        assert group["retention_in_days"] == days
        assert ("kms_key_id" in group) == (name == "production")
        (policy,) = [
            json.loads(one["policy_document"])
            for one in resources(stack, "aws_cloudwatch_log_resource_policy")
            if one["policy_name"] == f"{name}-litellm-faults"
        ]
        (writers,) = policy["Statement"]
        assert writers["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
        for found in resources(stack, "aws_fis_experiment_template"):
            configuration = found["log_configuration"]
            assert configuration["log_schema_version"] == 2
            (arn,) = writers["Resource"]
            assert configuration["cloudwatch_logs_configuration"] == {"log_group_arn": arn}
            assert referenced(stack, arn.removesuffix(":*"), "arn")["name"] == group["name"]


def test_one_role_may_break_this_environment_and_nothing_else(production: Json) -> None:
    (role,) = {found["role_arn"] for found in resources(production, "aws_fis_experiment_template")}
    found = referenced(production, role, "arn")
    (trust,) = json.loads(found["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "fis.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": f"arn:aws:fis:{ACCOUNT}:experiment/*"},
    }
    may = statements(production, found["name"])
    changing = {
        action: one
        for one in may
        for action in one["Action"]
        if not action.partition(":")[2].startswith(("Describe", "List", "Get"))
    }
    assert changing["ecs:StopTask"]["Resource"] == [f"arn:aws:ecs:{ACCOUNT}:task/${{aws_ecs_cluster.cluster.name}}/*"]
    assert changing["rds:RebootDBInstance"]["Resource"] == [DATABASE]
    own = [*subnets("private", "isolated", zone="us-east-1a"), *subnets("private", "isolated", zone="us-east-1b")]
    lists = f"arn:aws:ec2:{ACCOUNT}:network-acl/*"
    assert changing["ec2:ReplaceNetworkAclAssociation"]["Resource"] == [*own, lists]
    for action in ("ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAcl"):
        assert changing[action]["Condition"] == {"StringEquals": {"ec2:ResourceTag/managedByFIS": "true"}}
    everywhere = {action for action, one in changing.items() if "*" in one["Resource"]}
    assert everywhere == {"logs:CreateLogDelivery"}
    assert set(changing) == {
        "ecs:StopTask",
        "rds:RebootDBInstance",
        "ec2:CreateNetworkAcl",
        "ec2:CreateNetworkAclEntry",
        "ec2:CreateTags",
        "ec2:DeleteNetworkAcl",
        "ec2:ReplaceNetworkAclAssociation",
        "logs:CreateLogDelivery",
    }


def test_a_task_can_hang_through_an_agent_beside_litellm(variant: Variant, benchmark: Json) -> None:
    stack = variant("benchmark", {"drills": {"hanging_task": True, "duration_minutes": 3}}).environment
    assert actions(stack, "hang-task") == {
        "hang": (
            "aws:ecs:task-network-blackhole-port",
            {
                "duration": "PT3M",
                "port": "4000",
                "protocol": "tcp",
                "trafficType": "ingress",
                "useEcsFaultInjectionEndpoints": "true",
            },
            {
                "key": "Tasks",
                "resource_type": "aws:ecs:task",
                "selection_mode": "COUNT(1)",
                "parameters": TASKS_OF_PRODUCTION,
            },
        )
    }
    definition = task_definition(stack)
    assert (definition["pid_mode"], definition["enable_fault_injection"]) == ("task", True)
    litellm, agent = json.loads(definition["container_definitions"])
    assert [litellm] == json.loads(task_definition(benchmark)["container_definitions"])
    assert agent["essential"] is False
    variables = {one["name"]: one["value"] for one in agent["environment"]}
    instance = referenced(stack, variables["MANAGED_INSTANCE_ROLE_NAME"], "name")
    assert instance["name"] == "benchmark-litellm-fault-agent"
    task_role = {action: one for one in statements(stack, "benchmark-litellm-task") for action in one["Action"]}
    assert referenced(stack, task_role["iam:PassRole"]["Resource"][0], "arn") == instance
    commands = [one for one in statements(stack, "benchmark-litellm-faults") if "ssm:SendCommand" in one["Action"]]
    assert all("*" not in one["Resource"] for one in commands)
    assert commands[0]["Condition"] == {
        "StringLike": {
            "ssm:resourceTag/ECS_TASK_ARN": f"arn:aws:ecs:{ACCOUNT}:task/${{aws_ecs_cluster.cluster.name}}/*"
        }
    }


def test_without_the_agent_tasks_have_one_container_and_no_rights_in_systems_manager(production: Json) -> None:
    definition = task_definition(production)
    assert len(json.loads(definition["container_definitions"])) == 1
    assert "enable_fault_injection" not in definition
    assert "pid_mode" not in definition
    for role in ("task", "faults"):
        assert "ssm:" not in json.dumps(statements(production, f"production-litellm-{role}"))


def test_without_drills_nothing_of_them_is_left(variant: Variant, environments: dict[str, Any]) -> None:
    assert not resources(environments["dev"].environment, "aws_fis_experiment_template")
    assert "fault_templates" not in environments["dev"].environment["output"]
    without = variant("production", {"drills": None}).environment
    changed = differences(without, environments["production"].environment)
    kinds = {path.split(".")[1] for path in changed if path.split(".")[0] == "resource"}
    assert kinds == {
        "aws_fis_experiment_template",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_log_resource_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
    }
    assert all(before is None for path, (before, _) in changed.items() if "//" not in path)


@pytest.mark.parametrize(
    ("drills", "message"),
    [
        ({"duration_minutes": 0}, r"drills\.duration_minutes: got 0; it should be a whole number from 1 to 720"),
        ({"duration_minutes": 721}, r"drills\.duration_minutes: got 721"),
        ({"share_percent": 100}, r"drills\.share_percent: got 100; .* from 1 to 99"),
        ({"hanging_task": "yes"}, r"drills\.hanging_task: got 'yes'"),
        ({"duration": 5}, r"drills\.duration: unknown key; did you mean 'duration_minutes'"),
    ],
)
def test_wrong_settings_are_named(variant: Variant, drills: dict[str, Any], message: str) -> None:
    with pytest.raises(SynthesisError, match=message):
        variant("benchmark", {"drills": drills})


def test_outputs_know_the_templates_or_that_there_are_none() -> None:
    names = {name for name, field in Outputs.model_fields.items() if field.is_required()}
    values = dict.fromkeys(names, "x")
    assert Outputs.model_validate(values).fault_templates is None
    assert Outputs.model_validate(values | {"fault_templates": {"stop-task": "EXT1"}}).fault_templates == {
        "stop-task": "EXT1"
    }
