"""Rules are compared as Elastic Load Balancing documents it."""

import pytest

from modules.rehearsal.balancer.configuration import Action, Condition, HealthCheck, Rule
from modules.rehearsal.balancer.health import Judgement, matches
from modules.rehearsal.balancer.routing import Request, location, router
from modules.rehearsal.balancer.wanted import initial_threshold

FIRST, DEFAULT = Action(type="fixed-response", status=200), Action(type="fixed-response", status=404)
CHECK = HealthCheck(
    interval_seconds=5,
    timeout_seconds=2,
    healthy_threshold=3,
    unhealthy_threshold=2,
    initial_unhealthy_threshold=4,
)


def request(**parts: object) -> Request:
    told = {"method": "GET", "path": "/", "query": "", "host": "llm.example.com", "client": "127.0.0.1", "headers": {}}
    return Request(**{**told, **parts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("condition", "parts", "holds"),
    [
        ({"field": "path-pattern", "values": ("/v1/*",)}, {"path": "/v1/"}, True),
        ({"field": "path-pattern", "values": ("/v1/*",)}, {"path": "/v1"}, False),
        ({"field": "path-pattern", "values": ("/v1/*",)}, {"path": "/V1/x"}, False),
        ({"field": "path-pattern", "values": ("/a", "/b?")}, {"path": "/bc"}, True),
        ({"field": "path-pattern", "values": ("/a", "/b?")}, {"path": "/ab"}, False),
        ({"field": "path-pattern", "values": ("/a.b",)}, {"path": "/axb"}, False),
        ({"field": "host-header", "values": ("*.example.com",)}, {"host": "LLM.example.COM"}, True),
        ({"field": "host-header", "values": ("*.example.com",)}, {"host": "example.com"}, False),
        ({"field": "http-header", "header": "X-Tier", "values": ("Go?d",)}, {"headers": {"X-Tier": "gold"}}, True),
        ({"field": "http-header", "header": "X-Tier", "values": ("gold",)}, {}, False),
        ({"field": "http-request-method", "values": ("PUT", "POST")}, {"method": "POST"}, True),
        ({"field": "source-ip", "values": ("192.0.2.0/24", "127.0.0.0/8")}, {"client": "127.0.0.1"}, True),
        ({"field": "source-ip", "values": ("192.0.2.0/24",)}, {"client": "127.0.0.1"}, False),
        ({"field": "query-string", "query": (("a", "1*"),)}, {"query": "b=2&a=12"}, True),
        ({"field": "query-string", "query": ((None, "x"),)}, {"query": "k=y"}, False),
    ],
)
def test_a_condition_holds_or_not(condition: dict[str, object], parts: dict[str, object], holds: bool) -> None:
    route = router([Rule(conditions=(Condition.model_validate(condition),), action=FIRST), Rule(action=DEFAULT)])

    assert route(request(**parts)) == (FIRST if holds else DEFAULT)


def test_all_conditions_of_a_rule_have_to_hold() -> None:
    post = Condition(field="http-request-method", values=("POST",))
    path = Condition(field="path-pattern", values=("/v1/*",))
    route = router([Rule(conditions=(post, path), action=FIRST), Rule(action=DEFAULT)])

    assert route(request(method="POST", path="/v1/x")) == FIRST
    assert route(request(method="GET", path="/v1/x")) == DEFAULT


def test_a_redirect_leads_to_where_the_port_really_listens() -> None:
    action = Action(type="redirect", location="HTTPS://#{host}:443/#{path}?#{query}")

    def there(ports: dict[int, int], query: str = "") -> str:
        return location(action, request(path="/a/b", query=query), protocol="http", port=80, ports=ports)

    assert there({443: 443}) == "https://llm.example.com:443/a/b"
    assert there({443: 8443}, query="x=1") == "https://llm.example.com:8443/a/b?x=1"


def test_thresholds_count_checks_in_a_row() -> None:
    judgement = Judgement()
    judgement.failed(CHECK, "Target.Timeout", "Request timed out")
    assert (judgement.health.state, judgement.health.reason) == ("initial", "Elb.InitialHealthChecking")
    judgement.failed(CHECK, "Target.Timeout", "Request timed out")
    judgement.failed(CHECK, "Target.Timeout", "Request timed out")
    assert judgement.health.state == "initial", "its program may still be starting"
    judgement.passed(CHECK)
    assert judgement.health.state == "healthy"
    judgement.failed(CHECK, "Target.Timeout", "Request timed out")
    judgement.passed(CHECK)
    judgement.failed(CHECK, "Target.Timeout", "Request timed out")
    assert judgement.health.state == "healthy"
    judgement.failed(CHECK, "Target.FailedHealthChecks", "Health checks failed")
    assert (judgement.health.state, judgement.health.reason) == ("unhealthy", "Target.FailedHealthChecks")
    judgement.passed(CHECK)
    judgement.passed(CHECK)
    assert judgement.health.state == "unhealthy"
    judgement.passed(CHECK)
    assert judgement.health.state == "healthy"


def test_a_target_whose_program_never_starts_becomes_unhealthy() -> None:
    judgement = Judgement()

    for _ in range(CHECK.initial_unhealthy_threshold):
        judgement.failed(CHECK, "Target.FailedHealthChecks", "Health checks failed")

    assert judgement.health.state == "unhealthy"


@pytest.mark.parametrize(
    ("matcher", "status", "passes"),
    [("200", 200, True), ("200,202", 202, True), ("200-299", 204, True), ("200-299", 300, False), ("200", 201, False)],
)
def test_a_matcher_is_codes_and_ranges(matcher: str, status: int, passes: bool) -> None:
    assert matches(matcher, status) is passes


@pytest.mark.parametrize(
    ("threshold", "interval_seconds", "pace", "checks"), [(3, 30, 1, 3), (2, 5, 1, 2), (2, 5, 5, 180), (10, 30, 5, 50)]
)
def test_at_another_pace_than_awss_a_new_target_has_time_to_start(
    threshold: int, interval_seconds: float, pace: float, checks: int
) -> None:
    assert initial_threshold(threshold, interval_seconds, pace) == checks
