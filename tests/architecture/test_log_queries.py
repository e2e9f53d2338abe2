"""Saved questions to the logs."""

import json
import logging
import re

from .conftest import Environments, Json, Variant, named, referenced, resources

TASK_QUERIES = {"errors by component", "errors by model", "refused keys", "database errors"}


def titles(stack: Json) -> set[str]:
    return {query["name"].partition("/")[2] for query in resources(stack, "aws_cloudwatch_query_definition")}


def test_the_questions_are_in_a_folder_of_the_environment_and_ask_its_own_log(environments: Environments) -> None:
    for name, stacks in environments.items():
        for query in resources(stacks.environment, "aws_cloudwatch_query_definition"):
            assert query["name"].startswith(f"{name}-litellm/")
            (group,) = query["log_group_names"]
            asked = referenced(stacks.environment, group, "name")["name"]
            assert asked == (
                f"/vpc/{name}-litellm" if "refused connections" in query["name"] else f"/ecs/{name}-litellm"
            )


def test_questions_about_refused_connections_need_flow_logs(production: Json, benchmark: Json) -> None:
    assert titles(production) - titles(benchmark) == {"refused connections"}
    assert titles(benchmark) >= TASK_QUERIES


def test_questions_about_the_overhead_need_its_metric(production: Json, variant: Variant) -> None:
    off = variant("production", {"litellm": {"overhead_metric": False}}).environment
    assert titles(production) - titles(off) == {"slowest requests"}


def test_the_questions_use_the_fields_that_litellm_writes() -> None:
    """Of the version that the tasks run: a line of its JSON formatter has the fields by these names."""
    from litellm._logging import JsonFormatter

    record = logging.LogRecord("LiteLLM Proxy", logging.ERROR, "auth.py", 1, "refused", (), None)
    record.requester_ip = "10.0.0.1"
    line = json.loads(JsonFormatter().format(record))
    assert {"level", "message", "component", "logger", "requester_ip"} <= set(line)
    assert line["level"] == "ERROR"


def test_the_slowest_request_of_a_minute_is_the_one_that_its_question_asks_for(production: Json) -> None:
    from modules.architecture.litellm_files.overhead_metric import METRIC, metric_line

    query = named(production, "aws_cloudwatch_query_definition", "production-litellm/slowest requests")["query_string"]
    assert f"| fields @timestamp, {METRIC}.0 as slowest" in query
    line = json.loads(metric_line("production", [3.0, 250.0, 40.0], 3, 0))
    assert line[METRIC][0] == 250.0


def test_a_failed_models_name_is_found_in_what_litellm_says_about_it(production: Json) -> None:
    from litellm.router_utils.common_utils import format_fallback_outcome_message

    query = named(production, "aws_cloudwatch_query_definition", "production-litellm/errors by model")["query_string"]
    (pattern,) = re.findall(r"\| parse message /(.+)/", query)
    message = format_fallback_outcome_message("gpt-4o", None, "")
    found = re.search(pattern.replace("(?<", "(?P<"), message)
    assert found is not None
    assert found["model"] == "gpt-4o"


def test_no_line_of_a_question_is_indented_or_empty(production: Json) -> None:
    for query in resources(production, "aws_cloudwatch_query_definition"):
        lines = query["query_string"].split("\n")
        assert lines == [line.strip() for line in lines]
        assert all(lines)
