"""A drill's numbers side by side, for a notebook and a terminal."""

import math

from modules.operations.drill.latency import Latency
from modules.operations.drill.preconditions import Precondition
from modules.operations.drill.report import Report, Settings
from modules.operations.drill.scorecard import Row
from modules.operations.drill.tools import Progress
from modules.operations.drill.verdict import MEASURED, Bounds
from modules.operations.table import Table
from modules.planning.recovery.objectives import judgements
from modules.planning.recovery.prediction import Prediction
from modules.settings import Environment

_NOTHING = "-"


def expectations(settings: Settings) -> Table:
    """What the drill is held to, before anything is broken."""
    names = [name for name in MEASURED if name in settings.objectives or name in settings.predictions]
    return Table(
        title=f"Drill {settings.drill} of {settings.environment} on {settings.target}",
        columns=("measure", "predicted", "objective"),
        rows=[
            (_words(name), _bounds(settings.predictions.get(name)), _number(settings.objectives.get(name)))
            for name in names
        ],
    )


def objectives(environment: Environment) -> Table:
    """Which of the source's five recovery objectives the environment meets, and what decides that."""
    return Table(
        title=f"Recovery objectives of {environment.name}",
        columns=("when this fails", "objective (s)", "predicted (s)", "met", "decided by"),
        rows=[
            (
                one.objective,
                f"{one.seconds:,}",
                _range(one.prediction) if one.prediction else "does not apply",
                one.verdict or _NOTHING,
                one.deciding or _NOTHING,
            )
            for one in judgements(environment)
        ],
    )


def go_or_no_go(preconditions: list[Precondition]) -> Table:
    """What has to be so before anything is broken."""
    return Table(
        title="Go" if all(one.holds for one in preconditions) else "No go",
        columns=("precondition", "holds"),
        rows=[(one.name, "yes" if one.holds else "; ".join(one.wrong)) for one in preconditions],
    )


def outcome(report: Report) -> Table:
    """Prediction, measurement and objective, and why the outcome is what it is in the title."""
    comparisons = report.verdict.comparisons if report.verdict else ()
    return Table(
        title=f"{report.outcome}: {'; '.join(report.reasons)}",
        columns=("measure", "predicted", "measured", "objective"),
        rows=[
            (_words(one.name), _bounds(one.predicted), _number(one.measured), _number(one.objective))
            for one in comparisons
        ],
    )


def observed(report: Report) -> Table:
    """What is measured, and held to nothing."""
    measures = report.measures
    if measures is None:
        return Table(title="Nothing was measured", columns=("measure", "value"), rows=[])
    spans = {"before": measures.latency_before, "during": measures.latency_during, "after": measures.latency_after}
    alarms = {
        f"alarm {name} (s after the fault)": "not raised" if seconds is None else _number(seconds)
        for name, seconds in measures.alarms.items()
    }
    rows = {
        "requests": f"{measures.requests}, {measures.failed_requests} failed",
        **{f"error: {error}": str(count) for error, count in measures.errors.items()},
        **{f"latency {span} the fault, p50 / p95 (s)": _percentiles(one) for span, one in spans.items()},
        **({"acknowledged writes": f"{measures.writes.acknowledged}"} if measures.writes else {}),
        **alarms,
        "the probe's own delay, at most (s)": f"{measures.longest_send_delay_seconds:.3f}",
        "how the fault was seen": "; ".join(measures.effects) or "not at all",
        "in the end": "; ".join(report.put_in_order),
    }
    return Table(title="Observed", columns=("what", "value"), rows=list(rows.items()))


def all_drills(rows: list[Row]) -> Table:
    return Table(
        title=f"{len(rows)} drills" if rows else "No drill so far: 'make drill-task' is the mildest",
        columns=(
            "drill",
            "outcome",
            "degraded (s)",
            "full (s)",
            "failed",
            "lost writes",
            "as predicted",
            "on",
            "evidence",
        ),
        rows=[
            (
                row.name,
                row.outcome,
                _number(row.rto_degraded_seconds),
                _number(row.rto_full_seconds),
                _number(row.failed_requests),
                _number(row.lost_writes),
                {True: "yes", False: "no", None: _NOTHING}[row.within_prediction],
                row.target or _NOTHING,
                "; ".join(row.wrong) or "unchanged",
            )
            for row in rows
        ],
    )


def progress_line(progress: Progress) -> str:
    """The moment in a line, as it changes while the drill runs."""
    failed = sum(not request.succeeded for request in progress.requests)
    asked = f"{len(progress.requests)} requests, {failed} failed"
    if progress.fault is None:
        return f"baseline: {asked}"
    fleet = [fact for fact in progress.facts if fact.source == "fleet"]
    seconds = progress.now - progress.fault.began
    latest = "; ".join({fact.about: fact.text for fact in fleet}.values())
    return f"{seconds:.0f} s, experiment {progress.experiment_state}: {asked}; {latest}"


def _words(name: str) -> str:
    return name.replace("_", " ").replace("rto", "RTO")


def _bounds(bounds: Bounds | None) -> str:
    return _NOTHING if bounds is None else f"{bounds.least:.0f} to {bounds.most:.0f}"


def _range(prediction: Prediction) -> str:
    if math.isinf(prediction.lower):
        return "not by its own means"
    most = "no limit" if math.isinf(prediction.upper) else f"{prediction.upper:,.0f}"
    return f"{prediction.lower:,.0f} to {most}"


def _percentiles(latency: Latency) -> str:
    if latency.p50_seconds is None or latency.p95_seconds is None:
        return _NOTHING
    return f"{latency.p50_seconds:.2f} / {latency.p95_seconds:.2f}"


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1f}".removesuffix(".0")
