"""Whom a load balancer's rules let through to the admin paths."""

from typing import Any

import pytest

from modules.operations.closed_rules import open_to_strangers

ADMIN = ("/ui/", "/key/generate")
CLOSED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}
FORWARD = {"Type": "forward", "TargetGroupArn": "arn"}


def rule(priority: str, action: Any, *, paths: list[str] | None = None, cidrs: list[str] | None = None) -> Any:
    conditions: list[Any] = []
    if paths:
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": paths}})
    if cidrs:
        conditions.append({"Field": "source-ip", "SourceIpConfig": {"Values": cidrs}})
    default = priority == "default"
    return {"Priority": priority, "IsDefault": default, "Conditions": conditions, "Actions": [action]}


API = rule("10", FORWARD, paths=["/v1/chat/completions", "/models*"])
OPERATORS = rule("90", FORWARD, cidrs=["127.0.0.0/8", "192.0.2.0/24"])
THE_REST = rule("100", CLOSED, cidrs=["0.0.0.0/0"])


@pytest.mark.parametrize("default", [FORWARD, CLOSED])
def test_as_deployed_strangers_reach_the_api_alone(default: Any) -> None:
    rules = [rule("default", default), THE_REST, OPERATORS, API]

    assert open_to_strangers(rules, (*ADMIN, "/v1/chat/completions", "/models/a")) == [
        "/v1/chat/completions",
        "/models/a",
    ]


@pytest.mark.parametrize(
    ("rules", "opened"),
    [
        ([API, OPERATORS, rule("default", FORWARD)], ["/ui/", "/key/generate"]),
        ([API, THE_REST, rule("50", FORWARD, paths=["/key/*"]), rule("default", CLOSED)], ["/key/generate"]),
        ([rule("90", FORWARD, cidrs=["0.0.0.0/0"]), THE_REST, rule("default", CLOSED)], ["/ui/", "/key/generate"]),
    ],
    ids=["the last rule is gone", "a pattern was added", "everybody is an operator"],
)
def test_a_rule_that_was_opened_is_found(rules: list[Any], opened: list[str]) -> None:
    assert open_to_strangers(rules, ADMIN) == opened


def test_the_first_rule_that_matches_decides() -> None:
    closed_first = [rule("5", CLOSED, paths=["/key/*"]), rule("50", FORWARD), rule("default", CLOSED)]

    assert open_to_strangers(closed_first, ADMIN) == ["/ui/"]
