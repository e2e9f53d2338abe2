"""All drills so far, a row each."""

from dataclasses import dataclass
from pathlib import Path

from modules.operations.drill.evidence import REPORT, verify
from modules.operations.drill.report import Report


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    Attributes:
        pace: of a rehearsal; None on AWS.
        within_prediction: None where nothing was predicted, or measured.
        wrong: with the evidence; nothing when it is as the drill left it.
    """

    name: str
    outcome: str
    environment: str = ""
    drill: str = ""
    target: str = ""
    pace: float | None = None
    rto_degraded_seconds: float | None = None
    rto_full_seconds: float | None = None
    failed_requests: int | None = None
    lost_writes: int | None = None
    within_prediction: bool | None = None
    wrong: tuple[str, ...] = ()


def scorecard(drills: Path) -> list[Row]:
    """The oldest first, as the folders' names begin with the time."""
    folders = sorted(path for path in drills.iterdir() if path.is_dir()) if drills.is_dir() else []
    return [_row(folder) for folder in folders]


def _row(folder: Path) -> Row:
    wrong = tuple(verify(folder))
    try:
        report = Report.model_validate_json((folder / REPORT).read_text())
    except (OSError, ValueError):
        return Row(name=folder.name, outcome="no report", wrong=wrong)
    measures, verdict = report.measures, report.verdict
    predicted = [one.as_predicted for one in verdict.comparisons if one.as_predicted is not None] if verdict else []
    return Row(
        name=folder.name,
        outcome=report.outcome,
        environment=report.settings.environment,
        drill=report.settings.drill,
        target=report.settings.target,
        pace=report.settings.rehearsal.get("pace") if report.settings.rehearsal else None,
        rto_degraded_seconds=measures.rto_degraded_seconds if measures else None,
        rto_full_seconds=measures.rto_full_seconds if measures else None,
        failed_requests=measures.failed_requests if measures else None,
        lost_writes=len(measures.writes.lost) if measures and measures.writes else None,
        within_prediction=all(predicted) if predicted else None,
        wrong=wrong,
    )
