"""The drill itself: preconditions, baseline, confirmation, fault, observation, recovery, verdict.

Whatever ends it, the experiment ends with it: an exception, Ctrl-C, a terminated kernel, a lost terminal. Of a process
that is killed outright the experiment's own end remains.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import botocore.exceptions

from modules.operations.drill import evidence as files, sources
from modules.operations.drill.abort import UNDER_WAY, abort
from modules.operations.drill.facts import Fact
from modules.operations.drill.hypothesis import contradictions
from modules.operations.drill.interruption import Interruptions
from modules.operations.drill.measures import Fault, Measures, measure
from modules.operations.drill.preconditions import Check, Precondition, bounded_template, checked, no_other_experiment
from modules.operations.drill.report import Report, Settings
from modules.operations.drill.requests import Request
from modules.operations.drill.tools import Progress, Tools, Writing
from modules.operations.drill.verdict import judge
from modules.operations.drill.written import Writes, WritesError

POLL_SECONDS = 1.0
BECOMES_KNOWN_SECONDS = 5
"""Until AWS lists what was begun a moment ago, with room to spare."""


class RefusedError(Exception):
    """Nothing was broken; the message says why."""


def run(settings: Settings, tools: Tools, show: Callable[[Progress], None] = lambda progress: None) -> Report:
    """
    Args:
        show: is told of every second of the drill.

    Raises:
        RefusedError: before anything was broken.
        InterruptedDrillError: by a signal; the experiment has been stopped.
        AbortError: the experiment may still run; the message says how to stop it.
    """
    with Interruptions() as interruptions:
        return _Drill(settings, tools, interruptions, show).run()


def preconditions(settings: Settings, tools: Tools) -> list[Precondition]:
    """What has to be so before anything is broken, asked now."""
    always: Mapping[str, Check] = {
        "template": lambda: bounded_template(tools.fis, settings.template_id),
        "no other experiment": lambda: no_other_experiment(tools.fis, {*settings.template_ids, settings.template_id}),
    }
    return checked({**always, **tools.checks})


class _Drill:
    def __init__(
        self, settings: Settings, tools: Tools, interruptions: Interruptions, show: Callable[[Progress], None]
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._interruptions = interruptions
        self._show = show
        self._began = tools.clock()
        self._experiment_id: str | None = None
        self._put_in_order: list[str] = []

    def run(self) -> Report:
        self._tools.evidence.keep(files.SETTINGS, self._settings)
        try:
            with contextlib.ExitStack() as at_the_end:
                report = self._phases(at_the_end)
        except RefusedError as error:
            self._keep(self._report("refused", [str(error)]))
            raise
        except BaseException as error:
            self._interruptions.deafen()
            self._keep(self._report("interrupted", [f"{type(error).__name__}: {error}"]))
            raise
        self._keep(report)
        return report

    def _phases(self, at_the_end: contextlib.ExitStack) -> Report:
        tools, settings = self._tools, self._settings
        self._refuse_unless_all_holds()
        at_the_end.enter_context(tools.observation)
        at_the_end.callback(tools.load.stop)
        tools.load.start()
        if tools.writes:
            at_the_end.callback(tools.writes.finish)
            self._write(tools.writes)
        self._baseline()
        self._confirm()
        # A person may have taken their time to type, and the load of the baseline may have been too much.
        self._refuse_unless_all_holds()
        at_the_end.callback(self._end_the_fault)
        called = tools.clock()
        self._start()
        experiment, fault = self._observe(called, at_the_end)
        state = experiment["state"]
        self._end_the_fault()
        ended = tools.clock()
        requests = tools.load.stop()
        writes = tools.writes.finish() if tools.writes else None
        measures = self._measured(requests, fault, ended, writes)
        verdict = judge(
            measures,
            experiment_state=state["status"],
            experiment_reason=state.get("reason", ""),
            objectives=settings.objectives,
            predictions=settings.predictions,
        )
        tools.evidence.keep(files.MEASURES, measures)
        return self._report(verdict.outcome, verdict.reasons, measures=measures, verdict=verdict)

    def _refuse_unless_all_holds(self) -> None:
        wrong = [line for one in preconditions(self._settings, self._tools) for line in one.wrong]
        if self._settings.rehearsal is None and self._tools.confirm is None:
            wrong.append("on AWS a person has to confirm the drill, and nobody can be asked")
        if wrong:
            raise RefusedError("the drill does not begin:\n" + "\n".join(f"  {line}" for line in wrong))
        template = self._tools.fis.get_experiment_template(id=self._settings.template_id)["experimentTemplate"]
        self._tools.evidence.keep(files.TEMPLATE, dict(template))

    def _write(self, writes: Writing) -> None:
        try:
            writes.start()
        except WritesError as error:
            raise RefusedError(
                f"the database takes no writes from here: {error}; on AWS it is in private subnets, so that a tunnel "
                "or a VPN is needed, or WRITE=no, and then no lost write is seen"
            ) from error

    def _baseline(self) -> None:
        tools, seconds = self._tools, self._settings.baseline_seconds
        tools.say(f"baseline: {seconds:g} s of steady state")
        ends = tools.clock() + seconds
        while tools.clock() < ends:
            tools.load.check()
            self._show(Progress(now=tools.clock(), requests=tools.load.requests, facts=tools.observation.facts))
            tools.sleep(min(POLL_SECONDS, seconds))
        if wrong := list(contradictions(self._settings.hypothesis, tools.load.requests)):
            raise RefusedError("this is no steady state:\n" + "\n".join(f"  {line}" for line in wrong))

    def _confirm(self) -> None:
        if self._settings.rehearsal is not None or self._tools.confirm is None:
            return
        name = self._settings.environment
        typed = self._tools.confirm(
            f"The drill {self._settings.drill} breaks {name} on {self._settings.target} now. Type {name} to go on: "
        )
        if typed.strip() != name:
            raise RefusedError(f"not confirmed: {name} was not typed")

    def _start(self) -> None:
        tools = self._tools
        answer = tools.fis.start_experiment(experimentTemplateId=self._settings.template_id)
        self._experiment_id = answer["experiment"]["id"]
        tools.say(f"experiment {self._experiment_id} started")
        tools.observation.watch(sources.experiment(tools.fis, self._experiment_id, POLL_SECONDS))

    def _observe(self, called: float, at_the_end: contextlib.ExitStack) -> tuple[Mapping[str, Any], Fault]:
        """Until users and fleet have recovered and the experiment is over, or the time is."""
        tools, settings = self._tools, self._settings
        experiment: Mapping[str, Any] = {"state": {"status": "pending"}}
        running_since: float | None = None
        said = ""
        mitigated = tools.mitigate is None
        while True:
            experiment = self._asked(experiment)
            status, now = experiment["state"]["status"], tools.clock()
            if running_since is None and status not in ("pending", "initiating"):
                running_since = now
            fault = fault_of(experiment, called, running_since or now)
            # What was sent in the last moments may still fail.
            measures = self._measured(tools.load.requests, fault, now - tools.load.timeout_seconds)
            if not mitigated and now - fault.began >= settings.mitigate_after_seconds:
                mitigated = True
                self._mitigate(at_the_end)
            if status != said:
                said = status
                tools.say(f"{now - fault.began:.0f} s: the experiment is {status}")
            self._show(
                Progress(
                    now=now,
                    requests=tools.load.requests,
                    facts=tools.observation.facts,
                    fault=fault,
                    experiment_state=status,
                    measures=measures,
                )
            )
            tools.load.check()
            recovered = measures.rto_full_seconds is not None and status not in UNDER_WAY
            if recovered and now - fault.began >= settings.observe_at_least_seconds:
                tools.say(f"{now - fault.began:.0f} s: recovered")
                return experiment, fault
            if now - called >= settings.timeout_seconds:
                tools.say(f"{now - fault.began:.0f} s: the drill's time is over")
                return experiment, fault
            tools.sleep(POLL_SECONDS)

    def _mitigate(self, at_the_end: contextlib.ExitStack) -> None:
        """As an operator would; taken back whatever ends the drill."""
        assert self._tools.mitigate
        now = self._tools.clock()
        take_back = self._tools.mitigate()
        at_the_end.callback(lambda: self._tools.say(take_back()))
        self._tools.observation.note(Fact(source="operator", text="the mitigation was begun", seen=now))
        self._tools.say("the mitigation was begun")

    def _asked(self, known: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._experiment_id
        try:
            found: Mapping[str, Any] = self._tools.fis.get_experiment(id=self._experiment_id)["experiment"]
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            # The observation notes it.
            return known
        return found

    def _measured(
        self, requests: Sequence[Request], fault: Fault, until: float, writes: Writes | None = None
    ) -> Measures:
        return measure(
            requests,
            self._tools.observation.facts,
            fault,
            observed_until=max(until, fault.began),
            limits=self._settings.limits,
            alarms=self._settings.alarms,
            writes=writes,
        )

    def _end_the_fault(self) -> None:
        """Also when the answer to the start never came, so that the experiment's id is not known."""
        self._interruptions.deafen()
        if self._put_in_order:
            return
        ids = [self._experiment_id] if self._experiment_id else []
        if not ids:
            self._tools.sleep(BECOMES_KNOWN_SECONDS)
        self._put_in_order = abort(
            self._tools.fis, [self._settings.template_id], sleep=self._tools.sleep, known_ids=ids
        )
        for line in self._put_in_order:
            self._tools.say(line)

    def _report(self, outcome: Any, reasons: Sequence[str], **more: Any) -> Report:
        return Report(
            settings=self._settings,
            began=self._began,
            ended=self._tools.clock(),
            outcome=outcome,
            reasons=tuple(reasons),
            experiment_id=self._experiment_id,
            put_in_order=tuple(self._put_in_order),
            **more,
        )

    def _keep(self, report: Report) -> None:
        self._tools.evidence.keep(files.REPORT, report)
        digest = self._tools.evidence.seal()
        self._tools.say(f"{report.outcome}; evidence in {self._tools.evidence.folder}, sealed with SHA-256 {digest}")


def fault_of(experiment: Mapping[str, Any], called: float, running: float) -> Fault:
    """From the first action's start to the last one's end, by AWS FIS's clock, as far as ours allows it.

    Args:
        called: when the experiment was started, by our clock; `running`: when it was first seen to run.
    """
    actions = list(experiment.get("actions", {}).values())
    starts = [action["startTime"].timestamp() for action in actions if action.get("startTime")]
    ends = [action["endTime"].timestamp() for action in actions if action.get("endTime")]
    began = min(max(min(starts, default=called), called), running)
    return Fault(began=began, ended=max(max(ends), began) if ends and len(ends) == len(actions) else None)
