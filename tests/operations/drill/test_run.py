"""A whole drill, by a clock that nobody waits for: what it refuses, what it finds, and that no fault is left behind."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from modules.operations.drill.abort import AbortError
from modules.operations.drill.evidence import Evidence, verify
from modules.operations.drill.facts import Fact
from modules.operations.drill.hypothesis import Hypothesis
from modules.operations.drill.interruption import SIGNALS, InterruptedDrillError
from modules.operations.drill.measures import Limits
from modules.operations.drill.observation import Observation
from modules.operations.drill.preconditions import Check
from modules.operations.drill.probe import ProbeError
from modules.operations.drill.report import Report, Settings
from modules.operations.drill.requests import Request
from modules.operations.drill.run import RefusedError, run
from modules.operations.drill.tools import Progress, Tools
from modules.operations.drill.written import Writes, WritesError

from .played_fis import TEMPLATE, PlayedFis
from .shapes import error
from .timelines import healthy, requests, service

BASELINE_SECONDS = 20
ON_THE_REHEARSAL = {"pace": 30}


@dataclass
class PlayedLoad:
    """A probe that sees what the test plays: ten requests a second, those in `fails` failed, seconds from the fault."""

    fis: PlayedFis
    fails: Callable[[float], bool] = lambda _: False
    timeout_seconds: float = 5
    breaks_after_seconds: float = float("inf")
    stopped: bool = False

    def start(self) -> None:
        self.began = self.fis.now
        self.sent: list[Request] = []

    @property
    def requests(self) -> list[Request]:
        fault = self.began + BASELINE_SECONDS
        if not self.stopped:
            first = self.began - fault + len(self.sent) / 10
            self.sent += requests(first=first, last=self.fis.now - fault, fails=self.fails, start=fault)
        return list(self.sent)

    def stop(self) -> list[Request]:
        sent = self.requests
        self.stopped = True
        return sent

    def check(self) -> None:
        if self.fis.now - self.began > self.breaks_after_seconds:
            raise ProbeError("the probe ended by itself")


@dataclass
class PlayedWrites:
    written: Writes | None = None
    finished: int = 0

    def start(self) -> None:
        pass

    def finish(self) -> Writes | None:
        self.finished += 1
        return self.written


@dataclass
class Drill:
    """A drill and everything around it."""

    folder: Path
    fis: PlayedFis = field(default_factory=PlayedFis)
    fails: Callable[[float], bool] = lambda time: 0 <= time < 10
    breaks_after_seconds: float = float("inf")
    facts: list[Fact] = field(default_factory=list)
    rehearsal: dict[str, Any] | None = field(default_factory=lambda: dict(ON_THE_REHEARSAL))
    checks: dict[str, Check] = field(default_factory=dict)
    typed: str | None = None
    writes: PlayedWrites | None = None
    mitigate: Callable[[], Callable[[], str]] | None = None
    objectives: dict[str, float] = field(default_factory=lambda: {"rto_degraded_seconds": 60.0})
    at: dict[float, Callable[[], None]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    shown: list[Progress] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def run(self) -> Report:
        self.load = PlayedLoad(self.fis, self.fails, breaks_after_seconds=self.breaks_after_seconds)
        self.evidence = Evidence(self.folder / "task")
        observation = Observation([], clock=lambda: self.fis.now, file=self.evidence.facts)
        for fact in self.facts:
            observation.note(fact)
        began = self.fis.now

        def sleep(seconds: float) -> None:
            self.fis.sleep(seconds)
            for time in [time for time in self.at if began + time <= self.fis.now]:
                self.at.pop(time)()

        def confirm(question: str) -> str:
            self.asked.append(question)
            return self.typed or ""

        settings = Settings(
            environment="benchmark",
            drill="task",
            target="the rehearsal" if self.rehearsal is not None else "AWS account 123456789012, us-east-1",
            rehearsal=self.rehearsal,
            template_id=TEMPLATE,
            template_ids=(TEMPLATE,),
            hypothesis=Hypothesis(p95_seconds=0.5),
            limits=Limits(settle_seconds=20),
            objectives=self.objectives,
            baseline_seconds=BASELINE_SECONDS,
            observe_at_least_seconds=40,
            timeout_seconds=200,
            mitigate_after_seconds=15,
        )
        tools = Tools(
            fis=self.fis,
            load=self.load,
            observation=observation,
            evidence=self.evidence,
            checks=self.checks,
            confirm=None if self.typed is None else confirm,
            clock=lambda: self.fis.now,
            sleep=sleep,
            say=self.said.append,
            writes=self.writes,
            mitigate=self.mitigate,
        )
        return run(settings, tools, self.shown.append)

    @property
    def report(self) -> Report:
        return Report.model_validate_json((self.evidence.folder / "report.json").read_text())


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    # Whoever runs the tests in the background has some of them ignored.
    outside = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    before = [signal.getsignal(number) for number in SIGNALS]
    yield Drill(tmp_path)
    after = [signal.getsignal(number) for number in SIGNALS]
    for number, handler in outside.items():
        signal.signal(number, handler)
    assert after == before


def test_a_drill_that_recovers_passes_and_leaves_its_evidence(drill: Drill) -> None:
    report = drill.run()
    assert (report.outcome, report.reasons) == ("pass", ("every objective is met",))
    assert report.measures
    # The first action began a second after the start, by AWS FIS's clock.
    assert report.measures.rto_degraded_seconds == pytest.approx(9)
    assert report.measures.failed_requests == 91, "one was in flight"
    assert report.put_in_order == ("experiment EXP1 had ended already: completed",)
    names = {path.name for path in drill.evidence.folder.iterdir()}
    assert names >= {"settings.json", "template.json", "measures.json", "report.json", "manifest.json"}
    assert verify(drill.evidence.folder) == []
    assert drill.report == report


def test_a_notebook_can_draw_it_as_it_goes(drill: Drill) -> None:
    drill.run()
    baseline = [one for one in drill.shown if one.fault is None]
    assert len(baseline) == BASELINE_SECONDS
    assert {one.experiment_state for one in drill.shown} == {"", "initiating", "running", "completed"}
    assert [len(one.requests) for one in drill.shown] == sorted(len(one.requests) for one in drill.shown)


def test_the_report_names_the_rehearsal_and_its_pace(drill: Drill) -> None:
    report = drill.run()
    assert (report.settings.target, report.settings.rehearsal) == ("the rehearsal", ON_THE_REHEARSAL)


def test_it_is_watched_until_the_fleet_is_whole_again(drill: Drill) -> None:
    start = drill.fis.now + BASELINE_SECONDS
    drill.facts = [service(-20, 4, 4, start), healthy(-20, 4, start), healthy(5, 3, start), healthy(150, 4, start)]
    report = drill.run()
    assert report.measures
    assert report.measures.rto_full_seconds == pytest.approx(149)
    assert report.ended - start >= 150


def test_without_a_recovery_the_drill_ends_with_its_time_stops_the_fault_and_fails(drill: Drill) -> None:
    drill.fis.lasts_seconds = 10_000
    drill.fails = lambda time: time >= 0
    report = drill.run()
    assert report.outcome == "fail"
    assert "not recovered" in report.reasons[0]
    assert report.put_in_order == ("experiment EXP1 is stopped",)
    assert drill.load.stopped


@pytest.mark.parametrize(("ends_as", "lasts_seconds"), [("failed", 30), ("stopped", 2)])
def test_an_experiment_that_breaks_off_proves_nothing(drill: Drill, ends_as: str, lasts_seconds: float) -> None:
    drill.fis.ends_as, drill.fis.reason = ends_as, "Experiment halted by stop condition"
    drill.fis.lasts_seconds = lasts_seconds
    report = drill.run()
    assert report.outcome == "inconclusive"
    assert "halted by stop condition" in report.reasons[0]


def test_a_fault_that_nobody_noticed_proves_nothing(drill: Drill) -> None:
    drill.fails = lambda _: False
    assert drill.run().outcome == "inconclusive"


def test_the_writes_are_read_back_after_the_fault(drill: Drill) -> None:
    drill.writes = PlayedWrites(Writes(acknowledged=100, lost=(42,), refused_seconds=70))
    drill.objectives = {"lost_writes": 0}
    report = drill.run()
    assert (report.outcome, report.reasons) == ("fail", ("lost_writes is 1, the objective 0",))


def test_a_database_out_of_reach_is_told_before_anything_is_broken(drill: Drill) -> None:
    class OutOfReach(PlayedWrites):
        def start(self) -> None:
            raise WritesError("connection timeout expired")

    drill.writes = OutOfReach(None)
    with pytest.raises(RefusedError, match=r"connection timeout expired; on AWS .* or WRITE=no"):
        drill.run()
    assert drill.fis.experiments == {}
    assert drill.report.outcome == "refused"


def test_all_that_is_wrong_is_said_before_anything_is_sent(drill: Drill) -> None:
    drill.checks = {
        "targets": lambda: ["the target 10.0.0.1 is unhealthy"],
        "alarms": list,
        "service": lambda: ["3 of 4 tasks of litellm run"],
    }
    with pytest.raises(RefusedError, match=r"10\.0\.0\.1 is unhealthy\n  3 of 4 tasks"):
        drill.run()
    assert drill.fis.experiments == {}
    assert drill.report.outcome == "refused"
    assert not hasattr(drill.load, "began")


def test_what_has_gone_wrong_during_the_baseline_is_seen_before_anything_is_broken(drill: Drill) -> None:
    wrong: list[str] = []
    drill.checks = {"targets": lambda: wrong}
    drill.at = {10: lambda: wrong.append("the target 10.0.0.1 is unhealthy")}
    with pytest.raises(RefusedError, match=r"10\.0\.0\.1 is unhealthy"):
        drill.run()
    assert drill.fis.experiments == {}


def test_a_baseline_that_is_not_steady_is_refused(drill: Drill) -> None:
    drill.fails = lambda time: time < 0
    with pytest.raises(RefusedError, match="no steady state:\n  0 of 200 requests are answered"):
        drill.run()
    assert drill.fis.experiments == {}
    assert drill.load.stopped


def test_on_aws_the_environments_name_has_to_be_typed(drill: Drill) -> None:
    drill.rehearsal, drill.typed = None, " benchmark\n"
    assert drill.run().outcome == "pass"
    (question,) = drill.asked
    assert "AWS account 123456789012" in question


@pytest.mark.parametrize("typed", ["", "yes", "production"])
def test_on_aws_anything_else_breaks_nothing(drill: Drill, typed: str) -> None:
    drill.rehearsal, drill.typed = None, typed
    with pytest.raises(RefusedError, match="benchmark was not typed"):
        drill.run()
    assert drill.fis.experiments == {}


def test_on_aws_nothing_is_broken_where_nobody_can_be_asked(drill: Drill) -> None:
    drill.rehearsal = None
    with pytest.raises(RefusedError, match="nobody can be asked"):
        drill.run()


def test_the_rehearsal_asks_nobody(drill: Drill) -> None:
    drill.typed = "never mind"
    drill.run()
    assert drill.asked == []


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interruption_stops_the_experiment(drill: Drill, number: signal.Signals) -> None:
    """Ctrl-C, a kernel that is shut down, a lost terminal."""
    drill.fis.lasts_seconds = 10_000
    drill.writes = PlayedWrites()
    drill.at = {BASELINE_SECONDS + 15: lambda: os.kill(os.getpid(), number)}
    with pytest.raises(InterruptedDrillError, match=number.name):
        drill.run()
    assert drill.fis.experiments["EXP1"].status(drill.fis.now) == "stopped"
    assert drill.load.stopped
    assert drill.writes.finished
    report = drill.report
    assert (report.outcome, report.put_in_order) == ("interrupted", ("experiment EXP1 is stopped",))
    assert verify(drill.evidence.folder) == []


def test_a_drill_that_was_started_to_outlive_its_terminal_does(drill: Drill) -> None:
    """As by nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        drill.at = {BASELINE_SECONDS + 15: lambda: os.kill(os.getpid(), signal.SIGHUP)}
        assert drill.run().outcome == "pass"
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_impatient_second_interruption_does_not_break_off_the_stopping(drill: Drill) -> None:
    drill.fis.lasts_seconds = 10_000
    drill.at = {
        BASELINE_SECONDS + 15.0: lambda: os.kill(os.getpid(), signal.SIGINT),
        # While it waits for the experiment's end.
        BASELINE_SECONDS + 16.0: lambda: os.kill(os.getpid(), signal.SIGINT),
    }
    with pytest.raises(InterruptedDrillError):
        drill.run()
    assert drill.at == {}
    assert drill.fis.under_way() == []
    assert drill.report.outcome == "interrupted"


