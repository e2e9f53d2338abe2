"""What a person looks at after a drill: a picture whose axes speak, and tables whose numbers are the report's."""

from modules.operations.drill.hypothesis import Hypothesis
from modules.operations.drill.measures import Fault, Limits, measure
from modules.operations.drill.report import Report, Settings
from modules.operations.drill.tables import expectations, outcome, progress_line
from modules.operations.drill.timeline import timeline
from modules.operations.drill.tools import Progress
from modules.operations.drill.verdict import Bounds, judge
from modules.operations.drill.written import Writes

from .timelines import NOON, alarm, healthy, requests, service

FACTS = [service(-10, 4, 4), healthy(-10, 4), healthy(1, 3), alarm(40, "error-rate"), healthy(90, 4)]
REQUESTS = requests(last=200, fails=lambda time: 0 <= time < 20)
MEASURES = measure(
    REQUESTS,
    FACTS,
    Fault(began=NOON, ended=NOON + 30),
    observed_until=NOON + 200,
    limits=Limits(),
    alarms=("error-rate",),
)
SETTINGS = Settings(
    environment="benchmark",
    drill="task",
    target="the rehearsal",
    rehearsal={"pace": 1},
    template_id="EXT1",
    template_ids=("EXT1",),
    hypothesis=Hypothesis(p95_seconds=1),
    objectives={"rto_degraded_seconds": 60},
    predictions={"rto_degraded_seconds": Bounds(least=5, most=25)},
)


def test_the_picture_has_three_plots_with_units_over_the_same_seconds() -> None:
    figure = timeline(MEASURES, REQUESTS, FACTS, title="benchmark: fail")

    users, latency, fleet = figure.axes
    assert "%" in users.get_ylabel()
    assert "(s)" in latency.get_ylabel()
    assert fleet.get_ylabel() == "tasks"
    assert "seconds since the fault" in fleet.get_xlabel()
    assert users.get_title(loc="left") == "200 of 2100 requests failed"
    assert [text.get_text() for text in users.texts] == ["RTO degraded 20.0 s", "RTO full 90.0 s"]
    # The alarm's time is marked in each plot.
    assert all(any(line.get_xdata()[0] == 40 for line in axes.lines) for axes in figure.axes)  # type: ignore[index]


def test_the_time_without_a_write_is_in_the_picture_where_it_is_more_than_a_moment() -> None:
    def texts(seconds: float) -> list[str]:
        writes = Writes(acknowledged=10, lost=(), refused_seconds=seconds, refused_from=NOON + 1)
        figure = timeline(MEASURES.model_copy(update={"writes": writes}), REQUESTS, FACTS, title="benchmark: pass")
        return [text.get_text() for text in figure.axes[0].texts]

    assert "no write taken for 90.4 s" in texts(90.4)
    assert not any("write" in text for text in texts(0.3))


def test_a_drill_without_requests_and_facts_has_a_picture_too() -> None:
    nothing = measure([], [], Fault(began=NOON), observed_until=NOON + 10, limits=Limits())
    assert len(timeline(nothing, [], [], title="nothing").axes) == 3


def test_before_the_fault_the_table_says_what_is_expected() -> None:
    table = expectations(SETTINGS)
    assert table.title == "Drill task of benchmark on the rehearsal"
    assert table.rows == [("RTO degraded seconds", "5 to 25", "60")]


def test_after_it_prediction_measurement_and_objective_stand_side_by_side() -> None:
    verdict = judge(
        MEASURES, experiment_state="completed", objectives=SETTINGS.objectives, predictions=SETTINGS.predictions
    )
    report = Report(
        settings=SETTINGS,
        began=NOON,
        ended=NOON + 200,
        outcome=verdict.outcome,
        reasons=verdict.reasons,
        measures=MEASURES,
        verdict=verdict,
    )
    table = outcome(report)
    assert table.title == "pass: every objective is met"
    assert table.rows[0] == ("RTO degraded seconds", "5 to 25", "20", "60")
    assert "RTO degraded seconds    5 to 25    20" in str(table)


def test_the_moment_is_told_in_a_line() -> None:
    before = Progress(now=NOON - 5, requests=REQUESTS[:10], facts=[])
    assert progress_line(before) == "baseline: 10 requests, 0 failed"
    during = Progress(
        now=NOON + 12, requests=REQUESTS[:150], facts=FACTS, fault=Fault(began=NOON), experiment_state="running"
    )
    assert progress_line(during) == "12 s, experiment running: 150 requests, 50 failed; 4 of 4 run; 4 healthy"
