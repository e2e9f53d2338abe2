"""A load test's fake LLM provider and its machines: nothing of them unless stated, and then confined to the test."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from modules.architecture.synthesis import SynthesisError
from modules.operations.review.meaning import OTHER, group_of
from modules.planning.cost.estimate import estimate
from modules.planning.cost.terraform_json import read_stack
from modules.price_file import load_prices
from modules.settings.usage import Usage

from .conftest import (
    CERTIFICATE,
    Environments,
    Json,
    Variant,
    container_of,
    leaves,
    litellm_file,
    named,
    referenced,
    resources,
    statements,
)

ON = {"load_test": {}}
UPSTREAM, GENERATORS = "benchmark-litellm-upstream", "benchmark-litellm-load-generators"


@pytest.fixture
def on(variant: Variant) -> Json:
    return variant("benchmark", ON).environment


def definition(stack: Json, family: str) -> Json:
    (found,) = [one for one in resources(stack, "aws_ecs_task_definition") if one["family"] == family]
    return found


def variables(container: Json) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container["environment"]}


def rules(stack: Json, direction: str, group: str) -> list[dict[str, Any]]:
    """Whom a security group talks to: names of groups or addresses, and ports."""
    found = []
    for rule in resources(stack, f"aws_vpc_security_group_{direction}_rule"):
        if referenced(stack, rule["security_group_id"], "id")["name"] != group:
            continue
        peer = rule.get("referenced_security_group_id")
        other = referenced(stack, peer, "id")["name"] if peer else rule.get("cidr_ipv4") or rule["prefix_list_id"]
        found.append((other, rule["from_port"], rule["to_port"]))
    return sorted(found)


def models(stack: Json) -> list[dict[str, Any]]:
    return list(yaml.safe_load(litellm_file(stack)["content"]).get("model_list", []))


def test_without_the_setting_no_environment_has_anything_of_a_load_test(environments: Environments) -> None:
    for stacks in environments.values():
        for path, value in leaves(stacks.environment):
            assert "load_test" not in ".".join(path)
            assert "load-test" not in str(value), path
            assert "locust" not in str(value).lower(), path
        assert not [kind for kind in stacks.environment["resource"] if "service_discovery" in kind]


def test_of_what_there_was_the_setting_changes_litellms_file_alone(
    variant: Variant, environments: Environments
) -> None:
    off, stack = environments["benchmark"].environment, variant("benchmark", ON).environment
    (file_off,), (file_on,) = (
        [name for name in one["resource"]["aws_s3_object"] if name.startswith("configuration_litellm")]
        for one in (off, stack)
    )
    for kind, ones in off["resource"].items():
        for name, one in ones.items():
            if name != file_off:
                # The tasks read the file under its own key.
                assert json.dumps(stack["resource"][kind][name]) == json.dumps(one).replace(file_off, file_on)


def test_litellm_has_a_model_whose_provider_is_in_the_vpc(variant: Variant) -> None:
    stack = variant("benchmark", ON, rehearsal=False, account_id="210987654321").environment
    assert models(stack) == [
        {
            "model_name": "load-test",
            "litellm_params": {
                "model": "openai/load-test",
                "api_base": "http://upstream.benchmark-litellm.internal:8080/v1",
                "api_key": "none is needed",
            },
        }
    ]
    service = named(stack, "aws_ecs_service", UPSTREAM)
    registry = referenced(stack, service["service_registries"]["registry_arn"], "arn")
    zone = referenced(stack, registry["dns_config"]["namespace_id"], "id")
    assert (registry["name"], zone["name"]) == ("upstream", "benchmark-litellm.internal")
    assert zone["vpc"] == "${aws_vpc.network.id}"
    assert registry["dns_config"]["dns_records"] == [{"type": "A", "ttl": 10}]


def test_on_the_rehearsal_its_own_provider_answers_the_model(on: Json) -> None:
    addresses = {model["model_name"]: model["litellm_params"]["api_base"] for model in models(on)}
    assert addresses == dict.fromkeys(("load-test", "rehearsal"), "os.environ/REHEARSAL_UPSTREAM")


def test_the_provider_is_as_many_tasks_of_litellms_image_as_stated_and_answers_as_stated(variant: Variant) -> None:
    stated = {
        "tasks": 3,
        "cpu_units": 512,
        "memory_mib": 1024,
        "latency_milliseconds": 250,
        "latency_sigma": 0,
        "tokens": 40,
        "milliseconds_per_token": 2.5,
    }
    stack = variant("benchmark", {"load_test": {"upstream": stated}}).environment
    service = named(stack, "aws_ecs_service", UPSTREAM)
    assert service["desired_count"] == 3
    assert service["network_configuration"]["assign_public_ip"] is False
    found = referenced(stack, service["task_definition"], "arn")
    assert (found["cpu"], found["memory"]) == ("512", "1024")
    container = container_of(found)
    litellm = container_of(definition(stack, "benchmark-litellm"))
    assert container["image"] == litellm["image"]
    assert variables(container) == {
        "LATENCY_MILLISECONDS": "250",
        "LATENCY_SIGMA": "0",
        "MILLISECONDS_PER_TOKEN": "2.5",
        "PORT": "8080",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TOKENS": "40",
    }


def test_the_generators_are_a_definition_that_nobody_runs_by_itself(variant: Variant) -> None:
    stated = {"workers": 7, "cpu_units": 512, "memory_mib": 1024, "image": "123456789012.dkr.ecr/locust:2.47.0"}
    stack = variant("benchmark", {"load_test": {"generators": stated}}).environment
    found = definition(stack, GENERATORS)
    assert (found["cpu"], found["memory"]) == ("512", "1024")
    container = container_of(found)
    assert container["image"] == stated["image"]
    assert variables(container)["LOCUST_HOST"] == stack["output"]["endpoint"]["value"]
    assert {service["name"] for service in resources(stack, "aws_ecs_service")} == {"benchmark-litellm", UPSTREAM}
    fleet = stack["output"]["load_test"]["value"]
    assert fleet["workers"] == 7
    assert referenced(stack, fleet["task_definition"], "arn")["family"] == GENERATORS
    assert referenced(stack, fleet["security_group"], "id")["name"] == GENERATORS
    assert fleet["subnets"] == named(stack, "aws_ecs_service", UPSTREAM)["network_configuration"]["subnets"]


def test_neither_can_do_more_than_write_its_log_and_the_generators_read_the_key_that_they_ask_with(on: Json) -> None:
    logs = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": ["${aws_cloudwatch_log_group.load_test_logs.arn}:*"],
    }
    key = "${aws_secretsmanager_secret.secrets_master_key.arn}"
    read = {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": [key]}
    assert statements(on, UPSTREAM) == [logs]
    assert statements(on, GENERATORS) == [read, logs]
    for family in (UPSTREAM, GENERATORS):
        assert "task_role_arn" not in definition(on, family)
        container = container_of(definition(on, family))
        assert container["readonlyRootFilesystem"] is True
        assert container["linuxParameters"]["capabilities"] == {"add": [], "drop": ["ALL"]}
    assert container_of(definition(on, UPSTREAM))["secrets"] == []
    assert container_of(definition(on, GENERATORS))["secrets"] == [{"name": "LOAD_KEY", "valueFrom": key}]


def test_only_the_tasks_reach_the_provider_and_only_workers_their_master(on: Json) -> None:
    assert rules(on, "ingress", UPSTREAM) == [("benchmark-litellm-service", 8080, 8080)]
    assert rules(on, "egress", UPSTREAM) == [("0.0.0.0/0", 443, 443)]
    assert (UPSTREAM, 8080, 8080) in rules(on, "egress", "benchmark-litellm-service")
    assert rules(on, "ingress", GENERATORS) == [(GENERATORS, 5557, 5557)]
    assert rules(on, "egress", GENERATORS) == [
        ("0.0.0.0/0", 80, 80),
        ("0.0.0.0/0", 443, 443),
        (GENERATORS, 5557, 5557),
    ]


def test_a_load_balancer_that_lets_some_addresses_in_lets_in_the_gateways_of_the_generators(variant: Variant) -> None:
    some = {"load_balancer.ingress_cidrs": ["203.0.113.0/24"], "network.nat_gateways": "per_zone"}
    stack = variant("benchmark", {**ON, **some}).environment
    addresses = [f"${{aws_eip.network_nat_us-east-1{zone}_address.public_ip}}/32" for zone in "ab"]
    group = "benchmark-litellm-load-balancer"
    assert rules(stack, "ingress", group) == sorted((cidr, 80, 80) for cidr in [*addresses, "203.0.113.0/24"])
    off = variant("benchmark", some).environment
    assert rules(off, "ingress", group) == [("203.0.113.0/24", 80, 80)]


def test_a_load_balancer_in_the_vpc_lets_the_generators_in_by_their_group(variant: Variant) -> None:
    stack = variant("benchmark", {**ON, **CERTIFICATE, "load_balancer.internal": True}).environment
    assert (GENERATORS, 443, 443) in rules(stack, "ingress", "benchmark-litellm-load-balancer")
    assert ("benchmark-litellm-load-balancer", 443, 443) in rules(stack, "egress", GENERATORS)
    assert ("0.0.0.0/0", 80, 80) not in rules(stack, "egress", GENERATORS)


def test_the_providers_tasks_wait_for_their_way_to_the_image(on: Json) -> None:
    awaited = named(on, "aws_ecs_service", UPSTREAM)["depends_on"]
    assert "aws_route.network_private_us-east-1a_to_nat" in awaited
    assert "aws_vpc_security_group_egress_rule.endpoints_upstream_to_internet" in awaited


def test_programs_reach_their_containers_as_they_are_and_fit_into_a_task_definition(on: Json) -> None:
    """Amazon ECS, "Service quotas": a task definition has 64 KiB at the most."""
    (program,) = container_of(definition(on, UPSTREAM))["command"]
    for family, text in (
        (UPSTREAM, program),
        (GENERATORS, variables(container_of(definition(on, GENERATORS)))["PROGRAM"]),
    ):
        compile(text.replace("$${", "${").replace("%%{", "%{"), family, "exec")
        assert len(json.dumps(definition(on, family))) < 64 * 1024


def test_a_model_of_that_name_in_litellms_own_file_is_refused(variant: Variant) -> None:
    own = "model_list: [{model_name: load-test, litellm_params: {model: openai/x}}]"
    with pytest.raises(SynthesisError, match=r"model_list: load-test is the model that load_test adds; give yours"):
        variant("benchmark", ON, litellm=own)


def test_what_it_costs_is_all_priced_and_litellms_own_tasks_cost_what_they_did(
    on: Json, environments: Environments
) -> None:
    usage = Usage.model_validate({"tasks": {"running": 7}, "load_tests": {"runs": 6, "tasks": 5, "minutes": 10}})
    before, after = (
        estimate([read_stack(stack)], usage, load_prices()) for stack in (environments["benchmark"].environment, on)
    )
    assert after.not_priced == ()
    old, new = before.by_key(), after.by_key()
    litellm = "aws_ecs_service.service"
    assert {key: usd for key, usd in new.items() if key[0] == litellm and "zones" not in key[1]} == {
        key: usd for key, usd in old.items() if key[0] == litellm and "zones" not in key[1]
    }
    lines = {(line.address, line.what): line.quantity for line in after.lines}
    # Two tasks of 1 vCPU all month, whatever LiteLLM's own number; six runs of five for ten minutes.
    assert lines["aws_ecs_service.load_test_upstream", "vCPU, on demand"] == pytest.approx(2 * 730)
    generators = "aws_ecs_task_definition.load_test_generators_task_definition"
    assert lines[generators, "vCPU, in load tests"] == pytest.approx(6 * 5 * 10 / 60)
    assert (generators, "vCPU, before deployments") not in lines


def test_the_generators_container_starts_locust_with_its_program(on: Json, tmp_path: Path) -> None:
    """As the image does, with its folder for temporary files elsewhere; `--list` names the users and asks nobody."""
    container = container_of(definition(on, GENERATORS))
    stated = variables(container)
    assert stated["LOCUST_LOCUSTFILE"] == "/tmp/locustfile.py"
    assert container["mountPoints"][0]["containerPath"] == container["workingDirectory"] == "/tmp"
    own = {
        "PROGRAM": stated["PROGRAM"].replace("$${", "${").replace("%%{", "%{"),
        "LOCUST_LOCUSTFILE": str(tmp_path / "locustfile.py"),
        **dict.fromkeys(("LOAD_KEY", "LOAD_MODEL", "LOAD_SECONDS"), "1"),
    }
    done = subprocess.run(
        [*container["entryPoint"], "--list"],
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Asker" in done.stdout + done.stderr, done.stderr


def test_a_review_of_a_plan_has_a_place_for_each_of_its_parts(on: Json) -> None:
    assert sorted(type_ for type_ in on["resource"] if group_of(type_) == OTHER) == []