def test_an_interruption_before_the_fault_breaks_nothing(drill: Drill) -> None:
    drill.at = {5: lambda: os.kill(os.getpid(), signal.SIGINT)}
    with pytest.raises(InterruptedDrillError):
        drill.run()
    assert drill.fis.experiments == {}
    assert drill.load.stopped


@pytest.mark.parametrize("lost", [KeyboardInterrupt(), TimeoutError("read timeout")])
def test_an_experiment_whose_start_was_never_answered_is_found_and_stopped(drill: Drill, lost: BaseException) -> None:
    drill.fis.lasts_seconds = 10_000
    drill.fis.lose_the_answer = lost
    drill.fis.listed_after_seconds = 3
    with pytest.raises(type(lost)):
        drill.run()
    assert drill.fis.experiments["EXP1"].status(drill.fis.now) == "stopped"
    assert drill.report.put_in_order == ("experiment EXP1 is stopped",)


def test_a_probe_that_ends_by_itself_ends_the_fault(drill: Drill) -> None:
    drill.fis.lasts_seconds = 10_000
    drill.breaks_after_seconds = BASELINE_SECONDS + 10
    with pytest.raises(ProbeError):
        drill.run()
    assert drill.fis.under_way() == []


def test_an_error_in_what_a_notebook_draws_ends_the_fault(drill: Drill) -> None:
    drill.fis.lasts_seconds = 10_000

    def broken() -> None:
        raise ZeroDivisionError

    drill.at = {BASELINE_SECONDS + 10: broken}
    with pytest.raises(ZeroDivisionError):
        drill.run()
    assert drill.fis.under_way() == []


