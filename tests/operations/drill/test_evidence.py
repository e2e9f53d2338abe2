"""A drill's files are as they were, or it is seen; and all drills make one table."""

from pathlib import Path

import pytest

from modules.operations.drill.evidence import Evidence, folder_of, verify
from modules.operations.drill.hypothesis import Hypothesis
from modules.operations.drill.measures import Fault, Limits, measure
from modules.operations.drill.report import Report, Settings
from modules.operations.drill.scorecard import scorecard
from modules.operations.drill.verdict import Bounds, judge
from modules.operations.drill.written import Writes

from .timelines import NOON, requests


def evidence(folder: Path, *, now: float = NOON, drill: str = "task", pace: float | None = 30) -> Evidence:
    kept = Evidence(folder_of(folder, now=now, environment="benchmark", drill=drill))
    settings = Settings(
        environment="benchmark",
        drill=drill,
        target="AWS account 123456789012" if pace is None else "the rehearsal",
        rehearsal=None if pace is None else {"pace": pace},
        template_id="EXT1",
        template_ids=("EXT1",),
        hypothesis=Hypothesis(p95_seconds=1),
        objectives={"rto_degraded_seconds": 60},
        predictions={"rto_degraded_seconds": Bounds(least=5, most=15)},
    )
    measures = measure(
        requests(fails=lambda time: 0 <= time < 10),
        [],
        Fault(began=NOON),
        observed_until=NOON + 100,
        limits=Limits(),
        writes=Writes(acknowledged=5, lost=(2,), refused_seconds=1),
    )
    verdict = judge(
        measures, experiment_state="completed", objectives=settings.objectives, predictions=settings.predictions
    )
    kept.probe.write_text("{}\n")
    kept.facts.write_text("{}\n")
    kept.keep(
        "report.json",
        Report(
            settings=settings,
            began=now,
            ended=now + 200,
            outcome=verdict.outcome,
            reasons=verdict.reasons,
            measures=measures,
            verdict=verdict,
        ),
    )
    kept.seal()
    return kept


def test_the_folder_tells_when_where_and_which(tmp_path: Path) -> None:
    assert evidence(tmp_path).folder.name == "20270115T080000Z-benchmark-task"


def test_untouched_evidence_is_in_order(tmp_path: Path) -> None:
    assert verify(evidence(tmp_path).folder) == []


def test_whatever_is_changed_afterwards_is_named(tmp_path: Path) -> None:
    folder = evidence(tmp_path).folder
    (folder / "probe.jsonl").write_text("{ }\n")
    (folder / "facts.jsonl").unlink()
    (folder / "measures.json").write_text("{}")
    assert verify(folder) == ["facts.jsonl is missing", "measures.json was added", "probe.jsonl was changed"]


@pytest.mark.parametrize("manifest", ["", "{}", "[]", '{"sha256": '])
def test_a_broken_manifest_vouches_for_nothing(tmp_path: Path, manifest: str) -> None:
    folder = evidence(tmp_path).folder
    (folder / "manifest.json").write_text(manifest)
    assert verify(folder) == ["manifest.json is not a manifest any more"]


def test_a_drill_that_was_killed_has_no_manifest(tmp_path: Path) -> None:
    folder = Evidence(tmp_path / "task").folder
    (wrong,) = verify(folder)
    assert "did not come to its end" in wrong


def test_the_seal_changes_with_any_of_the_files(tmp_path: Path) -> None:
    kept = evidence(tmp_path)
    first = kept.seal()
    assert kept.seal() == first
    kept.probe.write_text("{ }\n")
    assert kept.seal() != first


def test_two_drills_never_share_a_folder(tmp_path: Path) -> None:
    evidence(tmp_path)
    with pytest.raises(FileExistsError):
        evidence(tmp_path)


def test_the_scorecard_has_a_row_for_each_drill_the_oldest_first(tmp_path: Path) -> None:
    changed = evidence(tmp_path, now=NOON + 3600, drill="rds", pace=None)
    changed.probe.write_text("better\n")
    evidence(tmp_path)
    (tmp_path / "20280101T000000Z-benchmark-az").mkdir()
    task, rds, killed = scorecard(tmp_path)
    assert (task.drill, task.outcome, task.pace, task.target) == ("task", "pass", 30, "the rehearsal")
    assert task.rto_degraded_seconds == pytest.approx(10)
    assert (task.failed_requests, task.lost_writes, task.within_prediction, task.wrong) == (100, 1, True, ())
    assert (rds.drill, rds.pace, rds.wrong) == ("rds", None, ("probe.jsonl was changed",))
    assert (killed.name, killed.outcome) == ("20280101T000000Z-benchmark-az", "no report")
    assert killed.wrong


def test_without_any_drill_the_scorecard_is_empty(tmp_path: Path) -> None:
    assert scorecard(tmp_path / "none") == []
