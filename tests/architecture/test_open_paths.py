"""What everybody may call: held to the routes of the LiteLLM that is installed, which the image has as well."""

import json
import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from modules.architecture.synthesis import SynthesisError

from .conftest import CERTIFICATE, Environments, Json, Variant, referenced, resources

TRACE_ANALYSIS_AND_REGISTRY = re.compile(r"^/(lens|v1/traces|v1/logs|claude-code/plugins)(/|$)")
"""LLM API to LiteLLM, an operator's business here."""
OPEN_BESIDE_THE_LLM_API = {
    "/health/liveliness",
    "/health/liveness",
    "/health/readiness",
    # Of the LLM API as well, though LiteLLM's list does not have them.
    "/models/{model_id}",
    "/v1/models/{model_id}",
    "/fine_tuning/jobs/{fine_tuning_job_id:path}",
    "/v1/fine_tuning/jobs/{fine_tuning_job_id:path}",
    "/videos/characters/{character_id}",
    "/v1/videos/characters/{character_id}",
    "/v1/skills/{skill_id}/archive",
    "/a2a/{agent_id}/.well-known/agent.json",
    "/mcp/{mcp_server_name}/mcp",
    "/mcp/docs/oauth2-redirect",
}


@pytest.fixture(scope="module")
def litellm_routes() -> dict[str, list[str]]:
    """By whether LiteLLM calls them its LLM API."""
    run = subprocess.run(
        [sys.executable, Path(__file__).with_name("litellm_routes.py")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    routes: dict[str, list[str]] = json.loads(run.stdout.splitlines()[-1])
    return routes


def rules(stack: Json) -> list[Json]:
    """In the order in which the load balancer compares a request with them."""
    return sorted(resources(stack, "aws_lb_listener_rule"), key=lambda rule: int(rule["priority"]))


def patterns(rule: Json) -> list[str]:
    (condition,) = rule["condition"]
    return list(condition.get("path_pattern", {}).get("values", []))


def addresses(rule: Json) -> list[str]:
    (condition,) = rule["condition"]
    return list(condition.get("source_ip", {}).get("values", []))


def forwards(rule: Json) -> bool:
    (action,) = rule["action"]
    return bool(action["type"] == "forward")


def is_open(stack: Json, path: str) -> bool:
    """Whether somebody who is no operator gets through: the patterns have no more than * and ?, as has fnmatch."""
    assert not set("[]") & set("".join(pattern for rule in rules(stack) for pattern in patterns(rule)))
    for rule in rules(stack):
        if any(fnmatchcase(path, pattern) for pattern in patterns(rule)) or addresses(rule) == ["0.0.0.0/0"]:
            return forwards(rule)
    return True


def example(route: str, parameter: str = "x1") -> str:
    return re.sub(r"\{[^}]*}", parameter, route)


def test_every_route_of_litellms_llm_api_is_open(production: Json, litellm_routes: dict[str, list[str]]) -> None:
    closed = {
        route
        for route in litellm_routes["llm_api"]
        if not is_open(production, example(route)) and not TRACE_ANALYSIS_AND_REGISTRY.match(route)
    }
    assert closed == set()
    assert "/v1/chat/completions" in litellm_routes["llm_api"]


def test_no_other_route_of_litellm_is_open_but_those_named_here(
    production: Json, litellm_routes: dict[str, list[str]]
) -> None:
    assert {route for route in litellm_routes["others"] if is_open(production, example(route))} == (
        OPEN_BESIDE_THE_LLM_API
    )
    assert {"/key/generate", "/user/new", "/ui", "/config/update"} <= set(litellm_routes["others"])


def test_no_admin_route_is_open_whatever_its_parameters_are_called(
    production: Json, litellm_routes: dict[str, list[str]]
) -> None:
    """A parameter may be several parts of a path, such as the end of one that is open."""
    hostile = ["v1/chat/completions", "../v1/chat/completions", "..%2fv1%2fmodels", "mcp", "%2e%2e/mcp/x"]
    for route in litellm_routes["others"]:
        if route.startswith("/{") or route in OPEN_BESIDE_THE_LLM_API:
            continue
        for parameter in hostile:
            assert not is_open(production, example(route, parameter)), (route, parameter)


@pytest.mark.parametrize(
    "path",
    [
        "/k%65y/generate",
        "/key%2Fgenerate",
        "/%6bey/generate",
        "//key/generate",
        "/./key/generate",
        "/KEY/generate",
        "/ui",
        "/ui/",
        "/",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/metrics",
        "/metrics/",
        "/health",
        "/health/readiness/details",
        "/health/drain",
        "/spend/logs",
        "/global/spend",
        "/v1/mcp/server",
        "/v1/agents",
        "/scim/v2/Users",
        "/sso/key/generate",
        "/v9/whatever/comes/next",
    ],
)
def test_admin_paths_are_closed_also_when_they_are_spelled_otherwise(environments: Environments, path: str) -> None:
    for stacks in environments.values():
        assert not is_open(stacks.environment, path)


def test_a_closed_path_is_answered_by_the_load_balancer_itself(environments: Environments) -> None:
    for stacks in environments.values():
        *_, last = rules(stacks.environment)
        (action,) = last["action"]
        assert action["fixed_response"]["status_code"] == "403"
        assert json.loads(action["fixed_response"]["message_body"])["error"]["code"] == "403"
        assert [rule for rule in rules(stacks.environment) if not forwards(rule)] == [last]


def test_operators_reach_everything_from_their_addresses_alone(production: Json) -> None:
    (operators,) = [rule for rule in rules(production) if addresses(rule) and forwards(rule)]
    assert addresses(operators) == ["192.0.2.0/24"]
    assert patterns(operators) == []


def test_without_operators_nobody_reaches_more_than_the_llm_api(variant: Variant) -> None:
    stack = variant("production", {"load_balancer.admin_cidrs": []}).environment
    assert [addresses(rule) for rule in rules(stack) if addresses(rule)] == [["0.0.0.0/0"]]
    assert not is_open(stack, "/key/generate")


def test_open_to_everybody_there_are_no_rules_at_all(variant: Variant) -> None:
    stack = variant("production", {"load_balancer.admin_cidrs": ["0.0.0.0/0"]}).environment
    assert "aws_lb_listener_rule" not in stack["resource"]


def test_paths_of_ones_own_are_opened_beside_the_llm_api(variant: Variant, production: Json) -> None:
    own = [f"/own-{number}/*" for number in range(1, 7)]
    stack = variant("production", {"load_balancer.open_paths": own}).environment
    assert not any(is_open(production, path) for path in own)
    assert all(is_open(stack, example(path)) for path in own)
    assert not is_open(stack, "/key/generate")


def test_a_path_that_elastic_load_balancing_would_refuse_is_refused(variant: Variant) -> None:
    with pytest.raises(SynthesisError, match=r"load_balancer\.open_paths"):
        variant("production", {"load_balancer.open_paths": ["/own[1]"]})


def test_each_rule_is_within_elastic_load_balancings_quotas(variant: Variant) -> None:
    """ "Quotas for your Application Load Balancers": 100 rules, five values and five wildcards in each."""
    many = {
        "load_balancer.open_paths": [f"/own-{number}/*" for number in range(12)],
        "load_balancer.admin_cidrs": [f"192.0.2.{number}/32" for number in range(12)],
    }
    all_rules = rules(variant("production", many).environment)
    assert len(all_rules) <= 100
    for rule in all_rules:
        values = patterns(rule) + addresses(rule)
        assert 1 <= len(values) <= 5
        assert sum(value.count("*") + value.count("?") for value in values) <= 5
    operators = [address for rule in all_rules if forwards(rule) for address in addresses(rule)]
    assert operators == many["load_balancer.admin_cidrs"]
    assert len({rule["priority"] for rule in all_rules}) == len(all_rules)


def test_the_paths_that_carry_the_load_are_compared_within_the_ten_free_rules(production: Json) -> None:
    """Elastic Load Balancing pricing: rule evaluations beyond ten are paid for."""
    free = [pattern for rule in rules(production)[:10] for pattern in patterns(rule)]
    for path in ("/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings", "/v1/models"):
        assert any(fnmatchcase(path, pattern) for pattern in free)


def test_the_rules_are_the_listeners_that_forwards_with_and_without_a_redirect(variant: Variant) -> None:
    stack = variant("production", {**CERTIFICATE, "load_balancer.redirect_http": True}).environment
    assert {referenced(stack, rule["listener_arn"], "arn")["port"] for rule in rules(stack)} == {443}
