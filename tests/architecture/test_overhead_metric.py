"""The program that LiteLLM loads to measure itself: a fair sample of real requests, at no risk to any."""

import asyncio
import hashlib
import json
import random
from types import SimpleNamespace
from typing import Any

import pytest

from modules.architecture.litellm_configuration import OVERHEAD_METRIC
from modules.architecture.litellm_files.overhead_metric import (
    SAMPLE_SIZE,
    OverheadMetric,
    Reservoir,
    metric_line,
    overhead_milliseconds,
)

from .conftest import Environments, Variant, differences, litellm_file, resources, without_hashes


def answer(overhead: object) -> Any:
    return SimpleNamespace(_hidden_params={"litellm_overhead_time_ms": overhead})


class Metric:
    """The program with a clock and an output of the test's own."""

    def __init__(self, interval_seconds: float = 0.05) -> None:
        self.lines: list[str] = []
        self.metric = OverheadMetric(
            "benchmark",
            interval_seconds=interval_seconds,
            chosen=random.Random(1),
            clock=lambda: 1_700_000_000.0,
            write=self.lines.append,
        )

    async def request(self, response: Any, data: dict[str, Any] | None = None) -> None:
        headers = await self.metric.async_post_call_response_headers_hook(data or {}, None, response)
        assert headers is None

    def found(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


def test_a_line_is_what_cloudwatch_makes_a_metric_of() -> None:
    """Amazon CloudWatch User Guide, "Specification: Embedded metric format"."""
    line = metric_line("production", [1.23456, 20], requests=5, timestamp=1_700_000_000.5)
    assert "\n" not in line
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1_700_000_000_500,
            "CloudWatchMetrics": [
                {
                    "Namespace": "LiteLLM",
                    "Dimensions": [["Environment"]],
                    "Metrics": [
                        {"Name": "OverheadMilliseconds", "Unit": "Milliseconds"},
                        {"Name": "Requests", "Unit": "Count"},
                    ],
                }
            ],
        },
        "Environment": "production",
        "OverheadMilliseconds": [20, 1.235],
        "Requests": 5,
    }


def test_a_sample_holds_all_of_few_values_and_a_hundred_of_many() -> None:
    few, many = (Reservoir(SAMPLE_SIZE, random.Random(1)) for _ in range(2))
    for value in range(7):
        few.add(value)
    for value in range(5000):
        many.add(value)
    assert (few.values, few.count) == (list(range(7)), 7)
    assert (len(many.values), many.count) == (100, 5000)
    assert len(set(many.values)) == 100


def test_a_sample_is_fair_to_early_and_late_requests() -> None:
    """The mean of 100 of 0..999 is 499.5 with a deviation of 29; over 200 samples, of 2."""
    means = []
    for seed in range(200):
        sample = Reservoir(SAMPLE_SIZE, random.Random(seed))
        for value in range(1000):
            sample.add(value)
        means.append(sum(sample.values) / len(sample.values))
    assert abs(sum(means) / len(means) - 499.5) < 4 * 2


@pytest.mark.parametrize(
    ("response", "data", "expected"),
    [
        pytest.param(answer(12.5), {}, 12.5, id="in one piece or streamed"),
        pytest.param(
            {"type": "message"},
            {"litellm_logging_obj": SimpleNamespace(response_timing_metrics={"litellm_overhead_time_ms": 3})},
            3,
            id="Anthropic's messages",
        ),
        pytest.param(answer(None), {}, None, id="not measured"),
        pytest.param(None, {}, None, id="failed"),
        pytest.param(answer("fast"), {}, None, id="no number"),
    ],
)
def test_the_overhead_is_the_one_in_the_answers_header(response: Any, data: Any, expected: float | None) -> None:
    assert overhead_milliseconds(data, response) == expected


def test_requests_are_reported_once_an_interval_and_only_when_there_were_some() -> None:
    async def minutes() -> Metric:
        metric = Metric()
        for value in (1, 2, 3):
            await metric.request(answer(value))
        assert metric.lines == []
        await asyncio.sleep(0.25)
        await metric.request(answer(4))
        await asyncio.sleep(0.25)
        return metric

    first, second = asyncio.run(minutes()).found()
    assert (first["OverheadMilliseconds"], first["Requests"]) == ([3, 2, 1], 3)
    assert (second["OverheadMilliseconds"], second["Requests"]) == ([4], 1)
    assert first["Environment"] == "benchmark"


def test_nothing_that_goes_wrong_reaches_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        @property
        def _hidden_params(self) -> Any:
            raise RuntimeError("no such thing")

    async def requests() -> Metric:
        metric = Metric(interval_seconds=0.05)
        await metric.request(Broken())
        metric.metric._write = lambda line: 1 / 0
        await metric.request(answer(1))
        await asyncio.sleep(0.15)
        metric.metric._write = metric.lines.append
        await metric.request(answer(2))
        await asyncio.sleep(0.15)
        return metric

    (line,) = asyncio.run(requests()).found()
    assert line["OverheadMilliseconds"] == [2]
    complaints = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert ["no such thing" in one["message"] or "division" in one["message"] for one in complaints] == [True, True]


def test_litellm_loads_the_uploaded_file_beside_the_callbacks_of_a_person(environments: Environments) -> None:
    for name, stacks in environments.items():
        stack = stacks.environment
        (program,) = [file for file in resources(stack, "aws_s3_object") if file["key"].endswith(".py")]
        assert program["content"] == OVERHEAD_METRIC.read_text()
        digest = hashlib.sha256(OVERHEAD_METRIC.read_bytes()).hexdigest()[:12]
        assert program["key"] == f"overhead_metric-{digest}.py"
        url = f"s3://{name}-litellm-configuration-123456789012/overhead_metric-{digest}.instance"
        assert url in litellm_file(stack)["content"]


def test_without_the_metric_nothing_of_it_is_left(variant: Variant) -> None:
    on = variant("production").environment
    off = variant("production", {"litellm.overhead_metric": False}).environment
    assert [file["key"] for file in resources(off, "aws_s3_object") if file["key"].endswith(".py")] == []
    assert "overhead" not in litellm_file(off)["content"]
    gone = differences(without_hashes(on), without_hashes(off))
    changed_places = {path.split(".")[1] for path in gone}
    assert changed_places >= {"aws_s3_object", "aws_ecs_task_definition"}
    definitions = [path for path in gone if path.endswith(".container_definitions")]
    assert len(definitions) == 1, "the serving tasks alone are told of it"
