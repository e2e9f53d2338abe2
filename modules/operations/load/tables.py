"""A run's numbers side by side, for a notebook and a terminal."""

from modules.operations.load.result import Result, Spread
from modules.operations.load.wish import Wish
from modules.operations.table import Table
from modules.planning.capacity.closed_loop import Users

_NOTHING = "-"


def intention(wish: Wish) -> Table:
    """What is about to be done, before anything is asked."""
    rows = {
        "load": str(wish),
        "model": wish.model,
        "requests, at most": f"{wish.most_requests:,}",
        "an answer has failed after (s)": f"{wish.timeout_seconds:g}",
    }
    if isinstance(wish.load, Users):
        rows["think time (s)"] = "{:g} to {:g}".format(*wish.load.think_seconds)
    return Table(title="Load", columns=("what", "value"), rows=list(rows.items()))


def outcome(result: Result) -> Table:
    """The verdict in the title."""
    rows: list[tuple[str, ...]] = [
        ("requests", f"{result.requests:,}"),
        ("answered in full", f"{result.answered:,}"),
        ("throughput (requests/s)", f"{result.requests_per_second:.1f}"),
        ("latency, p50 / p95 / p99 (ms)", _percentiles(result.latency)),
        ("latency, mean (ms)", f"{1000 * result.latency.mean:.0f}" if result.latency else _NOTHING),
        ("LiteLLM's own overhead, p50 / p95 / p99 (ms)", _percentiles(result.overhead)),
        *((f"failed: {reason}", f"{count:,}") for reason, count in result.errors.items()),
        (result.law.name, result.law.arithmetic),
        (
            "off by (%)",
            f"{100 * result.law.deviation:+.1f}; {100 * result.law.allowed:.1f} are allowed, chance included",
        ),
    ]
    return Table(title=verdict(result), columns=("what", "value"), rows=rows)


def verdict(result: Result) -> str:
    """In a sentence."""
    if not result.law.holds:
        return f"The {result.law.name} does not hold, and the numbers say nothing of the gateway: {result.law.wrong}"
    said = f"{result.requests_per_second:.1f} requests/s"
    if result.latency:
        said += f", half of them within {1000 * result.latency.p50:.0f} ms"
    if result.errors:
        said += f"; {100 * result.failed_share:.1f} % failed"
    return f"{said}; the {result.law.name} holds"


def _percentiles(spread: Spread | None) -> str:
    if spread is None:
        return _NOTHING
    return " / ".join(f"{1000 * seconds:.0f}" for seconds in (spread.p50, spread.p95, spread.p99))