def test_an_experiment_that_cannot_be_stopped_is_the_loudest_thing_that_is_said(drill: Drill) -> None:
    drill.fis.lasts_seconds = 10_000
    drill.fis.trouble["StopExperiment"] = [error("AccessDeniedException", "StopExperiment")] * 100
    drill.at = {BASELINE_SECONDS + 15: lambda: os.kill(os.getpid(), signal.SIGINT)}
    with pytest.raises(AbortError, match="aws fis stop-experiment --id EXP1"):
        drill.run()
    assert "aws fis stop-experiment" in drill.report.reasons[0]


def test_trouble_with_asking_for_the_experiment_is_sat_out(drill: Drill) -> None:
    def throttle() -> None:
        drill.fis.trouble["GetExperiment"] = [error("ThrottlingException", "GetExperiment")] * 5

    drill.at = {BASELINE_SECONDS + 3: throttle}
    assert drill.run().outcome == "pass"


def test_a_start_that_is_refused_breaks_nothing(drill: Drill) -> None:
    drill.fis.trouble["StartExperiment"] = [error("ServiceQuotaExceededException", "StartExperiment")]
    with pytest.raises(botocore.exceptions.ClientError):
        drill.run()
    assert drill.fis.experiments == {}
    assert drill.report.outcome == "interrupted"


