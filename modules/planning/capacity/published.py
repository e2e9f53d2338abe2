"""LiteLLM's published benchmark, and what the model says of it.

BerriAI/litellm-docs, docs/benchmarks.md (2026-05): instances of 4 vCPU, 8 GB and 4 workers; 1,000 users of Locust that
wait for 0.5 to 1 s; a hosted mock instead of an LLM. "Current RPS" is of the run's last seconds, the latencies are of
all of it, ramp-up included: that is why they miss the response-time law by 5 % with 2 instances.
"""

from modules.planning.capacity.calibration import Deviation, Fitted, Measurement, Quantity, deviations
from modules.planning.capacity.closed_loop import Users
from modules.planning.capacity.worker import PUBLISHED, PUBLISHED_BY_THROUGHPUT, Worker

USERS = Users(number=1000, think_seconds=(0.5, 1.0))
WORKERS_OF_A_TASK = 4


def _row(tasks: int, throughput: float, mean: float, median: float, p95: float, p99: float) -> Measurement:
    values: dict[Quantity, float] = {
        "requests_per_second": throughput,
        "mean_seconds": mean,
        "median_seconds": median,
        "p95_seconds": p95,
        "p99_seconds": p99,
    }
    return Measurement(name=f"{tasks} tasks", load=USERS, workers=tasks * WORKERS_OF_A_TASK, values=values)


ROWS = (_row(2, 1035.7, 0.26246, 0.200, 0.630, 1.200), _row(4, 1170, 0.11173, 0.100, 0.150, 0.240))
CALIBRATIONS: dict[Fitted, Worker] = {"mean_seconds": PUBLISHED, "requests_per_second": PUBLISHED_BY_THROUGHPUT}


def reproduction(by: Fitted = "mean_seconds") -> list[Deviation]:
    """Each published number beside the model's; those that the calibration was fitted to are marked and prove nothing,
    because two numbers fit two unknowns exactly."""
    return deviations(CALIBRATIONS[by], ROWS, by=by, fitted=frozenset(row.name for row in ROWS))
