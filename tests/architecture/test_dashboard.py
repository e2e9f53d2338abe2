"""The dashboard: three questions from top to bottom, and only what there is."""

import json
from itertools import combinations
from typing import Any

import pytest

from .conftest import Environments, Json, Variant, referenced, resources, the_only

QUESTIONS = ["Are users hurt?", "Is redundancy lost?", "What is full?"]
# Amazon CloudWatch, "Dashboard body structure and syntax".
WIDTH = 24
FIELDS = {"type", "x", "y", "width", "height", "properties"}
PROPERTIES = {
    "text": {"markdown"},
    "alarm": {"title", "alarms"},
    "metric": {"title", "view", "region", "period", "metrics", "yAxis", "annotations"},
}
LINE_OPTIONS = {"label", "stat", "id", "expression", "visible"}
EVERYTHING = {"cache": {"nodes": 2}}


def widgets(stack: Json) -> list[Json]:
    result: list[Json] = json.loads(the_only(stack, "aws_cloudwatch_dashboard")["dashboard_body"])["widgets"]
    return result


def graphs(stack: Json) -> dict[str, Json]:
    return {
        widget["properties"]["title"]: widget["properties"] for widget in widgets(stack) if widget["type"] == "metric"
    }


def lines(graph: Json) -> dict[str, list[Any]]:
    return {line[-1]["label"]: line for line in graph["metrics"] if "label" in line[-1]}


def thresholds(graph: Json) -> dict[str, float]:
    return {line["label"]: line["value"] for line in graph["annotations"]["horizontal"]}


@pytest.fixture
def stacks(environments: Environments, variant: Variant) -> list[Json]:
    full = variant("production", EVERYTHING).environment
    return [*(stacks.environment for stacks in environments.values()), full]


def test_the_questions_are_answered_from_top_to_bottom_each_with_its_alarms(stacks: list[Json]) -> None:
    for stack in stacks:
        ordered = sorted(widgets(stack), key=lambda widget: (widget["y"], widget["x"]))
        assert ordered == widgets(stack)
        headings = [widget["properties"]["markdown"] for widget in ordered if widget["type"] == "text"]
        assert [heading.split("\n")[0] for heading in headings] == [f"## {question}" for question in QUESTIONS]
        for number, widget in enumerate(ordered):
            if widget["type"] == "text":
                assert (ordered[number + 1]["type"], ordered[number + 2]["type"]) == ("alarm", "metric")


def test_every_widget_is_one_that_cloudwatch_documents_and_none_covers_another(stacks: list[Json]) -> None:
    for stack in stacks:
        for widget in widgets(stack):
            assert set(widget) == FIELDS
            assert set(widget["properties"]) <= PROPERTIES[widget["type"]]
            assert min(widget["x"], widget["y"]) >= 0
            assert 1 <= widget["width"] <= WIDTH - widget["x"]
            assert widget["height"] >= 1
        for one, other in combinations(widgets(stack), 2):
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
            assert apart, (one, other)


def test_every_line_names_a_metric_of_something_that_is_there(stacks: list[Json]) -> None:
    for stack in stacks:
        for graph in graphs(stack).values():
            assert lines(graph)
            ids = [line[-1]["id"] for line in graph["metrics"] if "id" in line[-1]]
            assert len(ids) == len(set(ids))
            for line in graph["metrics"]:
                assert set(line[-1]) <= LINE_OPTIONS
                if "expression" in line[-1]:
                    assert len(line) == 1
                    continue
                # Namespace, name, then names and values of dimensions in pairs.
                assert len(line) % 2 == 1
                assert len(line) >= 5
                assert all(isinstance(part, str) for part in line[:-1])


def test_every_alarm_of_the_environment_but_autoscalings_own_is_on_the_page_once(stacks: list[Json]) -> None:
    for stack in stacks:
        shown = [
            referenced(stack, arn, "arn")["alarm_name"]
            for widget in widgets(stack)
            if widget["type"] == "alarm"
            for arn in widget["properties"]["alarms"]
        ]
        made = {alarm["alarm_name"] for alarm in resources(stack, "aws_cloudwatch_metric_alarm")}
        assert len(shown) == len(set(shown))
        assert made - set(shown) == {name for name in made if name.endswith(("-scale-out", "-scale-in"))}


def test_a_graph_shows_the_thresholds_of_its_alarms(benchmark: Json) -> None:
    found = graphs(benchmark)
    by_name = {
        alarm["alarm_name"].partition("-litellm-")[2]: alarm["threshold"]
        for alarm in resources(benchmark, "aws_cloudwatch_metric_alarm")
    }
    assert thresholds(found["5xx answers (%)"]) == {"error-rate": by_name["error-rate"]}
    assert thresholds(found["Wait for an answer (s)"]) == {"latency, p95": by_name["latency"]}
    assert thresholds(found["Database connections"]) == {
        "database-connections": by_name["database-connections"],
        "max_connections": 200,
    }
    assert thresholds(found["Tasks' CPU (%)"]) == {
        name: by_name[name] for name in ("service-cpu", "scale-out", "scale-in")
    }
    assert thresholds(found["Database storage left (bytes)"]) == {"database-storage": by_name["database-storage"]}


@pytest.mark.parametrize("title", ["Wait for an answer (s)", "LiteLLM's overhead (ms)"])
def test_latency_and_overhead_are_shown_at_their_percentiles(benchmark: Json, title: str) -> None:
    """Source, "Key Metrics to Monitor": request latency (P50, P95, P99), LiteLLM overhead."""
    drawn = lines(graphs(benchmark)[title])
    assert {label: line[-1]["stat"] for label, line in drawn.items()} == {"p50": "p50", "p95": "p95", "p99": "p99"}


def test_graphs_are_there_only_for_what_the_environment_has(variant: Variant) -> None:
    full = set(graphs(variant("production", EVERYTHING).environment))
    without = variant("production", {"cache": None, "litellm": {"overhead_metric": False}}).environment
    assert full - set(graphs(without)) == {"LiteLLM's overhead (ms)", "Cache memory (%)", "Cache replicas' lag (s)"}
    one_node = variant("production", {"cache": {"nodes": 1}}).environment
    assert full - set(graphs(one_node)) == {"Cache replicas' lag (s)"}
    assert "scale-out" not in thresholds(
        graphs(variant("production", {"service.autoscaling": None}).environment)["Tasks' CPU (%)"]
    )


def test_healthy_tasks_are_shown_zone_by_zone(production: Json) -> None:
    assert set(lines(graphs(production)["Healthy tasks, by zone"])) == {"us-east-1a", "us-east-1b"}