def test_a_second_drill_is_refused_while_one_runs(drill: Drill) -> None:
    drill.fis.lasts_seconds = 1000
    drill.fis.begin("EXPfirst")
    with pytest.raises(RefusedError, match="EXPfirst is initiating"):
        drill.run()
    assert drill.fis.under_way() == ["EXPfirst"], "the first one goes on"


def test_an_unbounded_template_is_refused_whatever_was_checked_before(drill: Drill) -> None:
    drill.fis.template = {"stopConditions": []}
    with pytest.raises(RefusedError, match="no stop condition"):
        drill.run()


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_an_operator_does_about_the_fault_is_done_in_time_and_taken_back_in_the_end(
    drill: Drill, interrupted: bool
) -> None:
    done: list[float] = []

    def shift() -> Callable[[], str]:
        done.append(drill.fis.now)
        return lambda: "the shift is cancelled"

    start = drill.fis.now + BASELINE_SECONDS
    drill.mitigate = shift
    drill.at = {BASELINE_SECONDS + 25: lambda: os.kill(os.getpid(), signal.SIGINT)} if interrupted else {}
    with pytest.raises(InterruptedDrillError) if interrupted else contextlib.nullcontext():
        drill.run()
    assert done == [pytest.approx(start + 16, abs=1)]
    assert "the shift is cancelled" in drill.said
