"""A drill's numbers side by side, for a notebook and a terminal."""

from modules.operations.drill.report import Report, Settings
from modules.operations.drill.scorecard import Row
from modules.operations.drill.tools import Progress
from modules.operations.drill.verdict import MEASURED, Bounds
from modules.operations.table import Table

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


def all_drills(rows: list[Row]) -> Table:
    return Table(
        title=f"{len(rows)} drills",
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


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1f}".removesuffix(".0")
