"""LiteLLM's own share of its requests' time, as a CloudWatch metric.

Not a part of this project's programs: it is uploaded beside LiteLLM's configuration, and LiteLLM loads it in each of
its workers (`litellm_settings.callbacks`). Once a minute it prints a line in CloudWatch's embedded metric format
(Amazon CloudWatch User Guide, "Specification: Embedded metric format"), of which CloudWatch makes the metric: no agent,
no call, no permission. The values are those of real requests, so that percentiles can be asked for.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from litellm.integrations.custom_logger import CustomLogger

NAMESPACE = "LiteLLM"
METRIC = "OverheadMilliseconds"
SAMPLE_SIZE = 100
"""Values of a metric in one line, at the most (same page, "values")."""
INTERVAL_SECONDS = 60


class Reservoir:
    """A fair sample of a stream of unknown length: each value is in it with the same probability (algorithm R)."""

    def __init__(self, size: int, chosen: random.Random) -> None:
        self._size = size
        self._random = chosen
        self.count = 0
        self.values: list[float] = []

    def add(self, value: float) -> None:
        self.count += 1
        if len(self.values) < self._size:
            self.values.append(value)
            return
        place = self._random.randrange(self.count)
        if place < self._size:
            self.values[place] = value


def metric_line(environment: str, values: list[float], requests: int, timestamp: float) -> str:
    """One line that CloudWatch reads as metrics; the timestamp in seconds since the epoch."""
    return json.dumps(
        {
            "_aws": {
                "Timestamp": int(timestamp * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [["Environment"]],
                        "Metrics": [
                            {"Name": METRIC, "Unit": "Milliseconds"},
                            {"Name": "Requests", "Unit": "Count"},
                        ],
                    }
                ],
            },
            "Environment": environment,
            # The slowest first: a saved query finds it as element 0 (log_queries.py).
            METRIC: [round(value, 3) for value in sorted(values, reverse=True)],
            "Requests": requests,
        }
    )


def overhead_milliseconds(data: Mapping[str, Any], response: Any) -> float | None:
    """What LiteLLM puts into the header `x-litellm-overhead-duration-ms` (common_request_processing.py), streamed or
    not; the record that loggers get has it for answers in one piece only."""
    noted = getattr(response, "_hidden_params", None) or {}
    value = noted.get("litellm_overhead_time_ms")
    if value is None:
        timing = getattr(data.get("litellm_logging_obj"), "response_timing_metrics", None) or {}
        value = timing.get("litellm_overhead_time_ms")
    return float(value) if isinstance(value, int | float) else None


class OverheadMetric(CustomLogger):  # type: ignore[misc]  # LiteLLM's class is not checked here
    """Collects in the worker's event loop, which is where LiteLLM calls it: nothing has to be locked."""

    def __init__(
        self,
        environment: str,
        *,
        interval_seconds: float = INTERVAL_SECONDS,
        chosen: random.Random | None = None,
        clock: Callable[[], float] = time.time,
        write: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__()
        self._environment = environment
        self._interval_seconds = interval_seconds
        self._random = chosen or random.Random()
        self._clock = clock
        self._write = write or _print
        self._sample = Reservoir(SAMPLE_SIZE, self._random)
        self._reporting: asyncio.Task[None] | None = None

    async def async_post_call_response_headers_hook(
        self, data: dict[str, Any], user_api_key_dict: Any, response: Any, request_headers: Any = None
    ) -> None:
        """Called before the answer's headers are sent; adds none."""
        try:
            value = overhead_milliseconds(data, response)
            if value is None:
                return
            self._sample.add(value)
            if self._reporting is None or self._reporting.done():
                self._reporting = asyncio.get_running_loop().create_task(self._report())
        except Exception as error:  # No metric is worth a request.
            _complain(error)

    async def _report(self) -> None:
        """Goes on until the worker ends, which takes the last minute's values along: the percentiles can spare them."""
        while True:
            await asyncio.sleep(self._interval_seconds)
            self.flush()

    def flush(self) -> None:
        """Prints what there is, and starts anew."""
        sample, self._sample = self._sample, Reservoir(SAMPLE_SIZE, self._random)
        if not sample.values:
            return
        try:
            self._write(metric_line(self._environment, sample.values, sample.count, self._clock()))
        except Exception as error:
            _complain(error)


def _print(line: str) -> None:
    # In one piece: other workers write to the same pipe.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(error: Exception) -> None:
    sys.stderr.write(json.dumps({"level": "WARNING", "message": f"overhead metric: {error!r}"}) + "\n")


instance = OverheadMetric(
    os.environ.get("OVERHEAD_METRIC_ENVIRONMENT", "unknown"),
    interval_seconds=float(os.environ.get("OVERHEAD_METRIC_INTERVAL_SECONDS", INTERVAL_SECONDS)),
)
